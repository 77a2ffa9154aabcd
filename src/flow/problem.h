// What is wrong with a text that a person wrote, and where: many problems are told together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace sluice::flow {

// Where a value stands: line and column count from 1 (0: unknown, or the file as a whole); `key` is its
// dotted path, e.g. `function.review.component`.
struct Origin {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string key;

  friend bool operator==(const Origin&, const Origin&) = default;
};

// A value and where it was written.
template <class T>
struct Located {
  T value{};
  Origin at;

  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
};

struct Problem {
  Origin at;
  std::string why;   // what is wrong, and what was expected
  std::string todo;  // what to do about it; may be empty

  // `sluice.toml:12:3: function.review.compnent: unknown key; did you mean `component`?`
  [[nodiscard]] std::string to_string(std::string_view file) const;
};

// Everything found wrong in one file, in the order of the file. Keeps the first hundred, and how many more
// there are.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(Origin at, std::string why, std::string todo = {});
  void append(Problems other);

  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::vector<Problem>& list() const { return list_; }

  // One problem a line, with file, position and key.
  [[nodiscard]] std::string to_string() const;
  // One error that tells all of them; its code is invalid_input.
  [[nodiscard]] Error to_error() const;

 private:
  std::string file_;
  std::vector<Problem> list_;
  std::size_t left_out_ = 0;
};

}  // namespace sluice::flow
