// The text of a catalogue's file: read, and changed without losing what else stands in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flow/catalogue.h"

namespace sluice::flow {

// The models in the order of the file; relative paths start from its folder. The error tells all that is
// wrong.
[[nodiscard]] Result<std::vector<CatalogueEntry>> parse_catalogue(std::string_view text,
                                                                  const std::filesystem::path& path);

// The text with another section at its end.
[[nodiscard]] std::string with_entry(std::string_view text, const CatalogueEntry& entry);
// The text without the lines from `[model.NAME]` to the next section; as it is where there is no such line.
[[nodiscard]] std::string without_entry(std::string_view text, std::string_view name);

}  // namespace sluice::flow
