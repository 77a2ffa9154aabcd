// GitHub's webhooks as events. Facts: GitHub Docs, "Webhook events and payloads", "Validating webhook
// deliveries".
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/event.h"

namespace sluice::flow {

// Headers of a delivery.
inline constexpr std::string_view github_event_header = "x-github-event";
inline constexpr std::string_view github_delivery_header = "x-github-delivery";
inline constexpr std::string_view github_signature_header = "x-hub-signature-256";

// Whether `signature` ("sha256=" and 64 hexadecimal digits) is HMAC-SHA256 of the raw body. Compares in
// constant time. `refused` says whether it is missing, malformed or wrong, and nothing of what would be
// right.
[[nodiscard]] Status verify_github_signature(std::string_view secret, std::string_view body,
                                             std::string_view signature);

// The event of a delivery whose signature was checked: type `com.github.EVENT.ACTION` (without `.ACTION`
// where the payload has none), source the repository's URL, subject the number of the pull request or issue.
// `invalid_input` for a body that isn't a JSON object, or names that can't be GitHub's.
[[nodiscard]] Result<Event> github_event(std::string_view name, std::string_view delivery, std::string body,
                                         const Clock& clock);

}  // namespace sluice::flow
