// What a provider's API has of its own: how a chat is written, how its answers are read, and what its
// refusals mean. Lives for one call of the integration.
#pragma once

#include <string>

#include "chat.h"
#include "outside.h"
#include "problem.h"
#include "settings.h"

namespace llm {

class Api {
 public:
  virtual ~Api() = default;

  [[nodiscard]] virtual const Settings& settings() const = 0;

  // The request as this provider wants it; `invalid` where it has no such thing.
  [[nodiscard]] virtual Outcome<HttpRequest> write(const Request& request) = 0;
  // An answer of status 200. A stream may hold an error all the same, and a cut one is Trouble that allows
  // one more try.
  [[nodiscard]] virtual std::expected<Completion, Trouble> read(const Request& request,
                                                                const HttpAnswer& answer) = 0;
  // What any other answer means.
  [[nodiscard]] virtual Trouble judge(const HttpAnswer& answer) = 0;
  // Whether a refused request would be written otherwise from now on, so that it is worth sending again at
  // once.
  [[nodiscard]] virtual bool adapt(const HttpAnswer& /*answer*/) { return false; }
};

}  // namespace llm
