// What `sluice up` serves: the way from a path to what answers it.
#pragma once

#include "server/http_message.h"
#include "server/metrics.h"
#include "server/webhooks.h"

namespace sluice::server {

// Outlives the server; used by all shards.
class Site {
 public:
  Site(Webhooks& webhooks, Metrics& metrics) : webhooks_(webhooks), metrics_(metrics) {}

  // /hooks/APP/TRIGGER, /healthz, /metrics; 404 otherwise.
  [[nodiscard]] Task<HttpReply> handle(HttpCall call);

 private:
  Webhooks& webhooks_;
  Metrics& metrics_;
};

}  // namespace sluice::server
