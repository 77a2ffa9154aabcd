// Where inside a value a walk is, kept on the stack of the walk: it costs nothing until an error needs its
// text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// One step of the way from the root of a value: a name (field, case) or an index. Each step refers to the one
// before it, which has to outlive it.
class Path {
 public:
  Path() = default;  // the root
  Path(const Path& up, std::string_view name) : up_(&up), name_(name) {}
  Path(const Path& up, std::size_t index) : up_(&up), index_(index), is_index_(true) {}

  // JSON pointer (RFC 6901), e.g. `/files/3/path`; the root is "".
  [[nodiscard]] std::string pointer() const {
    std::vector<const Path*> steps;
    for (const Path* p = this; p->up_ != nullptr; p = p->up_) steps.push_back(p);
    std::string text;
    for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
      text += '/';
      if ((*it)->is_index_) {
        text += std::to_string((*it)->index_);
      } else {
        append_escaped(text, (*it)->name_);
      }
    }
    return text;
  }

 private:
  static void append_escaped(std::string& text, std::string_view name) {
    for (const char c : name) {
      if (c == '~') {
        text += "~0";
      } else if (c == '/') {
        text += "~1";
      } else {
        text += c;
      }
    }
  }

  const Path* up_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
  bool is_index_ = false;
};

}  // namespace sluice
