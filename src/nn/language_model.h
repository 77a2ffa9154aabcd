// A language or embedding model that answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "nn/chat.h"

namespace sluice::nn {

// Who asks, and how the answer is wanted.
struct Ask {
  // A run, a connection, an API key: those who ask get turns by owner, not by request.
  std::string owner;
  // From now; 0: the model's own limit.
  std::chrono::milliseconds timeout{0};
  // Called on the asker's thread as the answer grows, at last before the answer comes. May be empty.
  std::function<void(const Delta&)> on_delta = {};
};

// One engine that serves every run and every client. Shared by all shards; each call is a coroutine on the
// caller's shard. A call that is cancelled (its coroutine ended or destroyed) ends the model's work on it at
// once.
//
// Errors: `invalid_input` (a request that makes no sense; context too long: see context_overflow), `limit`
// (the queue is full, more memory than allowed), `timeout`, `unavailable` (the worker ended, the file cannot
// be read), `corrupt` (not a model, another hash).
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;

  // Loads the model if it isn't; so does every call.
  virtual Task<Result<ModelInfo>> info() = 0;
  virtual Task<Result<Completion>> chat(ChatRequest request, Ask ask) = 0;
  virtual Task<Result<Completion>> generate(TextRequest request, Ask ask) = 0;
  virtual Task<Result<Embedded>> embed(std::vector<std::string> texts, Ask ask) = 0;
  // Tokens of each text, without those of a template.
  virtual Task<Result<std::vector<std::uint32_t>>> count_tokens(std::vector<std::string> texts) = 0;
  // Tokens of a prompt and its images, as `generate` counts them.
  virtual Task<Result<std::uint32_t>> count_prompt(TextRequest request) = 0;

  struct Stats {
    std::uint64_t requests = 0;  // ended, whichever way
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t prompt_tokens = 0;
    std::uint64_t cached_tokens = 0;
    std::uint64_t completion_tokens = 0;
    std::uint32_t running = 0;
    std::uint32_t waiting = 0;
    std::uint32_t worker_starts = 0;
    std::chrono::milliseconds longest_wait{0};  // from the request to its first computed token
  };
  // Any thread.
  [[nodiscard]] virtual Stats stats() const = 0;
};

// The error of a prompt that does not fit, and the numbers out of it.
struct ContextOverflow {
  std::uint32_t needed = 0;
  std::uint32_t available = 0;
};
[[nodiscard]] Error context_too_long(std::string_view model, ContextOverflow numbers);
// Nothing where the error is another.
[[nodiscard]] std::optional<ContextOverflow> context_overflow(const Error& error);

// The error of a model whose queue is full: trying again soon may help, which no other `limit` says.
[[nodiscard]] Error queue_full(std::string_view model, std::uint32_t queue_max);
[[nodiscard]] bool is_queue_full(const Error& error);

// As many of something are open as may be. `is_busy`: that, or a queue that is full.
[[nodiscard]] Error too_many(std::string what, std::string_view of, std::size_t most);
[[nodiscard]] bool is_busy(const Error& error);

}  // namespace sluice::nn
