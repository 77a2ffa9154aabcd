// Webhooks in: `POST /hooks/APP/TRIGGER`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "flow/app.h"
#include "flow/scheduler.h"
#include "gate/secrets.h"
#include "server/http_message.h"

namespace sluice::server {

// What became of a delivery, for metrics.
enum class Delivery : std::uint8_t {
  accepted,
  duplicate,
  ignored,
  unsigned_or_wrong,
  malformed,
  unknown,
  full
};
[[nodiscard]] std::string_view name_of(Delivery delivery);

// Made before the server starts; then unchanged, so all shards may use it.
class Webhooks {
 public:
  Webhooks(flow::Scheduler& scheduler, const Clock& clock) : scheduler_(scheduler), clock_(clock) {}

  // Adds the triggers of an app, with their secrets. A trigger without a secret is refused unless its
  // manifest says `allow-unsigned = true`.
  Status add(const flow::App& app, const std::filesystem::path& folder);

  struct Answer {
    HttpReply reply;
    Delivery delivery = Delivery::unknown;
    std::string app;  // empty if there is no such app
  };

  // The signature is checked over the raw body before anything of it is parsed. 202 once the event is in the
  // inbox; its run comes after the reply.
  [[nodiscard]] Answer handle(HttpCall call);

  // Paths of all triggers, e.g. "/hooks/code-review/pull-requests".
  [[nodiscard]] std::vector<std::string> paths() const;
  // The largest body that any trigger takes.
  [[nodiscard]] std::size_t body_bytes_max() const;

 private:
  struct Hook {
    std::string app;
    const flow::Trigger* trigger = nullptr;
    std::optional<gate::SecretText> secret;
  };

  Answer deliver(const Hook& hook, HttpCall call);
  [[nodiscard]] static bool wants(const flow::Trigger& trigger, std::string_view event);

  flow::Scheduler& scheduler_;
  const Clock& clock_;
  std::map<std::string, Hook, std::less<>> hooks_;
};

}  // namespace sluice::server
