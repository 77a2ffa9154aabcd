#include "nn/embedder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nn/language_model.h"

namespace sluice::nn {

namespace {

constexpr std::uint32_t batch_tokens_min = 2048;

// A text is embedded whole, in one batch.
std::uint32_t batch_tokens(const LoadedModel& model) {
  return std::max(model.settings().request_tokens, batch_tokens_min);
}

}  // namespace

Result<EmbedJob> prepare(const LoadedModel& model, EmbedMessage message) {
  if (!model.info().is_embedding) {
    return fail(ErrorCode::invalid_input, model.asked(), "it generates text and does not embed any",
                "name an embedding model");
  }
  EmbedJob job{std::move(message.head), {}};
  for (const std::string& text : message.texts) {
    auto tokens = model.tokenize(text, LoadedModel::Ends::begin, SpecialTokens::as_text);
    if (!tokens) return std::unexpected(std::move(tokens.error()));
    if (tokens->empty()) return fail(ErrorCode::invalid_input, model.asked(), "a text is empty");
    if (tokens->size() > model.settings().request_tokens) {
      return std::unexpected(context_too_long(
          model.name(), {static_cast<std::uint32_t>(tokens->size()), model.settings().request_tokens}));
    }
    job.texts.push_back(std::move(*tokens));
  }
  return job;
}

Result<std::unique_ptr<Embedder>> Embedder::open(const LoadedModel& model, SendMessage send) {
  const EngineSettings& settings = model.settings();
  const sluice_nn_context_options options{.tokens = batch_tokens(model),
                                          .sequences = settings.parallel,
                                          .batch_tokens = batch_tokens(model),
                                          .threads = settings.threads,
                                          .threads_batch = settings.threads,
                                          .embeddings = 1,
                                          .separate = 0};
  sluice_nn_context* context = nullptr;
  sluice_nn_error error{};
  const auto status = model.llm().context_open(model.handle(), &options, &context, &error);
  if (status != SLUICE_NN_OK)
    return std::unexpected(plugin_error(status, error, "load the model " + model.name()));
  return std::make_unique<Embedder>(model, ContextHandle(context, PluginClose{&model.llm()}),
                                    std::move(send));
}

Embedder::Embedder(const LoadedModel& model, ContextHandle context, SendMessage send)
    : model_(model), send_(std::move(send)), context_(std::move(context)) {}

void Embedder::add(EmbedJob job) {
  send_(ProgressMessage{job.head.id, Stage::running});
  jobs_.push_back(std::move(job));
}

bool Embedder::cancel(RequestId id) {
  const auto found = std::ranges::find_if(jobs_, [id](const EmbedJob& job) { return job.head.id == id; });
  if (found == jobs_.end()) return false;
  jobs_.erase(found);
  send_(FailedMessage{id, {ErrorCode::cancelled, model_.asked(), "the request was cancelled", {}}});
  return true;
}

bool Embedder::step() {
  finish_ended();
  if (jobs_.empty()) return false;
  std::size_t room = batch_tokens(model_);
  std::vector<EmbedJob*> chosen;
  for (EmbedJob& job : jobs_) {
    const std::size_t size = job.texts[job.vectors.size()].size();
    if (size > room || chosen.size() == model_.settings().parallel) break;
    room -= size;
    chosen.push_back(&job);
  }
  // A batch that breaks is embedded text by text, so that only the culprit fails.
  if (!embed(chosen)) {
    for (EmbedJob* const job : chosen) {
      const RequestId id = job->head.id;
      if (auto ok = embed({job}); !ok) {
        send_(FailedMessage{id, std::move(ok.error())});
        job->texts.clear();
        job->vectors.clear();
        job->head.id = 0;
      }
    }
    std::erase_if(jobs_, [](const EmbedJob& job) { return job.head.id == 0; });
  }
  finish_ended();
  // The next batch begins with those who had no turn in this one.
  if (chosen.size() < jobs_.size()) {
    std::rotate(jobs_.begin(),
                jobs_.begin() + static_cast<std::ptrdiff_t>(std::min(chosen.size(), jobs_.size())),
                jobs_.end());
  }
  return true;
}

Status Embedder::embed(const std::vector<EmbedJob*>& jobs) {
  std::vector<std::int32_t> tokens;
  std::vector<std::size_t> offsets{0};
  for (const EmbedJob* const job : jobs) {
    const auto& text = job->texts[job->vectors.size()];
    tokens.insert(tokens.end(), text.begin(), text.end());
    offsets.push_back(tokens.size());
  }
  const std::size_t length = model_.info().embedding;
  std::vector<float> vectors(jobs.size() * length);
  sluice_nn_error error{};
  const auto status =
      model_.llm().embed(context_.get(), tokens.data(), offsets.data(), jobs.size(), vectors.data(), &error);
  if (status != SLUICE_NN_OK) return std::unexpected(plugin_error(status, error, model_.asked()));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto begin = vectors.begin() + static_cast<std::ptrdiff_t>(i * length);
    jobs[i]->vectors.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
  }
  return {};
}

void Embedder::finish_ended() {
  std::erase_if(jobs_, [this](EmbedJob& job) {
    if (job.vectors.size() < job.texts.size()) return false;
    std::uint32_t count = 0;
    for (const auto& text : job.texts) count += static_cast<std::uint32_t>(text.size());
    send_(EmbeddedMessage{job.head.id, {std::move(job.vectors), model_.name(), count}});
    return true;
  });
}

}  // namespace sluice::nn
