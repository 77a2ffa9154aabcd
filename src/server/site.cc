#include "server/site.h"

#include <utility>

namespace sluice::server {

Task<HttpReply> Site::handle(HttpCall call) {
  const std::string path(call.path());
  if (path.starts_with("/hooks/")) {
    const std::size_t shard = call.shard;
    Webhooks::Answer answer = webhooks_.handle(std::move(call));
    metrics_.delivery(answer.app, answer.delivery, shard);
    co_return std::move(answer.reply);
  }
  if (call.method != "GET" && call.method != "HEAD") {
    co_return error_reply(path == "/healthz" || path == "/metrics" ? 405 : 404, "not-found",
                          "nothing is served there");
  }
  if (path == "/healthz") co_return HttpReply{200, "application/json", R"({"status":"ok"})", {}};
  if (path == "/metrics") co_return HttpReply{200, "text/plain; version=0.0.4", metrics_.text(), {}};
  co_return error_reply(404, "not-found", "nothing is served there");
}

}  // namespace sluice::server
