#include "nn/loaded_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/value.h"

namespace sluice::nn {

namespace {

constexpr std::uint64_t mib = 1ULL << 20U;
constexpr std::uint32_t request_tokens_default_max = 8192;
// What all requests together may take of memory that nobody limited, beyond the first one's.
constexpr std::uint64_t shared_bytes_least = 512 * mib;
constexpr std::uint64_t shared_bytes_most = 2048 * mib;

// Memory that new work can have without swapping; nothing where the system doesn't say.
std::optional<std::uint64_t> memory_available() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  std::string unit;
  while (file >> name >> kib) {
    std::getline(file, unit);
    if (name == "MemAvailable:") return kib * 1024;
  }
  return std::nullopt;
}

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// Advice that makes no sense is none.
SamplingDefaults defaults_from(const nlohmann::json& description) {
  SamplingDefaults defaults;
  const auto advice = description.find("sampling");
  if (advice == description.end() || !advice->is_object()) return defaults;
  const auto number = [&](const char* name, double most) -> std::optional<double> {
    const auto found = advice->find(name);
    if (found == advice->end() || !found->is_number()) return std::nullopt;
    const auto value = found->get<double>();
    return value >= 0 && value <= most ? std::optional(value) : std::nullopt;
  };
  if (const auto value = number("temperature", 10)) defaults.temperature = static_cast<float>(*value);
  if (const auto value = number("top_p", 1)) defaults.top_p = static_cast<float>(*value);
  if (const auto value = number("min_p", 1)) defaults.min_p = static_cast<float>(*value);
  if (const auto value = number("top_k", 1e6)) defaults.top_k = static_cast<std::uint32_t>(*value);
  return defaults;
}

Error too_large(const OpenMessage& message, std::uint64_t needed, std::uint64_t allowed) {
  return {ErrorCode::limit, fmt::format("load the model {} from {}", message.name, message.shown_path()),
          fmt::format("it needs {} MiB of memory, and {} MiB are {}", needed / mib + 1, allowed / mib,
                      message.memory_mib != 0 ? "allowed (memory-mib)" : "free"),
          "take a smaller model or a smaller context (context-tokens)"};
}

// What fits into memory. Kept prefixes and parallel requests share the context, so that it need not hold the
// longest request for each of them.
Result<EngineSettings> plan(const OpenMessage& message, const sluice_nn_model_info& info,
                            std::uint64_t projector_bytes) {
  EngineSettings settings;
  settings.parallel = message.parallel != 0 ? std::min(message.parallel, 64U) : 16;
  settings.threads = std::max(message.threads, 1U);
  settings.queue_max = message.queue_max;
  settings.steady_least = info.steady_batch_least;
  settings.steady_most = std::min(info.steady_batch_most, settings.batch_tokens);
  settings.block = info.batch_block;
  settings.block_large = info.batch_block_large;
  settings.busy_least = info.busy_batch_least != 0 ? info.busy_batch_least : settings.batch_tokens;
  // Beyond what it was trained for, a model writes nonsense.
  const std::uint32_t trained = std::max(info.context_trained, 1U);
  settings.request_tokens =
      std::min(trained, message.context_tokens != 0 ? message.context_tokens : request_tokens_default_max);
  const std::uint64_t token_bytes = std::max<std::uint64_t>(info.bytes_per_token, 1);
  const std::uint64_t least = info.file_bytes + projector_bytes + settings.request_tokens * token_bytes;
  const std::optional<std::uint64_t> free = memory_available();
  const std::uint64_t allowed = message.memory_mib != 0 ? message.memory_mib * mib : free.value_or(least);
  if (least > allowed) return std::unexpected(too_large(message, least, allowed));
  std::uint64_t spare = allowed - least;
  // All of it is written to at the start: a small model shall not take more for it than it is worth.
  if (message.memory_mib == 0) {
    spare = std::min(spare / 2, std::clamp(info.file_bytes, shared_bytes_least, shared_bytes_most));
  }
  const std::uint64_t wanted = std::uint64_t{settings.request_tokens} * settings.parallel;
  settings.total_tokens = static_cast<std::uint32_t>(
      std::min({wanted, settings.request_tokens + spare / token_bytes, std::uint64_t{1} << 30U}));
  settings.separate = settings.total_tokens == wanted;
  return settings;
}

}  // namespace

Result<LoadedModel> LoadedModel::open(const sluice_nn_llm& llm, const OpenMessage& message,
                                      const Opened& opened) {
  LoadedModel model;
  model.llm_ = &llm;
  const sluice_nn_model_options options{message.gpu_layers, 0, 0, nullptr, nullptr, 0};
  sluice_nn_model* handle = nullptr;
  sluice_nn_error error{};
  const sluice_nn_status status = llm.model_open(opened.model.c_str(), &options, &handle, &error);
  if (status != SLUICE_NN_OK) {
    Error failed = plugin_error(status, error,
                                fmt::format("load the model {} from {}", message.name, message.shown_path()));
    failed.why = with_name(failed.why, opened.model, message.shown_path());
    return std::unexpected(std::move(failed));
  }
  model.handle_ = ModelHandle(handle, PluginClose{&llm});
  sluice_nn_model_info info{};
  llm.model_info(handle, &info);
  auto settings = plan(message, info, opened.projector_bytes);
  if (!settings) return std::unexpected(std::move(settings.error()));
  model.settings_ = *settings;
  model.vocabulary_ = info.vocabulary;

  TextSink described;
  llm.model_describe(handle, described.sink());
  const auto words = nlohmann::json::parse(to_utf8(described.text(), nullptr), nullptr, false);
  ModelInfo& about = model.info_;
  bool has_gpu = false;
  about.name = message.name;
  if (words.is_object()) {
    about.description = text_of(words, "description");
    about.architecture = text_of(words, "architecture");
    about.devices = text_of(words, "devices");
    const auto gpu = words.find("gpu");
    has_gpu = gpu != words.end() && *gpu == true;
    about.library_commit = text_of(words, "library_commit");
    if (const auto build = words.find("library_build"); build != words.end() && build->is_number_unsigned()) {
      about.library_build = build->get<std::uint32_t>();
    }
    model.sampling_ = defaults_from(words);
  }
  if (message.gpu_needed && !has_gpu) {
    return fail(ErrorCode::invalid_input,
                fmt::format("load the model {} from {}", message.name, message.shown_path()),
                "a GPU is to compute it, and its backend finds none", "take the target auto or cpu");
  }
  about.context_tokens = settings->request_tokens;
  about.context_trained = info.context_trained;
  about.embedding = info.embedding;
  about.parameters = info.parameters;
  about.file_bytes = info.file_bytes;
  about.is_embedding = info.is_embedding != 0;
  about.has_chat_template = info.has_chat_template != 0;
  if (opened.projector.empty()) return model;
  if (auto good = model.open_projector(message, opened); !good)
    return std::unexpected(std::move(good.error()));
  return model;
}

Status LoadedModel::open_projector(const OpenMessage& message, const Opened& opened) {
  const std::string what =
      fmt::format("load the projector of the model {} from {}", message.name, message.shown_projector());
  if (info_.is_embedding || !shows_images(*llm_)) {
    return fail(ErrorCode::invalid_input, what, "the model cannot be shown images",
                "leave the projector out");
  }
  sluice_nn_projector* projector = nullptr;
  sluice_nn_error error{};
  const auto status =
      llm_->projector_open(handle_.get(), opened.projector.c_str(), settings_.threads, &projector, &error);
  if (status != SLUICE_NN_OK) {
    Error failed = plugin_error(status, error, what);
    failed.why = with_name(failed.why, opened.projector, message.shown_projector());
    return std::unexpected(std::move(failed));
  }
  projector_ = ProjectorHandle(projector, PluginClose{llm_});
  return {};
}

std::string LoadedModel::asked() const {
  return fmt::format("ask the model {}", info_.name);
}

Result<std::vector<std::int32_t>> LoadedModel::tokenize(std::string_view text, Ends ends,
                                                        SpecialTokens special) const {
  // A token has a byte at least, except those that begin and end a text.
  std::vector<std::int32_t> tokens(text.size() + 8);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const std::int64_t count =
        llm_->tokenize(handle_.get(), plugin_text(text), ends == Ends::begin ? 1 : 0,
                       special == SpecialTokens::recognized ? 1 : 0, tokens.data(), tokens.size());
    if (count < 0) break;
    const bool whole = static_cast<std::size_t>(count) <= tokens.size();
    tokens.resize(static_cast<std::size_t>(count));
    if (whole) return tokens;
  }
  return fail(ErrorCode::unavailable, asked(), "its backend could not split the text into tokens");
}

std::string LoadedModel::piece(std::int32_t token, Names names) const {
  const int special = names == Names::wanted ? 1 : 0;
  std::string bytes(64, '\0');
  std::size_t size = llm_->piece(handle_.get(), token, special, bytes.data(), bytes.size());
  if (size > bytes.size()) {
    bytes.resize(size);
    size = llm_->piece(handle_.get(), token, special, bytes.data(), bytes.size());
  }
  bytes.resize(std::min(size, bytes.size()));
  return bytes;
}

}  // namespace sluice::nn
