// Types and values drawn from bytes, for property tests and fuzz targets: the same bytes give the same ones,
// all bytes give some, and fewer bytes give simpler ones.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/value.h"

namespace sluice::testing_support {

// Zeros follow the end of the bytes.
class Draw {
 public:
  explicit Draw(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    return at_ < bytes_.size() ? static_cast<std::uint8_t>(bytes_[at_++]) : std::uint8_t{0};
  }
  std::uint64_t word() {
    std::uint64_t all = 0;
    for (int i = 0; i < 8; ++i) all = (all << 8U) | byte();
    return all;
  }
  // 0 … count - 1, for counts up to 256.
  std::size_t below(std::size_t count) { return byte() % count; }
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(at_); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

// Names whose orders by bytes, by length and by drawing differ.
inline std::string draw_name(Draw& draw, std::size_t index) {
  constexpr std::array<std::string_view, 6> stems{"a", "zz", "previous-path", "b-c", "x~1", "ok"};
  return std::string(stems[draw.below(stems.size())]) + std::to_string(index);
}

inline Type draw_type(Draw& draw, unsigned depth = 0) {
  constexpr unsigned depth_max = 5;
  constexpr std::size_t simple = static_cast<std::size_t>(Kind::string) + 1;
  constexpr std::size_t all = static_cast<std::size_t>(Kind::flags) + 1;
  const auto kind = static_cast<Kind>(draw.below(depth < depth_max ? all : simple));
  const auto members = [&](bool payloads_optional) {
    std::vector<Member> out;
    const std::size_t count = draw.below(5) + (payloads_optional ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i) {
      std::string name = draw_name(draw, i);
      const bool with = !payloads_optional || draw.below(2) == 1;
      out.push_back(with ? member(std::move(name), draw_type(draw, depth + 1)) : member(std::move(name)));
    }
    return out;
  };
  const auto names = [&](std::size_t least) {
    std::vector<std::string> out;
    const std::size_t count = least + draw.below(9);
    for (std::size_t i = 0; i < count; ++i) out.push_back(draw_name(draw, i));
    return out;
  };
  switch (kind) {
    case Kind::list:
      return Type::list(draw_type(draw, depth + 1));
    case Kind::option:
      return Type::option(draw_type(draw, depth + 1));
    case Kind::record:
      return Type::record(members(false));
    case Kind::variant:
      return Type::variant(members(true));
    case Kind::enumeration:
      return Type::enumeration(names(1));
    case Kind::flags:
      return Type::flags(names(0));
    case Kind::tuple: {
      std::vector<Type> elements;
      const std::size_t count = draw.below(4);
      for (std::size_t i = 0; i < count; ++i) elements.push_back(draw_type(draw, depth + 1));
      return Type::tuple(std::move(elements));
    }
    case Kind::result: {
      const std::size_t which = draw.below(4);
      const Type ok = (which & 1U) != 0 ? draw_type(draw, depth + 1) : Type(Kind::boolean);
      const Type err = (which & 2U) != 0 ? draw_type(draw, depth + 1) : Type(Kind::boolean);
      return Type::result((which & 1U) != 0 ? &ok : nullptr, (which & 2U) != 0 ? &err : nullptr);
    }
    default:
      return Type(kind);
  }
}

template <class Integer>
Integer draw_integer(Draw& draw) {
  using Limits = std::numeric_limits<Integer>;
  switch (draw.below(5)) {
    case 0:
      return static_cast<Integer>(draw.byte());
    case 1:
      return Limits::max();
    case 2:
      return Limits::min();
    case 3:
      return static_cast<Integer>(Limits::max() - static_cast<Integer>(draw.below(3)));
    default:
      return static_cast<Integer>(draw.word());
  }
}

template <class Float, class Bits>
Float draw_float(Draw& draw) {
  using Limits = std::numeric_limits<Float>;
  switch (draw.below(8)) {
    case 0:
      return static_cast<Float>(draw.byte());
    case 1:
      return -Float{0};
    case 2:
      return Limits::quiet_NaN();
    case 3:
      return -Limits::infinity();
    case 4:
      return Limits::max();
    case 5:
      return Limits::denorm_min();
    case 6:
      return static_cast<Float>(draw.byte()) / Float{10};
    default:
      return std::bit_cast<Float>(static_cast<Bits>(draw.word()));
  }
}

inline char32_t draw_scalar(Draw& draw) {
  constexpr std::array<char32_t, 12> special{U'\0', U'\n',     U'"',      U'\\',     U'/',      0x7F,
                                             0x80,  U'\u07FF', U'\uD7FF', U'\uE000', U'\uFFFF', 0x10FFFF};
  const std::size_t at = draw.below(special.size() * 2);
  return at < special.size() ? special[at] : static_cast<char32_t>('a' + draw.below(26));
}

inline std::string draw_text(Draw& draw) {
  std::string text;
  const std::size_t count = draw.below(20);
  for (std::size_t i = 0; i < count; ++i) text += to_utf8(draw_scalar(draw));
  return text;
}

inline Value draw_value(Draw& draw, const Type& type);

inline Value draw_case(Draw& draw, const Type& type) {
  const auto index = static_cast<std::uint32_t>(draw.below(type.members().size()));
  const Member& member = type.members()[index];
  return member.type ? Value::of_case(index, draw_value(draw, *member.type)) : Value::of_case(index);
}

inline Value draw_list(Draw& draw, const Type& type) {
  const Type& element = type.element();
  const std::size_t count = draw.below(6);
  if (element.kind() == Kind::u8) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(draw.byte());
    return Value::bytes(std::move(bytes));
  }
  std::vector<Value> items;
  for (std::size_t i = 0; i < count; ++i) items.push_back(draw_value(draw, element));
  return Value::list(std::move(items));
}

// A value of the type.
inline Value draw_value(Draw& draw, const Type& type) {
  switch (type.kind()) {
    case Kind::boolean:
      return Value::boolean(draw.below(2) == 1);
    case Kind::s8:
      return Value::signed_int(draw_integer<std::int8_t>(draw));
    case Kind::s16:
      return Value::signed_int(draw_integer<std::int16_t>(draw));
    case Kind::s32:
      return Value::signed_int(draw_integer<std::int32_t>(draw));
    case Kind::s64:
      return Value::signed_int(draw_integer<std::int64_t>(draw));
    case Kind::u8:
      return Value::unsigned_int(draw_integer<std::uint8_t>(draw));
    case Kind::u16:
      return Value::unsigned_int(draw_integer<std::uint16_t>(draw));
    case Kind::u32:
      return Value::unsigned_int(draw_integer<std::uint32_t>(draw));
    case Kind::u64:
      return Value::unsigned_int(draw_integer<std::uint64_t>(draw));
    case Kind::f32:
      return Value::f32(draw_float<float, std::uint32_t>(draw));
    case Kind::f64:
      return Value::f64(draw_float<double, std::uint64_t>(draw));
    case Kind::character:
      return Value::character(draw_scalar(draw));
    case Kind::string:
      return Value::string(draw_text(draw));
    case Kind::list:
      return draw_list(draw, type);
    case Kind::tuple: {
      std::vector<Value> items;
      for (const Member& m : type.members()) items.push_back(draw_value(draw, *m.type));
      return Value::list(std::move(items));
    }
    case Kind::record: {
      std::vector<Field> fields;
      for (const Member& m : type.members()) fields.push_back({m.name, draw_value(draw, *m.type)});
      return Value::record(std::move(fields));
    }
    case Kind::variant:
    case Kind::enumeration:
    case Kind::result:
      return draw_case(draw, type);
    case Kind::option:
      return draw.below(2) == 0 ? Value::none() : Value::some(draw_value(draw, type.element()));
    case Kind::flags: {
      std::vector<bool> set(type.members().size());
      for (std::size_t i = 0; i < set.size(); ++i) set[i] = draw.below(2) == 1;
      return Value::flags(std::move(set));
    }
  }
  return {};
}

}  // namespace sluice::testing_support
