// {"do": "probe", "owner": …, "repo": …, "number": …, "command": {…}}: has an integration run a command.
#include <sluice/world.h>

#include "command.h"

namespace commandable {
namespace {

Answer call(const Json& command) {
  const Json* inner = sluice::guest::json::find(command, "command");
  const auto answer =
      ::sluice::test::probe::Call(text_of(command, "owner"), text_of(command, "repo"),
                                  static_cast<std::uint32_t>(number_of(command, "number", 0)),
                                  inner == nullptr ? "{}" : sluice::guest::json::dump(*inner));
  if (!answer) return reject("probe: " + answer.error().to_string());
  return done(answer->to_string());
}

// Passes itself on over its link, again and again: {"do": "probe-loop"}.
Answer loop(const Json& command) {
  const auto answer = ::sluice::test::probe::Call(text_of(command, "owner"), text_of(command, "repo"), 0,
                                                  sluice::guest::json::dump(command));
  if (!answer) return reject("probe-loop: " + answer.error().to_string());
  return done(answer->to_string());
}

}  // namespace

Run find_probe(std::string_view name) {
  if (name == "probe") return call;
  if (name == "probe-loop") return loop;
  return nullptr;
}

}  // namespace commandable
