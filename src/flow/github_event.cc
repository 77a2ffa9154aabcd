#include "flow/github_event.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/value.h"
#include "flow/event.h"

namespace sluice::flow {

namespace {

constexpr std::string_view what_signature = "check the delivery's signature";

bool is_word(std::string_view text, std::size_t most, std::string_view also) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [&](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::optional<std::string> text_at(const EventData& data, std::string_view pointer) {
  auto found = data.at(pointer);
  if (!found) return std::nullopt;
  return std::move(found->text);
}

}  // namespace

Status verify_github_signature(std::string_view secret, std::string_view body, std::string_view signature) {
  constexpr std::string_view prefix = "sha256=";
  const auto refused = [](std::string why) {
    return fail(ErrorCode::refused, std::string(what_signature), std::move(why),
                "set the same secret in the webhook's settings and in the trigger");
  };
  if (signature.empty()) return refused("the header X-Hub-Signature-256 is missing");
  if (!signature.starts_with(prefix) || signature.size() != prefix.size() + 64) {
    return refused("the header X-Hub-Signature-256 is not `sha256=` and 64 hexadecimal digits");
  }
  const std::string expected = to_hex(hmac_sha256(secret, body));
  if (!equal_in_constant_time(signature.substr(prefix.size()), expected))
    return refused("the signature is wrong");
  return {};
}

Result<Event> github_event(std::string_view name, std::string_view delivery, std::string body,
                           const Clock& clock) {
  const auto invalid = [](std::string why, std::string todo = {}) {
    return fail(ErrorCode::invalid_input, "read the delivery", std::move(why), std::move(todo));
  };
  if (!is_word(name, 64, "_")) return invalid("the header X-GitHub-Event is missing or malformed");
  if (!is_word(delivery, 128, "-_")) return invalid("the header X-GitHub-Delivery is missing or malformed");
  auto data = EventData::parse(body);
  if (!data) {
    return invalid("the body is not JSON: " + data.error().why,
                   "set the webhook's content type to application/json");
  }
  if (!data->is_object()) return invalid("the payload is not a JSON object");
  Event event;
  event.id = delivery;
  event.source = text_at(*data, "/repository/html_url").value_or("https://github.com");
  event.type = "com.github." + std::string(name);
  if (auto action = text_at(*data, "/action"); action && is_word(*action, 64, "_"))
    event.type += "." + *action;
  event.subject = text_at(*data, "/pull_request/number");
  if (!event.subject) event.subject = text_at(*data, "/issue/number");
  event.time = to_rfc3339(clock.now());
  event.data = std::move(body);
  return event;
}

}  // namespace sluice::flow
