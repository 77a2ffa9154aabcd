#include "nn/engine.h"

#include <pthread.h>

#include <utility>

#include "nn/language_model.h"

namespace sluice::nn {

Result<std::unique_ptr<Engine>> Engine::start(const LoadedModel& model, SendMessage send) {
  std::unique_ptr<Engine> engine(new Engine(model, std::move(send)));
  if (model.info().is_embedding) {
    auto embedder = Embedder::open(model, engine->send_);
    if (!embedder) return std::unexpected(std::move(embedder.error()));
    engine->embedder_ = std::move(*embedder);
  } else {
    auto scheduler = Scheduler::open(model, engine->send_);
    if (!scheduler) return std::unexpected(std::move(scheduler.error()));
    engine->scheduler_ = std::move(*scheduler);
  }
  engine->thread_ = std::thread([raw = engine.get()] { raw->run(); });
  pthread_setname_np(engine->thread_.native_handle(), "nn-engine");
  return engine;
}

Engine::Engine(const LoadedModel& model, SendMessage send) : model_(model), send_(std::move(send)) {}

Engine::~Engine() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  if (scheduler_) model_.llm().context_stop(scheduler_->context());
  thread_.join();
}

bool Engine::has_room(RequestId id) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ < model_.settings().queue_max) return true;
  }
  send_(FailedMessage{id, queue_full(model_.name(), model_.settings().queue_max)});
  return false;
}

void Engine::submit(ChatMessage message) {
  if (has_room(message.head.id)) submit(message.head, prepare(model_, message.request));
}

void Engine::submit(GenerateMessage message) {
  if (has_room(message.head.id)) submit(message.head, prepare(model_, message.request));
}

void Engine::submit(const RequestHead& head, Result<Prompt> prompt) {
  if (!prompt) return send_(FailedMessage{head.id, std::move(prompt.error())});
  put(std::make_unique<Generation>(model_, head, std::move(*prompt)));
}

void Engine::submit(EmbedMessage message) {
  const RequestId id = message.head.id;
  if (!has_room(id)) return;
  auto job = prepare(model_, std::move(message));
  if (!job) return send_(FailedMessage{id, std::move(job.error())});
  put(std::move(*job));
}

void Engine::submit(CountMessage message) {
  CountedMessage counted{message.head.id, {}};
  for (const std::string& text : message.texts) {
    auto tokens = model_.tokenize(text, LoadedModel::Ends::none, SpecialTokens::as_text);
    if (!tokens) return send_(FailedMessage{message.head.id, std::move(tokens.error())});
    counted.counts.push_back(static_cast<std::uint32_t>(tokens->size()));
  }
  send_(std::move(counted));
}

void Engine::submit(CountPromptMessage message) {
  const auto count = count_tokens(model_, message.request);
  if (!count) return send_(FailedMessage{message.head.id, count.error()});
  send_(CountedMessage{message.head.id, {*count}});
}

void Engine::submit(CancelMessage message) {
  put(message);
}

void Engine::put(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (!std::holds_alternative<CancelMessage>(work)) ++waiting_;
    inbox_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void Engine::take(Work work) {
  if (auto* const generation = std::get_if<std::unique_ptr<Generation>>(&work)) {
    scheduler_->add(std::move(*generation));
  } else if (auto* const job = std::get_if<EmbedJob>(&work)) {
    embedder_->add(std::move(*job));
  } else {
    const RequestId id = std::get<CancelMessage>(work).id;
    // One that has ended already had its last message.
    static_cast<void>(scheduler_ ? scheduler_->cancel(id) : embedder_->cancel(id));
  }
}

void Engine::run() {
  bool busy = false;
  while (true) {
    std::vector<Work> taken;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || busy || !inbox_.empty(); });
      if (stop_) return;
      taken.swap(inbox_);
    }
    for (Work& work : taken) take(std::move(work));
    // Whoever has a place waits no more, however long what is computed next takes.
    if (scheduler_) scheduler_->give_places();
    count_waiting();
    busy = scheduler_ ? scheduler_->step() : embedder_->step();
    count_waiting();
  }
}

void Engine::count_waiting() {
  const std::lock_guard lock(mutex_);
  waiting_ = scheduler_ ? scheduler_->waiting() : embedder_->waiting();
  for (const Work& work : inbox_) waiting_ += std::holds_alternative<CancelMessage>(work) ? 0 : 1;
}

}  // namespace sluice::nn
