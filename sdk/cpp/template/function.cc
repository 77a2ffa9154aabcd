// Greets whoever the event names: {"name": "Ada"} gives {"greeting": "Hello, Ada!"}.
//
// The world in wit/world.wit says what this function may call; sluice.toml says what answers.

#include <sluice/config.h>
#include <sluice/handler.h>
#include <sluice/json.h>
#include <sluice/log.h>

namespace guest = sluice::guest;
namespace json = sluice::guest::json;

// Called once for each event, in a fresh instance: nothing is left of the run before.
guest::Outcome exports::sluice::events::handler::Handle(guest::Event event) {
  const auto data = json::parse(guest::view(event.data));
  if (!data) return guest::reject("the event's data: " + data.error());

  const auto name = json::get_text(*data, "name");
  if (!name || name->empty()) return guest::reject("the event's data has no text `name`");

  const auto greeting = guest::config::get("greeting");
  if (!greeting) return guest::retry("read the setting `greeting`: " + greeting.error());

  guest::log::info("greeting " + std::string(*name));
  json::Json answer;
  answer["greeting"] = greeting->value_or("Hello") + ", " + std::string(*name) + "!";
  return guest::done(json::dump(answer));
}
