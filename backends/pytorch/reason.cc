#include "reason.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <string_view>

namespace sluice::pytorch {
namespace {

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line;
}

// "Traceback of TorchScript…", and what marks a place: "~~~ <--- HERE".
bool is_place(std::string_view line) {
  return line.starts_with("Traceback") || line.starts_with("File \"") || line.starts_with("~") ||
         line.starts_with("The following operation failed") || line.contains("<--- HERE");
}

}  // namespace

std::string reason(const std::exception& problem) {
  const auto* of_torch = dynamic_cast<const c10::Error*>(&problem);
  const std::string whole = of_torch != nullptr ? of_torch->what_without_backtrace() : problem.what();
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
  return text.empty() ? whole : text;
}

}  // namespace sluice::pytorch
