// What values are read from: items of a JSON-like shape, and the reading of those without parts. Internal to
// base.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/path.h"
#include "base/value.h"
#include "base/value_json.h"

namespace sluice::reading {

// What the next item of a source is.
enum class Shape : std::uint8_t { null, boolean, number, text, bytes, array, object, broken };

[[nodiscard]] std::string_view name_of(Shape shape);

// How reading a scalar went.
enum class Outcome : std::uint8_t {
  fine,
  mismatch,      // another shape; nothing was taken
  not_integer,   // a number with a fraction
  out_of_range,  // a number that the type cannot hold
  broken,        // the source's `problem` says why
};

struct Integer {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

// A text from outside as an error may quote it: short, and UTF-8.
[[nodiscard]] std::string excerpt(std::string_view text);
// "unknown WORD `name`", with what it may have meant.
[[nodiscard]] Error unknown_name(std::string_view word, std::string_view name, const Type& type);
// The float that "NaN", "Infinity" or "-Infinity" names; nothing for other texts.
[[nodiscard]] std::optional<double> special_float(std::string_view text);
inline constexpr std::string_view special_float_names = "a number, \"NaN\", \"Infinity\" or \"-Infinity\"";
// The one scalar value that the text is, if it is one. The text is UTF-8.
[[nodiscard]] std::optional<char32_t> one_scalar(std::string_view text);

// A source yields items in order. `read_*` take the next item or tell why not. Views stay valid until the
// next call. Between `begin_array` and its end, `next_item` tells whether another item follows; likewise
// `next_key` in objects.
template <class S>
concept Source = requires(S& source, Integer& integer, float& f32, double& f64, std::string& text,
                          std::string_view& view, bool& flag) {
  { source.peek() } -> std::same_as<Shape>;
  { source.read_null() } -> std::same_as<Outcome>;
  { source.read_bool(flag) } -> std::same_as<Outcome>;
  { source.read_integer(integer) } -> std::same_as<Outcome>;
  { source.read_float(f32) } -> std::same_as<Outcome>;
  { source.read_float(f64) } -> std::same_as<Outcome>;
  { source.read_text(view) } -> std::same_as<Outcome>;
  { source.read_bytes(text) } -> std::same_as<Outcome>;
  { source.begin_array() } -> std::same_as<Outcome>;
  { source.next_item(flag) } -> std::same_as<Outcome>;
  { source.begin_object() } -> std::same_as<Outcome>;
  { source.next_key(view, flag) } -> std::same_as<Outcome>;
  { source.finish() } -> std::same_as<Outcome>;
  { source.problem() } -> std::convertible_to<std::string>;
  { S::bytes_name } -> std::convertible_to<std::string_view>;
};

// Errors, limits and the types without parts.
template <Source S>
class ScalarReader {
 protected:
  ScalarReader(S& source, const ReadLimits& limits) : source_(source), limits_(limits) {}

  // Each returns false with `error_` set, or true with `out` set.
  bool stop(ErrorCode code, const Path& path, std::string why, std::string todo = {}) {
    std::string where = path.pointer();
    error_ = Error{code, where.empty() ? "value" : std::move(where), std::move(why), std::move(todo)};
    return false;
  }

  bool wrong(const Path& path, std::string why) {
    return stop(ErrorCode::invalid_input, path, std::move(why));
  }

  bool unknown(std::string_view word, std::string_view name, const Type& type, const Path& path) {
    Error error = unknown_name(word, name, type);
    return stop(error.code, path, std::move(error.why), std::move(error.todo));
  }

  bool took(Outcome outcome, std::string_view expected, const Path& path) {
    switch (outcome) {
      case Outcome::fine:
        return true;
      case Outcome::mismatch: {
        const Shape found = source_.peek();
        if (found == Shape::broken) break;
        return wrong(path, "expected " + std::string(expected) + ", found " + std::string(name_of(found)));
      }
      case Outcome::not_integer:
        return wrong(path, "expected " + std::string(expected) + ", found a fraction");
      case Outcome::out_of_range:
        return wrong(path, "the number is out of the range of " + std::string(expected));
      case Outcome::broken:
        break;
    }
    return wrong(path, source_.problem());
  }

  // Of values about to be kept.
  bool count(std::size_t more, const Path& path) {
    if (more <= limits_.values_max - values_) {
      values_ += more;
      return true;
    }
    return stop(ErrorCode::limit, path,
                "there are more than the " + std::to_string(limits_.values_max) + " values that are allowed");
  }

  bool boolean(Value& out, const Path& path) {
    bool v = false;
    if (!took(source_.read_bool(v), "bool", path)) return false;
    out = Value::boolean(v);
    return true;
  }

  bool string(Value& out, const Path& path) {
    std::string_view text;
    if (!took(source_.read_text(text), "string", path)) return false;
    out = Value::string(std::string(text));
    return true;
  }

  bool bytes(Value& out, const Path& path) {
    std::string bytes;
    if (!took(source_.read_bytes(bytes), S::bytes_name, path)) return false;
    out = Value::bytes(std::move(bytes));
    return true;
  }

  template <class T>
  bool unsigned_integer(Value& out, const Type& type, const Path& path) {
    Integer v;
    Outcome outcome = source_.read_integer(v);
    if (outcome == Outcome::fine && (v.negative || v.magnitude > std::numeric_limits<T>::max())) {
      outcome = Outcome::out_of_range;
    }
    if (!took(outcome, sluice::name_of(type.kind()), path)) return false;
    out = Value::unsigned_int(v.magnitude);
    return true;
  }

  template <class T>
  bool signed_integer(Value& out, const Type& type, const Path& path) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    Integer v;
    Outcome outcome = source_.read_integer(v);
    if (outcome == Outcome::fine && v.magnitude > most + (v.negative ? 1 : 0))
      outcome = Outcome::out_of_range;
    if (!took(outcome, sluice::name_of(type.kind()), path)) return false;
    // Two's complement: right for the lowest number too.
    out = Value::signed_int(static_cast<std::int64_t>(v.negative ? 0 - v.magnitude : v.magnitude));
    return true;
  }

  template <class Float>
  bool floating(Value& out, std::string_view name, const Path& path) {
    Float v = 0;
    if (!took(source_.read_float(v), name, path)) return false;
    // There is one NaN.
    if (v != v) v = std::numeric_limits<Float>::quiet_NaN();
    if constexpr (std::same_as<Float, float>) {
      out = Value::f32(v);
    } else {
      out = Value::f64(v);
    }
    return true;
  }

  bool character(Value& out, const Path& path) {
    std::string_view text;
    if (!took(source_.read_text(text), "char", path)) return false;
    const std::optional<char32_t> scalar = one_scalar(text);
    if (!scalar)
      return wrong(path, "expected char (a text of one Unicode scalar value), found " + excerpt(text));
    out = Value::character(*scalar);
    return true;
  }

  S& source_;
  const ReadLimits& limits_;
  Error error_;

 private:
  std::size_t values_ = 0;
};

}  // namespace sluice::reading
