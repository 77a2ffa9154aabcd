// A real function in small: parses the event's JSON, makes one host call that suspends it, answers in JSON.
#include <sluice/handler.h>
#include <sluice/json.h>

namespace guest = sluice::guest;

guest::Outcome exports::sluice::events::handler::Handle(guest::Event event) {
  auto data = guest::json::parse(event.data.get_view());
  if (!data) return guest::reject(data.error());
  if (!data->is_object()) return guest::reject("the event's data must be a JSON object");
  const auto sleep_ms = guest::json::get_unsigned(*data, "sleep_ms").value_or(0);
  ::sluice::time::timer::Sleep(static_cast<uint32_t>(sleep_ms));
  (*data)["slept_ms"] = sleep_ms;
  (*data)["event"] = std::string(event.id.get_view());
  return guest::done(guest::json::dump(*data));
}
