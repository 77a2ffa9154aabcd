#include "base/error.h"

namespace sluice {

std::string Error::to_string() const {
  std::string text = what;
  if (!why.empty()) {
    if (!text.empty()) text += ": ";
    text += why;
  }
  if (!todo.empty()) {
    if (!text.empty()) text += "; ";
    text += todo;
  }
  return text;
}

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
      return "invalid-input";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::trap:
      return "trap";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::internal:
      return "internal";
  }
  return "unknown";
}

}  // namespace sluice
