// Server-sent events, read from the text of a whole answer.
// Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace llm {

struct ServerEvent {
  std::string name;  // empty unless the event has one
  std::string data;  // its data lines with line feeds between
};

// All events that have data. Lines end with CR LF, LF or CR; an event without the empty line after it was cut
// off and is left out, as the format says.
[[nodiscard]] std::vector<ServerEvent> parse_events(std::string_view text);

// Whether an answer's text is a stream of events rather than JSON or a page: its first line that is not empty
// begins a field or a comment.
[[nodiscard]] bool looks_like_events(std::string_view text);

}  // namespace llm
