#include "base/json_text_source.h"

#include <charconv>
#include <cmath>

#include "base/base64.h"

namespace sluice::reading {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The integer that the decimal is, exactly; also where it is written as `1.50e1`.
Outcome to_integer(std::string_view whole, std::string_view fraction, long exponent, Integer& out) {
  std::string digits(whole);
  digits += fraction;
  exponent -= static_cast<long>(fraction.size());
  const std::size_t first = digits.find_first_not_of('0');
  out.magnitude = 0;
  if (first == std::string::npos) return Outcome::fine;
  const std::size_t last = digits.find_last_not_of('0');
  exponent += static_cast<long>(digits.size() - 1 - last);
  digits = digits.substr(first, last - first + 1);
  if (exponent < 0) return Outcome::not_integer;
  constexpr long digits_max = 20;
  if (static_cast<long>(digits.size()) + exponent > digits_max) return Outcome::out_of_range;
  digits.append(static_cast<std::size_t>(exponent), '0');
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.magnitude);
  return error == std::errc() ? Outcome::fine : Outcome::out_of_range;
}

// Whether a decimal that no float can hold is too small, not too large: the power of ten of its first digit
// tells.
bool is_tiny(std::string_view whole, std::string_view fraction, long exponent) {
  const std::size_t in_whole = whole.find_first_not_of('0');
  if (in_whole != std::string_view::npos) return static_cast<long>(whole.size() - in_whole) + exponent < 0;
  const std::size_t in_fraction = fraction.find_first_not_of('0');
  return in_fraction == std::string_view::npos || exponent - static_cast<long>(in_fraction) < 0;
}

}  // namespace

void JsonTextSource::skip_white() {
  while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

Outcome JsonTextSource::broken(std::string_view expected) {
  problem_ = "not JSON: expected " + std::string(expected) + " at byte " + std::to_string(at_);
  problem_ += at_end() ? ", where the text ends" : ", found " + excerpt(text_.substr(at_, 1));
  return Outcome::broken;
}

Shape JsonTextSource::peek() {
  skip_white();
  if (!at_end()) {
    switch (text_[at_]) {
      case 'n':
        return Shape::null;
      case 't':
      case 'f':
        return Shape::boolean;
      case '"':
        return Shape::text;
      case '[':
        return Shape::array;
      case '{':
        return Shape::object;
      default:
        if (text_[at_] == '-' || is_digit(text_[at_])) return Shape::number;
    }
  }
  broken("a value");
  return Shape::broken;
}

Outcome JsonTextSource::literal(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return broken("`" + std::string(word) + "`");
  at_ += word.size();
  return Outcome::fine;
}

Outcome JsonTextSource::read_null() {
  return peek() == Shape::null ? literal("null") : Outcome::mismatch;
}

Outcome JsonTextSource::read_bool(bool& out) {
  if (peek() != Shape::boolean) return Outcome::mismatch;
  out = text_[at_] == 't';
  return literal(out ? "true" : "false");
}

Outcome JsonTextSource::scan(Number& out) {
  const std::size_t begin = at_;
  const auto digits = [&] {
    const std::size_t first = at_;
    while (!at_end() && is_digit(text_[at_])) ++at_;
    return text_.substr(first, at_ - first);
  };
  out.negative = text_[at_] == '-';
  if (out.negative) ++at_;
  out.whole = digits();
  if (out.whole.empty()) return broken("a digit");
  if (out.whole.size() > 1 && out.whole[0] == '0') {
    at_ = begin;
    return broken("a number without leading zeros");
  }
  if (!at_end() && text_[at_] == '.') {
    ++at_;
    out.fraction = digits();
    if (out.fraction.empty()) return broken("a digit");
  }
  if (!at_end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    const bool negative = !at_end() && text_[at_] == '-';
    if (!at_end() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
    const std::string_view power = digits();
    if (power.empty()) return broken("a digit");
    constexpr long exponent_max = 1'000'000'000;
    const auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), out.exponent);
    if (error != std::errc() || out.exponent > exponent_max) out.exponent = exponent_max;
    if (negative) out.exponent = -out.exponent;
  }
  out.token = text_.substr(begin, at_ - begin);
  return Outcome::fine;
}

Outcome JsonTextSource::read_integer(Integer& out) {
  if (peek() != Shape::number) return Outcome::mismatch;
  Number number;
  if (const Outcome outcome = scan(number); outcome != Outcome::fine) return outcome;
  out.negative = number.negative;
  if (number.fraction.empty() && number.exponent == 0) {
    const auto [end, error] =
        std::from_chars(number.whole.data(), number.whole.data() + number.whole.size(), out.magnitude);
    if (error != std::errc()) return Outcome::out_of_range;
  } else if (const Outcome outcome = to_integer(number.whole, number.fraction, number.exponent, out);
             outcome != Outcome::fine) {
    return outcome;
  }
  if (out.magnitude == 0) out.negative = false;
  return Outcome::fine;
}

template <class Float>
Outcome JsonTextSource::floating(Float& out) {
  const Shape shape = peek();
  if (shape == Shape::text) {
    std::string_view name;
    if (const Outcome outcome = read_text(name); outcome != Outcome::fine) return outcome;
    if (const auto number = special_float(name)) {
      out = static_cast<Float>(*number);
      return Outcome::fine;
    }
    problem_ = "expected " + std::string(special_float_names) + ", found " + excerpt(name);
    return Outcome::broken;
  }
  if (shape != Shape::number) return Outcome::mismatch;
  Number number;
  if (const Outcome outcome = scan(number); outcome != Outcome::fine) return outcome;
  const char* begin = number.token.data();
  const char* end = begin + number.token.size();
  if constexpr (std::same_as<Float, float>) {
    // Read as f64, it may be what no longer fits an f32: for a reader of such documents it is out of range.
    double wide = 0;
    if (std::from_chars(begin, end, wide).ec == std::errc() && std::abs(wide) >= f32_overflow) {
      return Outcome::out_of_range;
    }
  }
  if (std::from_chars(begin, end, out).ec == std::errc()) return Outcome::fine;
  if (!is_tiny(number.whole, number.fraction, number.exponent)) return Outcome::out_of_range;
  out = number.negative ? -Float{0} : Float{0};
  return Outcome::fine;
}

Outcome JsonTextSource::read_float(float& out) {
  return floating(out);
}
Outcome JsonTextSource::read_float(double& out) {
  return floating(out);
}

std::optional<char32_t> JsonTextSource::four_digits() {
  if (text_.size() - at_ < 4) return std::nullopt;
  std::uint32_t unit = 0;
  const char* begin = text_.data() + at_;
  const auto [end, error] = std::from_chars(begin, begin + 4, unit, 16);
  if (error != std::errc() || end != begin + 4) return std::nullopt;
  at_ += 4;
  return unit;
}

// Behind a backslash.
bool JsonTextSource::escape(std::string& out) {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (at_end()) return false;
  const std::size_t simple = names.find(text_[at_]);
  if (simple != std::string_view::npos) {
    ++at_;
    out += meanings[simple];
    return true;
  }
  if (text_[at_] != 'u') return false;
  ++at_;
  std::optional<char32_t> unit = four_digits();
  if (!unit || (*unit >= 0xDC00 && *unit <= 0xDFFF)) return false;
  if (*unit >= 0xD800 && *unit <= 0xDBFF) {
    if (text_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    const std::optional<char32_t> low = four_digits();
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
    unit = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
  }
  out += to_utf8(*unit);
  return true;
}

Outcome JsonTextSource::read_text(std::string_view& out) {
  if (peek() != Shape::text) return Outcome::mismatch;
  ++at_;
  const auto run = [&] {
    const std::size_t begin = at_;
    while (!at_end() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  };
  out = run();
  if (!at_end() && text_[at_] == '"') {
    ++at_;
    return Outcome::fine;
  }
  unescaped_ = out;
  while (!at_end() && text_[at_] == '\\') {
    const std::size_t begin = at_++;
    if (!escape(unescaped_)) {
      at_ = begin;
      return broken("an escape that stands for a Unicode scalar value");
    }
    unescaped_ += run();
  }
  if (at_end() || text_[at_] != '"')
    return broken("the rest of a string (control characters have to be escaped)");
  ++at_;
  out = unescaped_;
  return Outcome::fine;
}

Outcome JsonTextSource::read_bytes(std::string& out) {
  std::string_view text;
  if (const Outcome outcome = read_text(text); outcome != Outcome::fine) return outcome;
  auto bytes = from_base64(text);
  if (!bytes) {
    problem_ = "expected base64 text, found " + excerpt(text);
    return Outcome::broken;
  }
  out = std::move(*bytes);
  return Outcome::fine;
}

Outcome JsonTextSource::begin_array() {
  if (peek() != Shape::array) return Outcome::mismatch;
  ++at_;
  just_opened_ = true;
  return Outcome::fine;
}

Outcome JsonTextSource::begin_object() {
  if (peek() != Shape::object) return Outcome::mismatch;
  ++at_;
  just_opened_ = true;
  return Outcome::fine;
}

Outcome JsonTextSource::next(char close, bool& more) {
  const bool first = just_opened_;
  just_opened_ = false;
  skip_white();
  if (!at_end() && text_[at_] == close) {
    ++at_;
    more = false;
    return Outcome::fine;
  }
  more = true;
  if (first) return Outcome::fine;
  if (at_end() || text_[at_] != ',') return broken(close == ']' ? "`,` or `]`" : "`,` or `}`");
  ++at_;
  return Outcome::fine;
}

Outcome JsonTextSource::next_item(bool& more) {
  return next(']', more);
}

Outcome JsonTextSource::next_key(std::string_view& key, bool& more) {
  if (const Outcome outcome = next('}', more); outcome != Outcome::fine || !more) return outcome;
  skip_white();
  if (at_end() || text_[at_] != '"') return broken("a key in quotes");
  if (const Outcome outcome = read_text(key); outcome != Outcome::fine) return outcome;
  skip_white();
  if (at_end() || text_[at_] != ':') return broken("`:`");
  ++at_;
  return Outcome::fine;
}

Outcome JsonTextSource::finish() {
  skip_white();
  return at_end() ? Outcome::fine : broken("the end of the text");
}

}  // namespace sluice::reading
