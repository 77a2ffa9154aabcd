// Serves all requests for one model, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "nn/embedder.h"
#include "nn/loaded_model.h"
#include "nn/scheduler.h"

namespace sluice::nn {

class Engine {
 public:
  // `model` outlives it. `send` is called from the engine's thread and from those that submit; each request
  // ends with one message.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> start(const LoadedModel& model, SendMessage send);
  // Stops after the batch that is being computed; requests under way end without a message.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Any thread, but one at a time.
  void submit(ChatMessage message);
  void submit(GenerateMessage message);
  void submit(EmbedMessage message);
  void submit(CountMessage message);
  void submit(CountPromptMessage message);
  void submit(CancelMessage message);

 private:
  using Work = std::variant<std::unique_ptr<Generation>, EmbedJob, CancelMessage>;
  Engine(const LoadedModel& model, SendMessage send);
  [[nodiscard]] bool has_room(RequestId id);
  void submit(const RequestHead& head, Result<Prompt> prompt);
  void put(Work work);
  void run();
  void count_waiting();
  void take(Work work);

  const LoadedModel& model_;
  SendMessage send_;
  std::unique_ptr<Scheduler> scheduler_;  // one of both
  std::unique_ptr<Embedder> embedder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Work> inbox_;
  std::size_t waiting_ = 0;  // those in the inbox included
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sluice::nn
