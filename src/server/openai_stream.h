// Answers that grow while they are sent: models on one side, a client that reads at its own pace on the
// other.
#pragma once

#include <functional>
#include <memory>

#include "base/task.h"
#include "nn/language_model.h"
#include "server/openai_reply.h"

namespace sluice::server {

// One or more choices under way, on one shard. When it goes, what still runs is cancelled.
class Generation {
 public:
  // Starts choice `i` of `count`; told of what comes by the callback.
  using Start =
      std::function<Task<Result<nn::Completion>>(std::size_t i, std::function<void(const nn::Delta&)>)>;
  // `choices_of_prompt`: how many choices in a row have one prompt.
  Generation(Start start, std::size_t count, std::size_t choices_of_prompt, ChunkWriter writer,
             bool with_usage);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  // Begins, and waits until there is something to send or nothing will be. The error if that is so: it can
  // still be the reply.
  Task<Status> begin();
  // Sends everything, to the end.
  Task<void> write(HttpBody& body);

 private:
  struct State;
  static Task<void> run(std::shared_ptr<State> state);
  static Task<void> run_choice(std::shared_ptr<State> state, std::size_t choice);
  std::shared_ptr<State> state_;
};

}  // namespace sluice::server
