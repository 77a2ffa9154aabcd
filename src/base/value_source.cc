#include "base/value_source.h"

#include <algorithm>

#include "base/text.h"

namespace sluice::reading {

std::string_view name_of(Shape shape) {
  switch (shape) {
    case Shape::null:
      return "null";
    case Shape::boolean:
      return "bool";
    case Shape::number:
      return "number";
    case Shape::text:
      return "string";
    case Shape::bytes:
      return "bytes";
    case Shape::array:
      return "array";
    case Shape::object:
      return "object";
    case Shape::broken:
      return "nothing that can be read";
  }
  return "unknown";
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t shown_max = 60;
  std::string shown = to_utf8(text.substr(0, shown_max), nullptr);
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return "`" + shown + (text.size() > shown_max ? "…`" : "`");
}

Error unknown_name(std::string_view word, std::string_view name, const Type& type) {
  Error error{ErrorCode::invalid_input, {}, "unknown " + std::string(word) + " " + excerpt(name), {}};
  const std::vector<Member>& members = type.members();
  if (members.empty()) return error;
  const auto distance = [&](const Member& m) { return edit_distance(m.name, name); };
  const auto nearest = std::ranges::min_element(members, {}, distance);
  if (distance(*nearest) <= std::max<std::size_t>(1, nearest->name.size() / 3)) {
    error.todo = "did you mean `" + nearest->name + "`?";
    return error;
  }
  constexpr std::size_t listed_max = 12;
  error.todo = "known:";
  for (std::size_t i = 0; i < std::min(members.size(), listed_max); ++i) {
    error.todo += (i == 0 ? " `" : ", `") + members[i].name + "`";
  }
  if (members.size() > listed_max) error.todo += " …";
  return error;
}

std::optional<double> special_float(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::optional<char32_t> one_scalar(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length != text.size()) return std::nullopt;
  char32_t scalar = length == 1 ? lead : lead & (0x7FU >> length);
  for (const char c : text.substr(1)) scalar = (scalar << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return scalar;
}

}  // namespace sluice::reading
