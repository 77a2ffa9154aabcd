// What a process that works on a model's file and the one that started it say to each other: lines of JSON.
//
//   → {"inspect": PATH}                                        ← {"facts": {…}}
//   → {"quantize": PATH, "to": PATH, "type": …, "threads": …}  ← {"written": BYTES} …, {"done": true}
//   ← {"error": {"code", "what", "why", "todo"}} instead of the last line
//
// Paths are bytes in hexadecimal digits, for they need not be UTF-8.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "nn/file_work.h"

namespace sluice::nn {

[[nodiscard]] std::string hex_of_path(const std::filesystem::path& path);
// Nothing: these are no hexadecimal digits.
[[nodiscard]] std::optional<std::filesystem::path> path_of_hex(std::string_view digits);

[[nodiscard]] nlohmann::json to_json(const Error& error);
[[nodiscard]] nlohmann::json to_json(const ModelFacts& facts);
// Of what another process wrote: what is missing or of another type is left as it is by default.
[[nodiscard]] Error error_of(const nlohmann::json& value);
[[nodiscard]] ModelFacts facts_of(const nlohmann::json& value);

// With a line end; texts that are no UTF-8 are mended.
[[nodiscard]] std::string line_of(const nlohmann::json& value);

}  // namespace sluice::nn
