#include "reason.h"

#include <algorithm>
#include <string_view>

namespace sluice::openvino {
namespace {

bool is_place(std::string_view line) {
  return line.starts_with("Exception from ") || (line.starts_with("Check '") && line.ends_with(":")) ||
         line.starts_with("FrontEnd API failed with");
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string reason(const std::exception& problem) {
  const std::string_view whole = problem.what();
  std::string text;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    if (!line.empty() && !is_place(line)) {
      if (!text.empty()) text += ' ';
      text += line;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text.empty() ? std::string(whole) : text;
}

}  // namespace sluice::openvino
