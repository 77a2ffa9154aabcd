// Who may hold an instance of the engine's pool.
#pragma once

#include <array>
#include <cstdint>
#include <list>

#include <boost/asio/steady_timer.hpp>

#include "base/task.h"

namespace sluice::flow {

// Slots of one shard, used on its thread. The pool is divided among the shards, and in each among the depths
// of the chain of calls: if functions could fill it, all of them would wait for integrations that find no
// room.
class Admission {
  struct Share;

 public:
  // Gives its slot back when destroyed.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept;
    Slot& operator=(Slot&& other) noexcept;
    ~Slot();
    [[nodiscard]] explicit operator bool() const { return share_ != nullptr; }

   private:
    friend class Admission;
    explicit Slot(Share* share) : share_(share) {}
    Share* share_ = nullptr;
  };

  // Seven of eight slots are for functions (depth 0), half of the rest for what they call (depth 1), and so
  // on.
  explicit Admission(std::uint32_t slots);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // An empty slot if the share of this depth is taken.
  [[nodiscard]] Slot try_take(unsigned depth);
  // Waits for a slot, in the order of coming. The deepest share does not wait (its holders might wait for
  // each other): `limit` if it is taken.
  [[nodiscard]] Task<Result<Slot>> take(unsigned depth);

  [[nodiscard]] std::uint32_t functions_max() const { return shares_[0].most; }

 private:
  static constexpr unsigned depths = 4;
  struct Share {
    std::uint32_t most = 0;
    std::uint32_t taken = 0;
    std::list<asio::steady_timer*> waiting;
  };
  std::array<Share, depths> shares_;
};

}  // namespace sluice::flow
