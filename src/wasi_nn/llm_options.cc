#include "wasi_nn/llm_options.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/value.h"

namespace sluice::wasi_nn {

namespace {

using nlohmann::json;

// Reads members of an object; the first wrong one is remembered.
class Reader {
 public:
  explicit Reader(const json& object) : object_(object) {}
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  void read(const char* name, bool& value) {
    if (const json* found = find(name)) take(name, *found, found->is_boolean(), "true or false", value);
  }
  void read(const char* name, std::string& value) {
    if (const json* found = find(name)) take(name, *found, found->is_string(), "a text", value);
  }
  void read(const char* name, std::optional<std::string>& value) {
    std::string text;
    read(name, text);
    if (find(name) != nullptr) value = std::move(text);
  }
  void read(const char* name, double& value, double least, double most) {
    const json* const found = find(name);
    if (found == nullptr) return;
    const bool good = found->is_number() && found->get<double>() >= least && found->get<double>() <= most;
    take(name, *found, good, fmt::format("a number from {} to {}", least, most), value);
  }
  // Programs write whole numbers as 3.0, too.
  std::optional<std::int64_t> whole(const char* name, std::int64_t least, std::int64_t most) {
    const json* const found = find(name);
    if (found == nullptr) return std::nullopt;
    if (found->is_number()) {
      const double number = found->get<double>();
      const bool in_range = number >= static_cast<double>(least) && number <= static_cast<double>(most);
      if (in_range && std::floor(number) == number) {
        return found->is_number_integer() ? found->get<std::int64_t>() : static_cast<std::int64_t>(number);
      }
    }
    say(name, fmt::format("a whole number from {} to {}", least, most));
    return std::nullopt;
  }

 private:
  const json* find(const char* name) {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  template <class T>
  void take(const char* name, const json& found, bool good, std::string_view wanted, T& value) {
    if (good) {
      value = found.get<T>();
    } else {
      say(name, wanted);
    }
  }
  void say(const char* name, std::string_view wanted) {
    if (wrong_.empty()) wrong_ = fmt::format("the option {} has to be {}", name, wanted);
  }

  const json& object_;
  std::string wrong_;
};

constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

}  // namespace

Errno LlmOptions::merge(std::string_view text, const Tell& tell) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return refuse(tell, Errno::invalid_encoding, "the options are not a JSON object");
  LlmOptions next = *this;
  Reader reader(object);
  reader.read("enable-log", next.enable_log);
  reader.read("enable-debug-log", next.enable_debug_log);
  reader.read("stream-stdout", next.stream_stdout);
  reader.read("embedding", next.embedding);
  reader.read("ignore-eos", next.ignore_eos);
  if (const auto n = reader.whole("n-predict", -int_max - 1, int_max)) next.n_predict = *n;
  if (const auto n = reader.whole("ctx-size", 0, int_max)) next.ctx_size = static_cast<std::uint32_t>(*n);
  if (const auto n = reader.whole("threads", 0, 1024)) next.threads = static_cast<std::uint32_t>(*n);
  if (const auto n = reader.whole("n-gpu-layers", -1, int_max))
    next.gpu_layers = static_cast<std::int32_t>(*n);
  if (const auto n = reader.whole("top-k", -1, int_max))
    next.top_k = static_cast<std::uint32_t>(std::max<std::int64_t>(*n, 0));
  if (const auto n = reader.whole("seed", -1, std::numeric_limits<std::uint32_t>::max())) {
    // -1 in either width is what programs write for a random one.
    const bool is_random = *n < 0 || *n == std::numeric_limits<std::uint32_t>::max();
    next.seed = is_random ? std::nullopt : std::optional(static_cast<std::uint64_t>(*n));
  }
  // Sizes of batches are the engine's, which computes for several guests at once: read and checked only.
  static_cast<void>(reader.whole("batch-size", 0, int_max));
  static_cast<void>(reader.whole("ubatch-size", 0, int_max));
  static_cast<void>(reader.whole("main-gpu", 0, int_max));
  bool unused = false;
  reader.read("use-mmap", unused);
  std::string unread;
  reader.read("tensor-split", unread);
  reader.read("split-mode", unread);
  // Once a boolean, later a text.
  if (object.contains("flash-attn") && object["flash-attn"].is_string()) {
    reader.read("flash-attn", unread);
  } else {
    reader.read("flash-attn", unused);
  }
  reader.read("reverse-prompt", next.reverse_prompt);
  std::optional<std::string> grammar_now;
  std::optional<std::string> schema_now;
  reader.read("grammar", grammar_now);
  reader.read("json-schema", schema_now);
  reader.read("mmproj", next.mmproj);
  reader.read("image", next.image);
  reader.read("temp", next.temperature, 0, 100);
  reader.read("top-p", next.top_p, 0, 1);
  reader.read("min-p", next.min_p, 0, 1);
  reader.read("repeat-penalty", next.repeat_penalty, 0.01, 100);
  reader.read("presence-penalty", next.presence_penalty, -100, 100);
  reader.read("frequency-penalty", next.frequency_penalty, -100, 100);
  if (!reader.wrong().empty()) return refuse(tell, Errno::invalid_argument, reader.wrong());
  const auto is_given = [](const auto& text) { return text && !text->empty(); };
  if (is_given(grammar_now) && is_given(schema_now)) {
    return refuse(tell, Errno::invalid_argument, "an answer follows a grammar or a json-schema, not both");
  }
  // What was said last holds.
  if (is_given(grammar_now)) next.json_schema.clear();
  if (is_given(schema_now)) next.grammar.clear();
  if (grammar_now) next.grammar = std::move(*grammar_now);
  if (schema_now) next.json_schema = std::move(*schema_now);
  *this = std::move(next);
  return Errno::success;
}

nn::TextRequest LlmOptions::request(std::string prompt) const {
  using Kind = nn::ResponseFormat::Kind;
  nn::TextRequest request;
  request.prompt = std::move(prompt);
  request.special_tokens = true;
  if (!grammar.empty()) request.format = {Kind::grammar, grammar};
  if (!json_schema.empty()) request.format = {Kind::json_schema, json_schema};
  nn::Sampling& sampling = request.options.sampling;
  sampling.temperature = static_cast<float>(temperature);
  sampling.top_p = static_cast<float>(top_p);
  sampling.min_p = static_cast<float>(min_p);
  sampling.top_k = top_k;
  sampling.repeat_penalty = static_cast<float>(repeat_penalty);
  sampling.presence_penalty = static_cast<float>(presence_penalty);
  sampling.frequency_penalty = static_cast<float>(frequency_penalty);
  sampling.seed = seed;
  if (n_predict > 0) request.options.tokens_max = static_cast<std::uint32_t>(n_predict);
  if (!reverse_prompt.empty()) request.options.stop = {reverse_prompt};
  request.options.ignore_end = ignore_eos;
  return request;
}

bool LlmOptions::same_model_as(const LlmOptions& other) const {
  return mmproj == other.mmproj && applied_to({}) == other.applied_to({});
}

nn::ModelSpec LlmOptions::applied_to(nn::ModelSpec spec) const {
  if (ctx_size != 0) spec.context_tokens = ctx_size;
  if (threads != 0) spec.threads = threads;
  if (gpu_layers >= 0) spec.gpu_layers = gpu_layers;
  return spec;
}

}  // namespace sluice::wasi_nn
