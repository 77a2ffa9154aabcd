#include "finding.h"

namespace review {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::low:
      return "low";
    case Severity::medium:
      return "medium";
    case Severity::high:
      return "high";
    case Severity::critical:
      return "critical";
  }
  return "info";
}

std::string_view name_of(Side side) {
  return side == Side::left ? "LEFT" : "RIGHT";
}

}  // namespace review
