// What `sluice serve` serves: OpenAI's API on models of this machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "nn/language_model.h"
#include "server/http_message.h"
#include "server/openai_metrics.h"
#include "server/openai_reply.h"

namespace sluice::server {

struct ServedModel {
  std::string name;
  std::shared_ptr<nn::LanguageModel> model;
  std::int64_t created = 0;  // seconds since 1970
};

struct OpenAiSettings {
  std::vector<ServedModel> models;
  std::string api_key;        // empty: none is asked for
  bool loopback_only = true;  // without a key, requests must be addressed to this machine by a name of it
};

// Outlives the server; used by all shards.
class OpenAiSite {
 public:
  OpenAiSite(OpenAiSettings settings, Clock& clock, Entropy& entropy);

  // /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models, /v1/models/ID, /health, /metrics.
  [[nodiscard]] Task<HttpReply> handle(HttpCall call);
  // From now on /health says that all is well; before, that models are loaded. Any thread, as for stop.
  void ready() { stage_ = Stage::serving; }
  // From now on requests get 503.
  void stop() { stage_ = Stage::stopping; }

 private:
  Task<HttpReply> route(HttpCall call);
  Task<HttpReply> chat(HttpCall call);
  Task<HttpReply> text(HttpCall call);
  Task<HttpReply> embed(HttpCall call);
  [[nodiscard]] HttpReply list_models() const;
  [[nodiscard]] HttpReply show_model(std::string_view name) const;
  // Nothing if the request may pass.
  [[nodiscard]] std::optional<ApiError> refuse(const HttpCall& call) const;
  [[nodiscard]] const ServedModel* find(std::string_view name) const;
  [[nodiscard]] AnswerHead head(std::string_view prefix, const std::string& model) const;

  OpenAiSettings settings_;
  Clock& clock_;
  Entropy& entropy_;
  OpenAiMetrics metrics_;
  enum class Stage : std::uint8_t { loading, serving, stopping };
  std::atomic<Stage> stage_ = Stage::loading;
};

}  // namespace sluice::server
