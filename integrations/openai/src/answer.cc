#include "answer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "errors.h"
#include "sse.h"

namespace openai {
namespace {

using llm::Completion;
using llm::FinishReason;
using llm::Json;
using llm::Trouble;
using Read = std::expected<Completion, Trouble>;

constexpr std::size_t tool_calls_max = 128;

std::unexpected<Trouble> strange(std::string_view why) {
  return std::unexpected(Trouble{llm::unavailable("not an answer of OpenAI's API: " + std::string(why))});
}

std::optional<llm::Usage> usage_of(const Json& answer) {
  const Json* usage = llm::find(answer, "usage");
  if (usage == nullptr || !usage->is_object()) return std::nullopt;
  llm::Usage read;
  read.prompt_tokens = llm::get_count(*usage, "prompt_tokens").value_or(0);
  read.completion_tokens = llm::get_count(*usage, "completion_tokens").value_or(0);
  if (const Json* details = llm::find(*usage, "prompt_tokens_details"))
    read.cached_tokens = llm::get_count(*details, "cached_tokens").value_or(0);
  read.cached_tokens = std::min(read.cached_tokens, read.prompt_tokens);
  return read;
}

FinishReason finish_of(std::string_view reason, bool has_calls) {
  if (reason == "length") return FinishReason::length;
  if (reason == "content_filter") return FinishReason::content_filter;
  return has_calls ? FinishReason::tool_calls : FinishReason::stop;
}

void add_logprobs(const Json& choice, std::vector<llm::TokenLogprob>& out) {
  const Json* logprobs = llm::find(choice, "logprobs");
  if (logprobs == nullptr) return;
  for (const Json& item : llm::items_of(*logprobs, "content")) {
    llm::TokenLogprob token{
        llm::text_or_empty(item, "token"), llm::get_float(item, "logprob").value_or(0), {}};
    for (const Json& other : llm::items_of(item, "top_logprobs"))
      token.top.push_back({llm::text_or_empty(other, "token"), llm::get_float(other, "logprob").value_or(0)});
    out.push_back(std::move(token));
  }
}

// Arguments are text; some servers send the object itself.
std::string arguments_of(const Json& function) {
  const Json* arguments = llm::find(function, "arguments");
  if (arguments == nullptr || arguments->is_null()) return {};
  return arguments->is_string() ? llm::text_or_empty(function, "arguments") : llm::dump(*arguments);
}

// Puts together what comes in pieces: the deltas of a stream, or one whole message.
class Assembly {
 public:
  explicit Assembly(const llm::Settings& settings) { completion_.model = settings.model; }

  // One chunk of a stream (`delta`), or a whole answer (`message`).
  void add(const Json& chunk, const char* part) {
    if (const auto model = llm::get_text(chunk, "model"); model && !model->empty())
      completion_.model = *model;
    if (std::optional<llm::Usage> usage = usage_of(chunk)) completion_.usage = usage;
    const Json& choices = llm::items_of(chunk, "choices");
    if (choices.empty()) return;
    const Json& choice = choices.front();
    has_choice_ = has_choice_ || choice.is_object();
    if (const auto reason = llm::get_text(choice, "finish_reason")) finish_ = *reason;
    add_logprobs(choice, completion_.logprobs);
    const Json* message = llm::find(choice, part);
    if (message == nullptr) return;
    completion_.message.content += llm::text_or_empty(*message, "content");
    refusal_ += llm::text_or_empty(*message, "refusal");
    for (const Json& call : llm::items_of(*message, "tool_calls")) add_call(call);
  }

  // False where a chunk makes no sense.
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] bool has_choice() const { return has_choice_; }

  Completion finish() && {
    completion_.message.role = llm::Role::assistant;
    completion_.message.tool_calls = std::move(calls_);
    completion_.finish = finish_of(finish_, !completion_.message.tool_calls.empty());
    if (!refusal_.empty() && completion_.message.content.empty()) {
      completion_.message.content = std::move(refusal_);
      completion_.finish = FinishReason::content_filter;
    }
    return std::move(completion_);
  }

 private:
  void add_call(const Json& piece) {
    const Json* function = llm::find(piece, "function");
    if (function == nullptr) return;
    // Without an index: a piece with an id begins a call, others belong to the last one.
    const std::string id = llm::text_or_empty(piece, "id");
    const std::size_t last = calls_.empty() ? 0 : calls_.size() - (id.empty() ? 1 : 0);
    const std::size_t index = llm::get_count(piece, "index").value_or(static_cast<std::uint32_t>(last));
    if (index > calls_.size() || index >= tool_calls_max) {
      sound_ = false;
      return;
    }
    if (index == calls_.size()) calls_.emplace_back();
    llm::ToolCall& call = calls_[index];
    if (!id.empty()) call.id = id;
    call.name += llm::text_or_empty(*function, "name");
    call.arguments += arguments_of(*function);
  }

  Completion completion_;
  std::vector<llm::ToolCall> calls_;
  std::string finish_;
  std::string refusal_;
  bool has_choice_ = false;
  bool sound_ = true;
};

bool has_error(const Json& answer) {
  const Json* error = llm::find(answer, "error");
  return error != nullptr && !error->is_null();
}

}  // namespace

Read read_completion(const Json& answer, const llm::Settings& settings) {
  if (has_error(answer)) return std::unexpected(judge_error(answer, settings));
  Assembly assembly(settings);
  assembly.add(answer, "message");
  if (!assembly.has_choice()) return strange("it has no `choices`");
  if (!assembly.sound()) return strange("its tool calls make no sense");
  return std::move(assembly).finish();
}

Read read_stream(std::string_view text, const llm::Settings& settings) {
  Assembly assembly(settings);
  bool done = false;
  for (const llm::ServerEvent& event : llm::parse_events(text)) {
    if (event.data == "[DONE]") {
      done = true;
      break;
    }
    const auto chunk = sluice::guest::json::parse(event.data);
    if (!chunk || !chunk->is_object()) return strange("an event of its stream is not a JSON object");
    if (has_error(*chunk) || event.name == "error") return std::unexpected(judge_error(*chunk, settings));
    assembly.add(*chunk, "delta");
  }
  if (!done)
    return std::unexpected(
        Trouble{llm::unavailable("the answer was cut: its stream has no end"), Trouble::Again::once});
  if (!assembly.has_choice()) return strange("its stream has no `choices`");
  if (!assembly.sound()) return strange("its tool calls make no sense");
  return std::move(assembly).finish();
}

}  // namespace openai
