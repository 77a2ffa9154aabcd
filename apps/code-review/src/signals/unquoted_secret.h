// Values without quotes of settings whose name says that they are secret: `DB_PASSWORD=…`, `password: …`,
// `ENV API_TOKEN …`.
#pragma once

#include <string_view>
#include <vector>

#include "diff.h"

namespace review::signals {

// Whether it is a file of settings in which values need no quotes: .env, .properties, .ini, YAML, Dockerfile.
// Templates and examples of such files are none.
[[nodiscard]] bool has_unquoted_settings(const FileChange& file);

// Those that may be secrets, for they are no path, no reference and no words.
[[nodiscard]] std::vector<std::string_view> unquoted_secrets(std::string_view line);

}  // namespace review::signals
