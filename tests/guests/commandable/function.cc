// The commandable guest as a function: the event's data is the command.
#include <sluice/handler.h>

#include "command.h"

namespace guest = sluice::guest;

guest::Outcome exports::sluice::events::handler::Handle(guest::Event event) {
  const commandable::Answer answer = commandable::run(event.data.get_view());
  switch (answer.kind) {
    case commandable::Kind::retry:
      return guest::retry(answer.text);
    case commandable::Kind::reject:
      return guest::reject(answer.text);
    case commandable::Kind::done:
      break;
  }
  return guest::to_wit(answer.text);
}
