#include "flow/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace sluice::flow {

namespace {

// A file with more problems than this isn't helped by reading on.
constexpr std::size_t problems_max = 100;

bool comes_before(const Problem& a, const Problem& b) {
  return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
}

}  // namespace

std::string Problem::to_string(std::string_view file) const {
  std::string text{file};
  if (at.line > 0) text += fmt::format(":{}:{}", at.line, at.column);
  if (!at.key.empty()) text += fmt::format(": {}", at.key);
  text += fmt::format(": {}", why);
  if (!todo.empty()) text += fmt::format("; {}", todo);
  return text;
}

void Problems::add(Origin at, std::string why, std::string todo) {
  Problem problem{std::move(at), std::move(why), std::move(todo)};
  const auto place = std::upper_bound(list_.begin(), list_.end(), problem, comes_before);
  list_.insert(place, std::move(problem));
  if (list_.size() > problems_max) {
    list_.pop_back();
    ++left_out_;
  }
}

void Problems::append(Problems other) {
  for (Problem& problem : other.list_)
    add(std::move(problem.at), std::move(problem.why), std::move(problem.todo));
  left_out_ += other.left_out_;
}

std::string Problems::to_string() const {
  std::string text;
  for (const Problem& problem : list_) {
    if (!text.empty()) text += '\n';
    text += problem.to_string(file_);
  }
  if (left_out_ > 0) text += fmt::format("\n{}: and {} more", file_, left_out_);
  return text;
}

Error Problems::to_error() const {
  const std::size_t count = list_.size() + left_out_;
  return Error{ErrorCode::invalid_input, fmt::format("read {}", file_),
               fmt::format("{} problem{}:\n{}", count, count == 1 ? "" : "s", to_string()), ""};
}

}  // namespace sluice::flow
