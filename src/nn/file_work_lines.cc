#include "nn/file_work_lines.h"

#include <array>
#include <charconv>

#include "base/hash.h"

namespace sluice::nn {

namespace {

using nlohmann::json;

struct Number32 {
  const char* name;
  std::uint32_t ModelFacts::* field;
};
struct Number64 {
  const char* name;
  std::uint64_t ModelFacts::* field;
};
constexpr std::array numbers32 = {Number32{"context_trained", &ModelFacts::context_trained},
                                  Number32{"vocabulary", &ModelFacts::vocabulary},
                                  Number32{"embedding", &ModelFacts::embedding},
                                  Number32{"layers", &ModelFacts::layers}};
constexpr std::array numbers64 = {Number64{"parameters", &ModelFacts::parameters},
                                  Number64{"file_bytes", &ModelFacts::file_bytes},
                                  Number64{"bytes_per_token", &ModelFacts::bytes_per_token}};

// Null where there is none: `value` may be anything.
const json& member(const json& value, const char* name) {
  static const json none;
  if (!value.is_object()) return none;
  const auto found = value.find(name);
  return found == value.end() ? none : *found;
}

std::uint64_t number(const json& value, const char* name) {
  const json& found = member(value, name);
  return found.is_number_unsigned() ? found.get<std::uint64_t>() : 0;
}

std::string text(const json& value, const char* name) {
  const json& found = member(value, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

}  // namespace

std::string hex_of_path(const std::filesystem::path& path) {
  return to_hex(path.native());
}

std::optional<std::filesystem::path> path_of_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned byte = 0;
    const char* const end = digits.data() + i + 2;
    const auto [stopped, error] = std::from_chars(digits.data() + i, end, byte, 16);
    if (error != std::errc() || stopped != end) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return std::filesystem::path(bytes);
}

json to_json(const Error& error) {
  return {
      {"code", static_cast<int>(error.code)}, {"what", error.what}, {"why", error.why}, {"todo", error.todo}};
}

json to_json(const ModelFacts& facts) {
  json out{{"words", facts.words},
           {"is_embedding", facts.is_embedding},
           {"has_chat_template", facts.has_chat_template}};
  for (const Number32& one : numbers32) out[one.name] = facts.*one.field;
  for (const Number64& one : numbers64) out[one.name] = facts.*one.field;
  return out;
}

Error error_of(const json& value) {
  Error error{ErrorCode::internal, text(value, "what"), text(value, "why"), text(value, "todo")};
  const auto code = number(value, "code");
  if (code <= static_cast<std::uint64_t>(ErrorCode::internal)) error.code = static_cast<ErrorCode>(code);
  return error;
}

ModelFacts facts_of(const json& value) {
  ModelFacts facts;
  if (const json& words = member(value, "words"); words.is_object()) {
    for (const auto& [name, word] : words.items()) {
      if (word.is_string()) facts.words.emplace(name, word.get<std::string>());
    }
  }
  for (const Number32& one : numbers32) {
    facts.*one.field = static_cast<std::uint32_t>(number(value, one.name) & 0xffffffffU);
  }
  for (const Number64& one : numbers64) facts.*one.field = number(value, one.name);
  facts.is_embedding = member(value, "is_embedding") == true;
  facts.has_chat_template = member(value, "has_chat_template") == true;
  return facts;
}

std::string line_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::nn
