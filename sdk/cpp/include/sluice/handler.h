#pragma once
// How a function answers an event, for worlds that export sluice:events/handler.

#include <sluice/text.h>
#include <sluice/world.h>

#include <expected>

#ifndef SLUICE_EXPORT_HANDLER
#error "sluice/handler.h: the world has to `export sluice:events/handler@0.1.0;`"
#endif

namespace sluice::guest {

using Event = ::sluice::events::types::Event;
using Failure = ::sluice::events::types::Failure;
using Outcome = std::expected<wit::string, Failure>;

/// The run's result, JSON by convention.
inline Outcome done(std::string_view result) {
  return is_utf8(result) ? to_wit(result) : to_wit(to_utf8(result));
}

/// The event shall be delivered again later.
inline Outcome retry(std::string_view why) {
  return std::unexpected(Failure{Failure::Retry{to_wit(to_utf8(why))}});
}

/// The event shall not be delivered again; it is kept for a person to look at.
inline Outcome reject(std::string_view why) {
  return std::unexpected(Failure{Failure::Reject{to_wit(to_utf8(why))}});
}

}  // namespace sluice::guest
