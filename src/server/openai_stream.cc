#include "server/openai_stream.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/side_by_side.h"

namespace sluice::server {

namespace {

constexpr std::size_t piece_bytes_max = 64U << 10U;

}  // namespace

struct Generation::State {
  Start start;
  std::size_t choices_of_prompt = 1;
  ChunkWriter writer;
  bool with_usage = false;
  std::vector<Told> told;   // by choice
  std::vector<char> begun;  // by choice: its role was told
  std::vector<nn::Completion> done;
  std::optional<Error> error;
  std::string pending;  // events that are to be sent
  bool ended = false;
  asio::cancellation_signal cancel;
  std::optional<asio::steady_timer> news;  // cancelled when there are some

  // What waits, in pieces that a slow client can take in time.
  std::string take() {
    std::string rest = pending.size() > piece_bytes_max ? pending.substr(piece_bytes_max) : std::string();
    pending.resize(std::min(pending.size(), piece_bytes_max));
    return std::exchange(pending, std::move(rest));
  }
  void tell() {
    if (news) news->cancel();
  }
  void open(std::size_t choice) {
    if (std::exchange(begun[choice], 1) == 0) pending += writer.role(choice);
  }
  void add(std::size_t choice, const nn::Delta& delta) {
    if (delta.content.empty() && delta.tool_calls.empty() && delta.logprobs.empty()) return;
    open(choice);
    pending += writer.delta(choice, delta, told[choice]);
    tell();
  }
};

Generation::Generation(Start start, std::size_t count, std::size_t choices_of_prompt, ChunkWriter writer,
                       bool with_usage)
    : state_(new State{.start = std::move(start),
                       .choices_of_prompt = choices_of_prompt,
                       .writer = std::move(writer),
                       .with_usage = with_usage,
                       .told = std::vector<Told>(count),
                       .begun = std::vector<char>(count),
                       .done = std::vector<nn::Completion>(count),
                       .error = {},
                       .pending = {},
                       .ended = false,
                       .cancel = {},
                       .news = {}}) {}

Generation::~Generation() {
  if (!state_->ended) state_->cancel.emit(asio::cancellation_type::terminal);
}

Task<void> Generation::run_choice(std::shared_ptr<State> state, std::size_t choice) {
  auto completion = co_await state->start(
      choice, [state = state.get(), choice](const nn::Delta& d) { state->add(choice, d); });
  if (completion) {
    state->open(choice);
    state->pending += state->writer.finish(choice, completion->finish);
    state->done[choice] = std::move(*completion);
    state->tell();
  } else if (!state->error) {
    state->error = std::move(completion.error());
  }
}

Task<void> Generation::run(std::shared_ptr<State> state) {
  const auto each = [&](std::size_t i) { return run_choice(state, i); };
  co_await side_by_side(0, state->done.size(), each);
}

Task<Status> Generation::begin() {
  const auto executor = co_await asio::this_coro::executor;
  state_->news.emplace(executor);
  asio::co_spawn(
      executor, run(state_),
      asio::bind_cancellation_slot(state_->cancel.slot(), [state = state_](const std::exception_ptr& e) {
        if (e && !state->error) state->error = Error{ErrorCode::cancelled, "answer", "it was stopped", {}};
        state->ended = true;
        state->tell();
      }));
  while (state_->pending.empty() && !state_->ended) {
    state_->news->expires_at(asio::steady_timer::time_point::max());
    co_await state_->news->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (state_->pending.empty() && state_->error) co_return std::unexpected(*state_->error);
  co_return Status{};
}

Task<void> Generation::write(HttpBody& body) {
  for (;;) {
    const std::string events = state_->take();
    const bool taken = co_await body.write(events);
    if (!taken) co_return;
    if (!state_->pending.empty()) continue;
    if (state_->ended) break;
    state_->news->expires_at(asio::steady_timer::time_point::max());
    co_await state_->news->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  std::string last;
  if (state_->error) {
    last = state_->writer.error(*state_->error);
  } else {
    if (state_->with_usage) last = state_->writer.usage(sum_usage(state_->done, state_->choices_of_prompt));
    last += ChunkWriter::done;
  }
  (void)co_await body.write(last);
}

}  // namespace sluice::server
