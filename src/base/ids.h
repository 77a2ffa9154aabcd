// Ids as types of their own, so that one cannot be taken for another, and new ones that sort by time.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/entropy.h"

namespace sluice {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};

using RunId = Id<struct RunTag>;      // one handling of one event by one function
using EventId = Id<struct EventTag>;  // an event's place in the inbox
using DeliveryId =
    Id<struct DeliveryTag>;           // what the sender calls a delivery; the same when it sends it again
using LeaseId = Id<struct LeaseTag>;  // one taking of an event out of the inbox
using AppName = Id<struct AppTag>;

// 26 characters of Crockford's base 32: 48 bits of milliseconds since 1970, then 80 random bits, as ULIDs
// have. Ids of different milliseconds sort by time; the order within one is random.
[[nodiscard]] std::string new_id(const Clock& clock, Entropy& entropy);

}  // namespace sluice

template <class Tag>
struct std::hash<sluice::Id<Tag>> {
  std::size_t operator()(const sluice::Id<Tag>& id) const { return std::hash<std::string>{}(id.text()); }
};
