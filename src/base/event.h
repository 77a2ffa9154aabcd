// A CloudEvents 1.0 event on its way to a function.
#pragma once

#include <optional>
#include <string>

namespace sluice {

// Field by field as in wit/events.wit.
struct Event {
  std::string id;
  std::string source;
  std::string type;
  std::optional<std::string> subject;
  std::string time;  // RFC 3339, UTC
  std::string data_content_type = "application/json";
  std::string data;
};

}  // namespace sluice
