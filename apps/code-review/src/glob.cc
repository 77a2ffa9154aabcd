#include "glob.h"

#include <cstddef>

namespace review {
namespace {

// Length of the character at the front, in bytes.
std::size_t character_bytes(std::string_view text) {
  std::size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) ++bytes;
  return bytes;
}

bool part_matches(std::string_view pattern, std::string_view part) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = none;  // where the last `*` stands, and what it has swallowed up to
  std::size_t swallowed = 0;
  while (t < part.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      swallowed = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += character_bytes(part.substr(t));
    } else if (p < pattern.size() && pattern[p] == part[t]) {
      ++p;
      ++t;
    } else if (star != none) {
      p = star + 1;
      t = ++swallowed;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view first_part(std::string_view path) {
  return path.substr(0, path.find('/'));
}
std::string_view without_first(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

enum class Names : unsigned char { anything, folders };

// The same walk as in `part_matches`, a part of the path at a time and with `**` for `*`. A pattern that ends
// before the path has named a folder that the path lies in.
bool parts_match(std::string_view pattern, std::string_view path, Names names) {
  bool have_star = false;
  std::string_view after_star;
  std::string_view retry;
  while (true) {
    if (pattern.empty() && (!path.empty() || names == Names::anything)) return true;
    if (path.empty()) return false;
    if (!pattern.empty() && first_part(pattern) == "**") {
      pattern = without_first(pattern);
      if (pattern.empty()) return true;
      have_star = true;
      after_star = pattern;
      retry = path;
    } else if (!pattern.empty() && part_matches(first_part(pattern), first_part(path))) {
      pattern = without_first(pattern);
      path = without_first(path);
    } else if (have_star) {
      retry = without_first(retry);
      pattern = after_star;
      path = retry;
    } else {
      return false;
    }
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  Names names = Names::anything;
  if (pattern.ends_with('/')) {
    names = Names::folders;
    pattern.remove_suffix(1);
  }
  if (pattern.empty()) return false;
  if (pattern.starts_with('/')) return parts_match(pattern.substr(1), path, names);
  if (pattern.find('/') != std::string_view::npos) return parts_match(pattern, path, names);
  for (std::string_view rest = path; !rest.empty(); rest = without_first(rest)) {
    if (parts_match(pattern, rest, names)) return true;
  }
  return false;
}

}  // namespace review
