#include "server/webhooks.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "flow/github_event.h"

namespace sluice::server {

namespace {

constexpr std::string_view prefix = "/hooks/";

Webhooks::Answer answer(Delivery delivery, HttpReply reply, const std::string& app) {
  return {std::move(reply), delivery, app};
}

HttpReply accepted(std::string_view status, std::string_view delivery) {
  HttpReply reply;
  reply.status = 202;
  reply.body = R"({"status":")" + std::string(status) + R"(","delivery":")" + std::string(delivery) + "\"}";
  return reply;
}

}  // namespace

std::string_view name_of(Delivery delivery) {
  switch (delivery) {
    case Delivery::accepted:
      return "accepted";
    case Delivery::duplicate:
      return "duplicate";
    case Delivery::ignored:
      return "ignored";
    case Delivery::unsigned_or_wrong:
      return "unsigned-or-wrong";
    case Delivery::malformed:
      return "malformed";
    case Delivery::unknown:
      return "unknown";
    case Delivery::full:
      break;
  }
  return "full";
}

Status Webhooks::add(const flow::App& app, const std::filesystem::path& folder) {
  for (const flow::Trigger& trigger : app.manifest().triggers) {
    Hook hook{app.name(), &trigger, std::nullopt};
    if (trigger.secret) {
      auto secret =
          gate::load_secret(app.name() + "." + trigger.name.value + ".secret", origin_of(*trigger.secret),
                            folder, [](const std::string& name) { return std::getenv(name.c_str()); });
      if (!secret) return std::unexpected(secret.error());
      hook.secret = std::move(*secret);
    }
    hooks_.emplace(std::string(prefix) + app.name() + "/" + trigger.name.value, std::move(hook));
  }
  return {};
}

std::vector<std::string> Webhooks::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, hook] : hooks_) all.push_back(path);
  return all;
}

std::size_t Webhooks::body_bytes_max() const {
  std::size_t most = 1U << 20;
  for (const auto& [path, hook] : hooks_) most = std::max<std::size_t>(most, hook.trigger->body_bytes);
  return most;
}

Webhooks::Answer Webhooks::handle(HttpCall call) {
  const auto found = hooks_.find(call.path());
  if (found == hooks_.end()) {
    return answer(Delivery::unknown, error_reply(404, "not-found", "there is no app with such a trigger"),
                  {});
  }
  const Hook& hook = found->second;
  if (call.method != "POST") {
    HttpReply reply = error_reply(405, "method-not-allowed", "webhooks are sent with POST");
    reply.headers.emplace_back("allow", "POST");
    return answer(Delivery::malformed, std::move(reply), hook.app);
  }
  if (call.body.size() > hook.trigger->body_bytes) {
    return answer(Delivery::malformed,
                  error_reply(413, "too-large", "the body is larger than the trigger takes"), hook.app);
  }
  return deliver(hook, std::move(call));
}

bool Webhooks::wants(const flow::Trigger& trigger, std::string_view event) {
  return std::ranges::any_of(trigger.events, [&](const auto& name) { return name.value == event; });
}

Webhooks::Answer Webhooks::deliver(const Hook& hook, HttpCall call) {
  if (hook.secret) {
    auto status = flow::verify_github_signature(hook.secret->reveal(), call.body,
                                                call.header(flow::github_signature_header));
    if (!status) {
      log(LogLevel::warn, "delivery refused",
          {{"app", hook.app}, {"why", status.error().why}, {"peer", call.peer.address().to_string()}});
      return answer(Delivery::unsigned_or_wrong, error_reply(401, "unauthorized", status.error().why),
                    hook.app);
    }
  }
  const std::string name(call.header(flow::github_event_header));
  const std::string delivery(call.header(flow::github_delivery_header));
  auto event = flow::github_event(name, delivery, std::move(call.body), clock_);
  if (!event) {
    log(LogLevel::warn, "delivery refused", {{"app", hook.app}, {"why", event.error().why}});
    return answer(Delivery::malformed, error_reply(400, "bad-request", event.error().to_string()), hook.app);
  }
  if (!wants(*hook.trigger, name)) {
    log(LogLevel::info, "event ignored: the trigger does not name it",
        {{"app", hook.app}, {"trigger", hook.trigger->name.value}, {"event", name}, {"delivery", delivery}});
    return answer(Delivery::ignored, accepted("ignored", delivery), hook.app);
  }
  auto taken =
      scheduler_.submit({hook.app, hook.trigger->function.value}, delivery, std::move(*event), call.shard);
  if (!taken) {
    HttpReply reply = error_reply(503, "unavailable", taken.error().to_string());
    reply.headers.emplace_back("retry-after", "30");
    return answer(Delivery::full, std::move(reply), hook.app);
  }
  if (*taken == store::Accepted::duplicate) {
    return answer(Delivery::duplicate, accepted("duplicate", delivery), hook.app);
  }
  return answer(Delivery::accepted, accepted("accepted", delivery), hook.app);
}

}  // namespace sluice::server
