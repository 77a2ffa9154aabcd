// Where an asker and the thread that speaks with workers meet.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/task.h"
#include "nn/chat.h"

namespace sluice::nn {

using Answer = std::variant<ModelInfo, Completion, Embedded, std::vector<std::uint32_t>>;

// Made by the asker, on its thread. Whatever waits in it is merged, so that a slow asker costs no more memory
// than its answer. Nothing is posted to the asker's executor once the call is detached: the executor may be
// gone then.
class Call : public std::enable_shared_from_this<Call> {
 public:
  // `wake` is cancelled on the asker's thread whenever something came; it lives until `detach`.
  explicit Call(asio::steady_timer& wake) : wake_(wake), executor_(wake.get_executor()) {}

  // From the thread that speaks with workers.
  void add(Delta delta) {
    const std::lock_guard lock(mutex_);
    const auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    if (!delta_) delta_.emplace();
    delta_->content += delta.content;
    append(delta_->pieces, delta.pieces);
    append(delta_->tool_calls, delta.tool_calls);
    append(delta_->logprobs, delta.logprobs);
    wake();
  }
  void end(Result<Answer> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    wake();
  }

  // From the asker's thread.
  struct News {
    std::optional<Delta> delta;
    std::optional<Result<Answer>> answer;
  };
  [[nodiscard]] News take() {
    const std::lock_guard lock(mutex_);
    return {std::exchange(delta_, std::nullopt), std::exchange(answer_, std::nullopt)};
  }
  void detach() {
    const std::lock_guard lock(mutex_);
    is_detached_ = true;
  }

 private:
  void wake() {
    if (is_detached_ || is_waking_) return;
    is_waking_ = true;
    asio::post(executor_, [self = shared_from_this()] {
      const std::lock_guard lock(self->mutex_);
      self->is_waking_ = false;
      if (!self->is_detached_) self->wake_.cancel();
    });
  }

  asio::steady_timer& wake_;
  asio::any_io_executor executor_;
  std::mutex mutex_;
  bool is_detached_ = false;
  bool is_waking_ = false;
  std::optional<Delta> delta_;
  std::optional<Result<Answer>> answer_;
};

}  // namespace sluice::nn
