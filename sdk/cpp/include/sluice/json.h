#pragma once
// JSON without exceptions. nlohmann's own throwing accessors (`at`, `get<T>` on another type, `parse` of bad
// text) end the guest with a trap; these answer instead.

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::guest::json {

using Json = nlohmann::json;

namespace detail {

/// Accepts everything and remembers where the parser stopped.
struct ErrorFinder : nlohmann::json_sax<Json> {
  std::size_t position = 0;
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
    position = at;
    return false;
  }
};

}  // namespace detail

/// The value, or which byte of `text` is wrong. The text comes from outside: nesting beyond 1,000 levels is
/// refused.
inline std::expected<Json, std::string> parse(std::string_view text) {
  constexpr int depth_max = 1000;
  bool too_deep = false;
  Json value = Json::parse(
      text,
      [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > depth_max;
        return !too_deep;
      },
      false);
  if (too_deep) return std::unexpected("JSON is nested more than 1000 levels deep");
  if (!value.is_discarded()) return value;
  detail::ErrorFinder finder;
  Json::sax_parse(text, &finder);
  return std::unexpected("not JSON: unexpected at byte " + std::to_string(finder.position) + " of " +
                         std::to_string(text.size()));
}

/// Compact text; bytes that are not UTF-8 become U+FFFD.
inline std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The member `key` of an object; null where `value` is no object or has no such member.
inline const Json* find(const Json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

/// The member if it is text. The view lives as long as `value`.
inline std::optional<std::string_view> get_text(const Json& value, std::string_view key) {
  const Json* member = find(value, key);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return *member->get_ptr<const std::string*>();
}

/// The member if it is a whole number of 0 or more.
inline std::optional<std::uint64_t> get_unsigned(const Json& value, std::string_view key) {
  const Json* member = find(value, key);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  return *member->get_ptr<const Json::number_unsigned_t*>();
}

/// The member if it is true or false.
inline std::optional<bool> get_bool(const Json& value, std::string_view key) {
  const Json* member = find(value, key);
  if (member == nullptr || !member->is_boolean()) return std::nullopt;
  return *member->get_ptr<const Json::boolean_t*>();
}

}  // namespace sluice::guest::json
