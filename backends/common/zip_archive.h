// The zip archive that a TorchScript file is. PyTorch does not look whether what it unpacks is what was
// packed, and crashes on some of what isn't.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/result.h"

namespace sluice::backends {

// The checksum (CRC-32) of each file in the archive, by its name without the folder that all are in. CORRUPT:
// it is no archive, or an odd one.
Result<std::map<std::string, std::uint32_t>> read_checksums(std::string_view archive);

}  // namespace sluice::backends
