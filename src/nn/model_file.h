// Checks a model's file before a library reads it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "nn/protocol.h"

namespace sluice::nn {

// The stamp of the file if it is a plain file with this hash (empty: whatever it is). With `checked`, a file
// that still has this stamp is not read again. not_found, invalid_input (no plain file), unavailable (cannot
// be read), corrupt (another hash).
[[nodiscard]] Result<FileStamp> check_model_file(const std::string& model, const std::filesystem::path& path,
                                                 const std::string& sha256,
                                                 const std::optional<FileStamp>& checked);

}  // namespace sluice::nn
