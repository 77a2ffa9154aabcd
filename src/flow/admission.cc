#include "flow/admission.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace sluice::flow {

Admission::Slot::Slot(Slot&& other) noexcept : share_(std::exchange(other.share_, nullptr)) {}

Admission::Slot& Admission::Slot::operator=(Slot&& other) noexcept {
  std::swap(share_, other.share_);
  return *this;
}

Admission::Slot::~Slot() {
  if (share_ == nullptr) return;
  --share_->taken;
  if (!share_->waiting.empty()) share_->waiting.front()->cancel();
}

Admission::Admission(std::uint32_t slots) {
  std::uint32_t left = slots;
  for (unsigned depth = 0; depth < depths; ++depth) {
    const std::uint32_t share = depth == 0 ? left - left / 8 : left / 2;
    shares_[depth].most = std::max(share, 1U);
    left -= std::min(left, share);
  }
}

Admission::Slot Admission::try_take(unsigned depth) {
  Share& share = shares_[std::min(depth, depths - 1)];
  if (share.taken >= share.most) return {};
  ++share.taken;
  return Slot(&share);
}

Task<Result<Admission::Slot>> Admission::take(unsigned depth) {
  if (Slot slot = try_take(depth)) co_return slot;
  if (depth >= depths - 1) {
    co_return fail(ErrorCode::limit, "start an integration", "too many calls are nested this deep at once");
  }
  Share& share = shares_[depth];
  asio::steady_timer turn(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  // Leaves the queue however the wait ends.
  struct Place {
    Share& share;
    std::list<asio::steady_timer*>::iterator at;
    ~Place() { share.waiting.erase(at); }
  } place{share, share.waiting.insert(share.waiting.end(), &turn)};
  for (;;) {
    boost::system::error_code woken;
    co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      co_return fail(ErrorCode::cancelled, "start an integration", "the run was stopped");
    }
    if (Slot slot = try_take(depth)) co_return slot;
  }
}

}  // namespace sluice::flow
