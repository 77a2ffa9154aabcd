// The commandable guest as an integration: it runs the command that a call over its link brings.
#include <sluice/text.h>
#include <sluice/world.h>

#include "command.h"

std::expected<wit::string, wit::string> exports::sluice::test::probe::Call(wit::string owner,
                                                                           wit::string repo,
                                                                           std::uint32_t number,
                                                                           wit::string command) {
  const commandable::Answer answer =
      command.get_view() == "who"
          ? commandable::done(owner.to_string() + "/" + repo.to_string() + "#" + std::to_string(number))
          : commandable::run(command.get_view());
  if (answer.kind != commandable::Kind::done) return std::unexpected(::sluice::guest::to_wit(answer.text));
  return ::sluice::guest::to_wit(answer.text);
}
