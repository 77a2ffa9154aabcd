#include "json.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "common_text.h"

namespace llm {

Json shortest(float number) {
  std::array<char, 32> text{};
  for (int digits = 1; digits <= 9; ++digits) {
    (void)std::snprintf(text.data(), text.size(), "%.*g", digits, static_cast<double>(number));
    if (std::strtof(text.data(), nullptr) == number) break;
  }
  return std::strtod(text.data(), nullptr);
}

Outcome<Json> parse_object(std::string_view text, std::string_view what) {
  std::expected<Json, std::string> json = sluice::guest::json::parse(text);
  if (!json) return std::unexpected(invalid(std::string(what) + ": " + json.error()));
  if (!json->is_object()) return std::unexpected(invalid(std::string(what) + ": expected a JSON object"));
  return std::move(*json);
}

std::string text_or_empty(const Json& value, std::string_view key) {
  return std::string(get_text(value, key).value_or(std::string_view()));
}

std::optional<std::uint32_t> get_count(const Json& value, std::string_view key) {
  const std::optional<std::uint64_t> count = get_unsigned(value, key);
  if (!count) return std::nullopt;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(*count, UINT32_MAX));
}

std::optional<float> get_float(const Json& value, std::string_view key) {
  const Json* found = find(value, key);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->get<float>();
}

const Json& items_of(const Json& value, std::string_view key) {
  static const Json none = Json::array();
  const Json* found = find(value, key);
  return found != nullptr && found->is_array() ? *found : none;
}

std::vector<std::uint32_t> numbers_in(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::vector<std::uint32_t> numbers;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) continue;
    std::string digits;
    while (at < text.size() && (is_digit(text[at]) || text[at] == ',')) {
      if (text[at] != ',') digits += text[at];
      ++at;
    }
    const std::optional<std::uint64_t> number = common::to_number(digits);
    if (number && *number <= UINT32_MAX) numbers.push_back(static_cast<std::uint32_t>(*number));
  }
  return numbers;
}

}  // namespace llm
