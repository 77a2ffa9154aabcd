// How values are written as bytes between a worker and the process that started it: little-endian integers,
// texts and lists with their length in front. Neither side trusts the other's bytes.
//
// A struct has one `fields(archive, value)`, which names its members in their order; a WireWriter writes them
// and a WireReader reads them.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/value.h"

namespace sluice::nn {

// Bytes that need not be UTF-8, such as a piece of a character.
template <class Text>
struct RawBytes {
  Text& text;
};
template <class Text>
RawBytes<Text> raw(Text& text) {
  return {text};
}

// An enum whose values go from 0 to `last`.
template <class Enum>
struct Choice {
  Enum& value;
  std::remove_const_t<Enum> last;
};
template <class Enum>
Choice<Enum> choice(Enum& value, std::remove_const_t<Enum> last) {
  return {value, last};
}

template <class T>
concept Number = std::is_arithmetic_v<T>;

class WireWriter {
 public:
  // False once a text was not UTF-8 or longer than 4 GiB: the bytes are then of no use.
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

  template <class... Fields>
  void operator()(const Fields&... values) {
    (write(values), ...);
  }

 private:
  template <Number T>
  void write(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      out_ += value ? '\1' : '\0';
    } else {
      char bytes[sizeof value];
      std::memcpy(bytes, &value, sizeof value);
      out_.append(bytes, sizeof value);
    }
  }
  void write(const std::string& text) {
    good_ = good_ && is_utf8(text);
    write(RawBytes<const std::string>{text});
  }
  template <class Text>
  void write(const RawBytes<Text>& bytes) {
    write_size(bytes.text.size());
    out_ += bytes.text;
  }
  template <class Enum>
  void write(const Choice<Enum>& chosen) {
    write(static_cast<std::uint8_t>(chosen.value));
  }
  template <class T>
  void write(const std::optional<T>& value) {
    write(value.has_value());
    if (value) write(*value);
  }
  template <class T>
  void write(const std::vector<T>& list) {
    write_size(list.size());
    for (const T& element : list) write(element);
  }
  template <class A, class B>
  void write(const std::pair<A, B>& pair) {
    write(pair.first);
    write(pair.second);
  }
  template <class T>
    requires requires(WireWriter& archive, const T& value) { fields(archive, value); }
  void write(const T& value) {
    fields(*this, value);
  }
  void write_size(std::size_t size) {
    good_ = good_ && size <= std::numeric_limits<std::uint32_t>::max();
    write(static_cast<std::uint32_t>(size));
  }

  static_assert(std::endian::native == std::endian::little);
  std::string out_;
  bool good_ = true;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : left_(bytes) {}

  // All bytes were read, and each was what it should be. Values read otherwise mean nothing.
  [[nodiscard]] bool finished() const { return good_ && left_.empty(); }
  [[nodiscard]] bool good() const { return good_; }

  template <class... Fields>
  void operator()(Fields&&... values) {
    (read(values), ...);
  }

 private:
  template <Number T>
  void read(T& value) {
    if constexpr (std::same_as<T, bool>) {
      std::uint8_t byte = 0;
      read(byte);
      good_ = good_ && byte <= 1;
      value = byte == 1;
    } else {
      if (!has(sizeof value)) return;
      std::memcpy(&value, left_.data(), sizeof value);
      left_.remove_prefix(sizeof value);
    }
  }
  void read(std::string& text) {
    read(RawBytes<std::string>{text});
    good_ = good_ && is_utf8(text);
  }
  void read(const RawBytes<std::string>& bytes) {
    const std::size_t size = read_size();
    bytes.text.assign(left_.substr(0, size));
    left_.remove_prefix(size);
  }
  template <class Enum>
  void read(const Choice<Enum>& chosen) {
    std::uint8_t byte = 0;
    read(byte);
    good_ = good_ && byte <= static_cast<std::uint8_t>(chosen.last);
    if (good_) chosen.value = static_cast<Enum>(byte);
  }
  template <class T>
  void read(std::optional<T>& value) {
    bool there = false;
    read(there);
    value.reset();
    if (there && good_) read(value.emplace());
  }
  // Every element takes a byte at least, so no length asks for more memory than the bytes that came account
  // for.
  template <class T>
  void read(std::vector<T>& list) {
    const std::size_t size = read_size();
    list.clear();
    for (std::size_t i = 0; i < size && good_; ++i) read(list.emplace_back());
  }
  template <class A, class B>
  void read(std::pair<A, B>& pair) {
    read(pair.first);
    read(pair.second);
  }
  template <class T>
    requires requires(WireReader& archive, T& value) { fields(archive, value); }
  void read(T& value) {
    fields(*this, value);
  }
  std::size_t read_size() {
    std::uint32_t size = 0;
    read(size);
    return has(size) ? size : 0;
  }
  bool has(std::size_t size) {
    good_ = good_ && size <= left_.size();
    return good_;
  }

  std::string_view left_;
  bool good_ = true;
};

}  // namespace sluice::nn

namespace sluice {

// The members of each struct in the order they are written: found by the archives through their namespaces.
template <class T, class Struct>
concept Of = std::same_as<std::remove_const_t<T>, Struct>;

void fields(auto& a, Of<Error> auto& v) {
  a(nn::choice(v.code, ErrorCode::internal), v.what, v.why, v.todo);
}

}  // namespace sluice
