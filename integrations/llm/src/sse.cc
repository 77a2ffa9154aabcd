#include "sse.h"

#include <utility>

namespace llm {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view without_mark(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text;
}

// Takes the first line off. False where the text ends without a line's end: the rest is a part of a line.
bool take_line(std::string_view& text, std::string_view& line) {
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  const bool two = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
  text.remove_prefix(end + (two ? 2 : 1));
  return true;
}

}  // namespace

std::vector<ServerEvent> parse_events(std::string_view text) {
  text = without_mark(text);
  std::vector<ServerEvent> events;
  ServerEvent event;
  bool has_data = false;
  std::string_view line;
  while (take_line(text, line)) {
    if (line.empty()) {
      if (has_data) events.push_back(std::move(event));
      event = {};
      has_data = false;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == 0) continue;
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
      if (has_data) event.data += '\n';
      event.data += value;
      has_data = true;
    } else if (field == "event") {
      event.name = value;
    }
  }
  return events;
}

bool looks_like_events(std::string_view text) {
  text = without_mark(text);
  const std::size_t begin = text.find_first_not_of("\r\n");
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  for (const std::string_view field : {":", "data:", "event:", "id:", "retry:"}) {
    if (text.starts_with(field)) return true;
  }
  return false;
}

}  // namespace llm
