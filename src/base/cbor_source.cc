#include "base/cbor_source.h"

#include <bit>
#include <cmath>

#include "base/half_float.h"

namespace sluice::reading {

namespace {

constexpr unsigned byte_false = 0xF4;
constexpr unsigned byte_true = 0xF5;
constexpr unsigned byte_null = 0xF6;
constexpr unsigned byte_half = 0xF9;
constexpr unsigned byte_double = 0xFB;
constexpr std::uint16_t half_nan = 0x7E00;

}  // namespace

Outcome CborSource::broken(std::string_view why) {
  problem_ = "not deterministic CBOR: " + std::string(why) + " at byte " + std::to_string(at_);
  return Outcome::broken;
}

Shape CborSource::peek() {
  if (at_ == bytes_.size()) {
    broken("the bytes end");
    return Shape::broken;
  }
  const unsigned first = first_byte();
  switch (first >> 5U) {
    case 0:
    case 1:
      return Shape::number;
    case 2:
      return Shape::bytes;
    case 3:
      return Shape::text;
    case 4:
      return Shape::array;
    case 5:
      return Shape::object;
    case 6:
      broken("a tag");
      return Shape::broken;
    default:
      break;
  }
  if (first == byte_null) return Shape::null;
  if (first == byte_false || first == byte_true) return Shape::boolean;
  if (first >= byte_half && first <= byte_double) return Shape::number;
  broken("a simple value other than false, true and null");
  return Shape::broken;
}

Outcome CborSource::head(std::uint64_t& argument) {
  const unsigned info = first_byte() & 31U;
  if (info < 24) {
    argument = info;
    ++at_;
    return Outcome::fine;
  }
  if (info > 27) return broken("an indefinite length or a reserved head");
  const std::size_t width = std::size_t{1} << (info - 24);
  if (bytes_.size() - at_ - 1 < width) return broken("the bytes end inside a head");
  argument = 0;
  for (std::size_t i = 1; i <= width; ++i) {
    argument = (argument << 8U) | static_cast<unsigned char>(bytes_[at_ + i]);
  }
  // What the next shorter head can hold.
  const std::uint64_t shorter = width == 1 ? 23 : (1ULL << (4 * width)) - 1;
  if (argument <= shorter) return broken("a head that is longer than needed");
  at_ += 1 + width;
  return Outcome::fine;
}

Outcome CborSource::read_null() {
  if (peek() != Shape::null) return Outcome::mismatch;
  ++at_;
  return Outcome::fine;
}

Outcome CborSource::read_bool(bool& out) {
  if (peek() != Shape::boolean) return Outcome::mismatch;
  out = first_byte() == byte_true;
  ++at_;
  return Outcome::fine;
}

Outcome CborSource::read_integer(Integer& out) {
  if (peek() != Shape::number) return Outcome::mismatch;
  if (first_byte() >= byte_half) {
    problem_ = "expected an integer, found a float";
    return Outcome::broken;
  }
  out.negative = (first_byte() >> 5U) == 1;
  if (const Outcome outcome = head(out.magnitude); outcome != Outcome::fine) return outcome;
  if (!out.negative) return Outcome::fine;
  return ++out.magnitude == 0 ? Outcome::out_of_range : Outcome::fine;
}

Outcome CborSource::wide_float(double& out, unsigned& width) {
  if (peek() != Shape::number) return Outcome::mismatch;
  const unsigned first = first_byte();
  if (first < byte_half) {
    problem_ = "expected a float, found an integer";
    return Outcome::broken;
  }
  width = 2U << (first - byte_half);
  if (bytes_.size() - at_ - 1 < width) return broken("the bytes end inside a float");
  std::uint64_t bits = 0;
  for (std::size_t i = 1; i <= width; ++i) bits = (bits << 8U) | static_cast<unsigned char>(bytes_[at_ + i]);
  if (width == 2) {
    out = from_half(static_cast<std::uint16_t>(bits));
  } else if (width == 4) {
    out = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  } else {
    out = std::bit_cast<double>(bits);
  }
  if (std::isnan(out)) {
    if (width != 2 || bits != half_nan) return broken("a NaN other than f97e00");
  } else if (width > 2 && to_half(out)) {
    return broken("a float that is longer than needed");
  } else if (width == 8 && std::abs(out) <= static_cast<double>(std::numeric_limits<float>::max()) &&
             static_cast<double>(static_cast<float>(out)) == out) {
    return broken("a float that is longer than needed");
  }
  at_ += 1 + width;
  return Outcome::fine;
}

Outcome CborSource::read_float(double& out) {
  unsigned width = 0;
  return wide_float(out, width);
}

Outcome CborSource::read_float(float& out) {
  double wide = 0;
  unsigned width = 0;
  if (const Outcome outcome = wide_float(wide, width); outcome != Outcome::fine) return outcome;
  // Were it an f32, it would be shorter.
  if (width == 8) return Outcome::out_of_range;
  out = static_cast<float>(wide);
  return Outcome::fine;
}

Outcome CborSource::string(std::string_view& out) {
  std::uint64_t size = 0;
  if (const Outcome outcome = head(size); outcome != Outcome::fine) return outcome;
  if (size > bytes_.size() - at_) return broken("the bytes end inside a string");
  out = bytes_.substr(at_, static_cast<std::size_t>(size));
  at_ += static_cast<std::size_t>(size);
  return Outcome::fine;
}

Outcome CborSource::read_text(std::string_view& out) {
  if (peek() != Shape::text) return Outcome::mismatch;
  if (const Outcome outcome = string(out); outcome != Outcome::fine) return outcome;
  return is_utf8(out) ? Outcome::fine : broken("a text that is not UTF-8 ends");
}

Outcome CborSource::read_bytes(std::string& out) {
  if (peek() != Shape::bytes) return Outcome::mismatch;
  std::string_view view;
  if (const Outcome outcome = string(view); outcome != Outcome::fine) return outcome;
  out = view;
  return Outcome::fine;
}

Outcome CborSource::open(std::size_t bytes_each) {
  std::uint64_t count = 0;
  if (const Outcome outcome = head(count); outcome != Outcome::fine) return outcome;
  if (count > (bytes_.size() - at_) / bytes_each) return broken("fewer bytes than the items need");
  open_.push_back({count, {}, false});
  return Outcome::fine;
}

Outcome CborSource::begin_array() {
  return peek() == Shape::array ? open(1) : Outcome::mismatch;
}
Outcome CborSource::begin_object() {
  return peek() == Shape::object ? open(2) : Outcome::mismatch;
}

Outcome CborSource::next_item(bool& more) {
  more = open_.back().left > 0;
  if (more) {
    --open_.back().left;
  } else {
    open_.pop_back();
  }
  return Outcome::fine;
}

Outcome CborSource::next_key(std::string_view& key, bool& more) {
  if (const Outcome outcome = next_item(more); outcome != Outcome::fine || !more) return outcome;
  if (peek() != Shape::text) return broken("a key that is not text");
  if (const Outcome outcome = read_text(key); outcome != Outcome::fine) return outcome;
  Open& map = open_.back();
  // The order of the encoded keys: shorter ones first.
  if (map.has_key &&
      (key.size() < map.last_key.size() || (key.size() == map.last_key.size() && key <= map.last_key))) {
    return broken("a key that is not behind the one before it");
  }
  map.last_key = key;
  map.has_key = true;
  return Outcome::fine;
}

Outcome CborSource::finish() {
  return at_ == bytes_.size() ? Outcome::fine : broken("more bytes than the value has");
}

}  // namespace sluice::reading
