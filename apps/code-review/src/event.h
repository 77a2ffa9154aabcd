// What an event asks of the review function. Payloads: GitHub's webhooks `pull_request` and `issue_comment`
// (docs.github.com, "Webhook events and payloads"), and `sluice.review.requested` of the command line.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "pulls.h"
#include "report.h"
#include "settings.h"

namespace review {

struct Request {
  enum class Kind : std::uint8_t {
    report,   // review and return the report
    push,     // the pull request was opened or got commits: review and post
    command,  // somebody asked in a comment: review and post, if they may ask
    ignored,  // nothing to do
  };

  Kind kind = Kind::ignored;
  PullRef pull;                      // but for ignored
  Format format = Format::markdown;  // of a report
  std::string asked_by;              // of a command: a login
  std::string why;                   // of ignored: one sentence
};

// The error says what is wrong with the payload.
[[nodiscard]] std::expected<Request, std::string> read_event(std::string_view type, std::string_view data,
                                                             const Settings& settings);

// Whether the first line of a comment that isn't empty begins with the phrase, as a word of its own.
[[nodiscard]] bool is_command(std::string_view comment, std::string_view phrase);

}  // namespace review
