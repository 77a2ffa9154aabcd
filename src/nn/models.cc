#include "nn/models.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/value.h"
#include "nn/call.h"
#include "nn/worker_host.h"

namespace sluice::nn {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Of one who waits for a model alone. How long a request may take says nothing of it.
constexpr std::chrono::hours load_timeout{1};

// The thread that speaks with all workers; it starts with the first work.
class WorkerThread {
 public:
  [[nodiscard]] asio::io_context& context() { return context_; }

  // False: it is closed.
  bool post(std::move_only_function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return false;
    if (!thread_.joinable()) thread_ = std::thread([this] { context_.run(); });
    asio::post(context_, std::move(work));
    return true;
  }
  // Runs `last` on the thread, then ends it.
  void close(std::move_only_function<void()> last) {
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    if (!thread_.joinable()) return;
    asio::post(context_, [this, last = std::move(last)]() mutable {
      last();
      guard_.reset();
      context_.stop();
    });
    thread_.join();
  }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  std::mutex mutex_;
  bool is_closed_ = false;
  std::thread thread_;
};

// What a call needs of its model, however long it and the model live.
struct Shared {
  Shared(std::shared_ptr<WorkerThread> workers, const ModelSpec& spec, const ModelsSettings& settings)
      : thread(std::move(workers)), name(spec.name), host(thread->context(), spec, settings) {}

  std::shared_ptr<WorkerThread> thread;
  std::string name;
  WorkerHost host;
  std::atomic<RequestId> last_id{0};
};

// Ends a call whose coroutine ends, whichever way.
class Attached {
 public:
  Attached(std::shared_ptr<Shared> model, RequestId id, std::shared_ptr<Call> call)
      : model_(std::move(model)), id_(id), call_(std::move(call)) {}
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached() {
    call_->detach();
    if (!is_ended_) model_->thread->post([model = model_, id = id_] { model->host.forget(id); });
  }
  void ended() { is_ended_ = true; }

 private:
  std::shared_ptr<Shared> model_;
  RequestId id_;
  std::shared_ptr<Call> call_;
  bool is_ended_ = false;
};

// `frame`: none where the request cannot be written, empty to ask what the model is.
template <class T>
Task<Result<T>> ask_worker(std::shared_ptr<Shared> model, RequestId id, std::optional<std::string> frame,
                           Ask ask) {
  const std::string what = fmt::format("ask the model {}", model->name);
  if (!frame) {
    co_return fail(ErrorCode::invalid_input, what, "a text of the request is not UTF-8, or all is too large");
  }
  asio::steady_timer wake(co_await asio::this_coro::executor);
  const auto call = std::make_shared<Call>(wake);
  Attached attached(model, id, call);
  WorkerHost::Request request{id, std::move(*frame), Answer(T()).index(), ask.timeout, SteadyClock::now()};
  const bool posted = model->thread->post([model, request = std::move(request), call = call]() mutable {
    model->host.ask(std::move(request), std::move(call));
  });
  if (!posted) co_return fail(ErrorCode::unavailable, what, "the models are closed: the program ends");
  while (true) {
    Call::News news = call->take();
    if (news.delta && ask.on_delta) ask.on_delta(*news.delta);
    if (news.answer) {
      attached.ended();
      if (!*news.answer) co_return std::unexpected(std::move(news.answer->error()));
      co_return std::get<T>(std::move(**news.answer));
    }
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      co_return fail(ErrorCode::cancelled, what, "the request was cancelled");
    }
    wake.expires_at(SteadyClock::time_point::max());
    static_cast<void>(co_await wake.async_wait(asio::as_tuple(asio::use_awaitable)));
  }
}

class RemoteModel : public LanguageModel {
 public:
  explicit RemoteModel(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  [[nodiscard]] const std::string& name() const override { return shared_->name; }
  [[nodiscard]] Stats stats() const override { return shared_->host.stats(); }
  [[nodiscard]] const std::shared_ptr<Shared>& shared() const { return shared_; }

  Task<Result<ModelInfo>> info() override {
    Ask ask;
    ask.timeout = load_timeout;
    return ask_worker<ModelInfo>(shared_, ++shared_->last_id, std::string(), std::move(ask));
  }
  Task<Result<Completion>> chat(ChatRequest request, Ask ask) override {
    const RequestHead head = head_of(ask);
    return ask_worker<Completion>(shared_, head.id, encode(ToWorker(ChatMessage{head, std::move(request)})),
                                  std::move(ask));
  }
  Task<Result<Completion>> generate(TextRequest request, Ask ask) override {
    const RequestHead head = head_of(ask);
    return ask_worker<Completion>(
        shared_, head.id, encode(ToWorker(GenerateMessage{head, std::move(request)})), std::move(ask));
  }
  Task<Result<Embedded>> embed(std::vector<std::string> texts, Ask ask) override {
    const RequestHead head = head_of(ask);
    return ask_worker<Embedded>(shared_, head.id, encode(ToWorker(EmbedMessage{head, std::move(texts)})),
                                std::move(ask));
  }
  Task<Result<std::vector<std::uint32_t>>> count_tokens(std::vector<std::string> texts) override {
    const RequestHead head = head_of({});
    return ask_worker<std::vector<std::uint32_t>>(
        shared_, head.id, encode(ToWorker(CountMessage{head, std::move(texts)})), Ask{});
  }
  Task<Result<std::uint32_t>> count_prompt(TextRequest request) override {
    CountPromptMessage message{head_of({}), std::move(request)};
    const RequestId id = message.head.id;
    auto frame = encode(ToWorker(std::move(message)));
    auto counts = co_await ask_worker<std::vector<std::uint32_t>>(shared_, id, std::move(frame), Ask());
    if (!counts) co_return std::unexpected(std::move(counts.error()));
    if (counts->size() != 1)
      co_return fail(ErrorCode::unavailable, "count tokens", "its worker counted something else");
    co_return counts->front();
  }

 private:
  [[nodiscard]] RequestHead head_of(const Ask& ask) {
    return {++shared_->last_id, ask.owner, static_cast<bool>(ask.on_delta)};
  }

  std::shared_ptr<Shared> shared_;
};

std::string key_of(const ModelSpec& spec) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{} {} {} {} {} {} {} {} {}", spec.name, spec.backend,
                     spec.path.string(), spec.sha256, spec.projector.string(), spec.projector_name,
                     spec.context_tokens, spec.parallel, spec.threads, spec.gpu_layers, spec.gpu_needed,
                     spec.queue_max, spec.timeout.count(), spec.memory_mib, spec.locked_in);
}

}  // namespace

struct Models::State {
  ModelsSettings settings;
  mutable std::mutex mutex;
  std::shared_ptr<WorkerThread> thread;  // none until a model is opened
  std::map<std::string, std::shared_ptr<RemoteModel>> models;
};

Models::Models(ModelsSettings settings) : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
}

Models::~Models() {
  if (!state_->thread) return;
  state_->thread->close([this] {
    for (const auto& [key, model] : state_->models) model->shared()->host.close();
  });
}

Result<std::shared_ptr<LanguageModel>> Models::open(const ModelSpec& spec) {
  const std::string what = fmt::format("open the model {}", to_utf8(spec.name, nullptr));
  if (spec.name.empty() || !is_utf8(spec.name))
    return fail(ErrorCode::invalid_input, what, "its name is no text");
  if (spec.backend.empty() || spec.backend.find('/') != std::string::npos) {
    return fail(ErrorCode::invalid_input, what, "its backend is no name", R"(write backend = "ggml")");
  }
  if (spec.parallel > 64) {
    return fail(ErrorCode::invalid_input, what,
                fmt::format("parallel is {}, and the most is 64", spec.parallel));
  }
  if (!is_utf8(spec.sha256)) return fail(ErrorCode::invalid_input, what, "its sha256 is no text");
  const std::lock_guard lock(state_->mutex);
  const std::size_t most = state_->settings.opened_max;
  if (most > 0 && state_->models.size() >= most && !state_->models.contains(key_of(spec)))
    return std::unexpected(too_many(what, "models, each with its settings,", most));
  auto& model = state_->models[key_of(spec)];
  if (!model) {
    if (!state_->thread) state_->thread = std::make_shared<WorkerThread>();
    model = std::make_shared<RemoteModel>(std::make_shared<Shared>(state_->thread, spec, state_->settings));
  }
  return model;
}

void Models::close(const ModelSpec& spec) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->models.find(key_of(spec));
  if (found == state_->models.end()) return;
  state_->thread->post([shared = found->second->shared()] { shared->host.close(); });
  state_->models.erase(found);
}

const ModelsSettings& Models::settings() const {
  return state_->settings;
}

std::vector<std::shared_ptr<LanguageModel>> Models::opened() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::shared_ptr<LanguageModel>> all;
  for (const auto& [key, model] : state_->models) all.push_back(model);
  return all;
}

}  // namespace sluice::nn
