#include "flow/deadlines.h"

namespace sluice::flow {

using TimePoint = std::chrono::steady_clock::time_point;

Deadlines::Entry::Entry(Deadlines& deadlines, TimePoint at)
    : deadlines_(deadlines), place_(deadlines.entries_.emplace(at, this)) {
  deadlines_.arm();
}

Deadlines::Entry::~Entry() {
  if (listed_) deadlines_.entries_.erase(place_);
}

void Deadlines::arm() {
  if (entries_.empty() || entries_.begin()->first >= armed_for_) return;
  armed_for_ = entries_.begin()->first;
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;  // armed anew, or gone
    armed_for_ = TimePoint::max();
    expire();
  });
}

void Deadlines::expire() {
  const TimePoint now = std::chrono::steady_clock::now();
  while (!entries_.empty() && entries_.begin()->first <= now) {
    Entry* entry = entries_.begin()->second;
    entries_.erase(entries_.begin());
    entry->listed_ = false;
    entry->passed_ = true;
    entry->cancel();
  }
  arm();
}

}  // namespace sluice::flow
