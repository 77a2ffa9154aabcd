#include "answer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "errors.h"
#include "sse.h"

namespace anthropic {
namespace {

using llm::Completion;
using llm::FinishReason;
using llm::Json;
using llm::Trouble;
using Read = std::expected<Completion, Trouble>;

std::unexpected<Trouble> strange(std::string_view why) {
  return std::unexpected(Trouble{llm::unavailable("not an answer of Anthropic's API: " + std::string(why))});
}

// Puts together what comes in pieces: the events of a stream, or one whole message.
class Assembly {
 public:
  explicit Assembly(const llm::Settings& settings) { completion_.model = settings.model; }

  // A whole message, or the beginning of one.
  void begin(const Json& message) {
    if (const auto model = llm::get_text(message, "model"); model && !model->empty())
      completion_.model = *model;
    end(message);
    std::uint32_t index = 0;
    for (const Json& block : llm::items_of(message, "content")) add_block(index++, block);
  }

  void add_block(std::uint32_t index, const Json& block) {
    Block& made = blocks_[index];
    const std::string type = llm::text_or_empty(block, "type");
    if (type == "text") {
      made.text = llm::text_or_empty(block, "text");
    } else if (type == "tool_use") {
      made.call = llm::ToolCall{llm::text_or_empty(block, "id"), llm::text_or_empty(block, "name"), {}};
      // In a stream the input begins empty, and its text comes in pieces.
      if (const Json* input = llm::find(block, "input"); input != nullptr && !input->empty())
        made.call->arguments = llm::dump(*input);
    }
  }

  // False where no such block was begun.
  bool add_delta(std::uint32_t index, const Json& delta) {
    const auto found = blocks_.find(index);
    if (found == blocks_.end()) return false;
    const std::string type = llm::text_or_empty(delta, "type");
    if (type == "text_delta") found->second.text += llm::text_or_empty(delta, "text");
    if (type == "input_json_delta") {
      if (!found->second.call) return false;
      found->second.call->arguments += llm::text_or_empty(delta, "partial_json");
    }
    return true;
  }

  // Why it ended and what it cost, as far as it is told: `message` or the delta of one.
  void end(const Json& message) {
    if (const auto reason = llm::get_text(message, "stop_reason")) reason_ = *reason;
    add_usage(message);
  }

  void add_usage(const Json& event) {
    const Json* usage = llm::find(event, "usage");
    if (usage == nullptr || !usage->is_object()) return;
    if (!completion_.usage) completion_.usage.emplace();
    if (const auto fresh = llm::get_count(*usage, "input_tokens")) {
      const std::uint64_t written = llm::get_count(*usage, "cache_creation_input_tokens").value_or(0);
      completion_.usage->cached_tokens = llm::get_count(*usage, "cache_read_input_tokens").value_or(0);
      const std::uint64_t all = *fresh + written + completion_.usage->cached_tokens;
      completion_.usage->prompt_tokens = static_cast<std::uint32_t>(std::min<std::uint64_t>(all, UINT32_MAX));
    }
    if (const auto count = llm::get_count(*usage, "output_tokens"))
      completion_.usage->completion_tokens = *count;
  }

  Read finish(const JsonAnswer& form) && {
    bool answered = form.tool.empty();
    std::string text;
    for (auto& [index, block] : blocks_) {
      if (block.call && !form.tool.empty() && block.call->name == form.tool) {
        completion_.message.content = std::move(block.call->arguments);
        answered = true;
      } else if (block.call) {
        if (block.call->arguments.empty()) block.call->arguments = "{}";
        completion_.message.tool_calls.push_back(std::move(*block.call));
      } else {
        text += block.text;
      }
    }
    completion_.message.role = llm::Role::assistant;
    const bool has_calls = !completion_.message.tool_calls.empty();
    completion_.finish = reason_ == "max_tokens" || reason_ == "model_context_window_exceeded"
                             ? FinishReason::length
                         : reason_ == "refusal" ? FinishReason::content_filter
                         : has_calls            ? FinishReason::tool_calls
                                                : FinishReason::stop;
    // What the model says beside an answer in JSON is not part of it.
    if (form.tool.empty() || completion_.finish == FinishReason::content_filter ||
        (!answered && (has_calls || completion_.finish == FinishReason::length))) {
      completion_.message.content = std::move(text);
      return std::move(completion_);
    }
    if (!answered) return strange("the model did not give its answer as JSON");
    if (completion_.finish == FinishReason::stop) return checked_json(form);
    return std::move(completion_);
  }

 private:
  struct Block {
    std::string text;
    std::optional<llm::ToolCall> call;
  };

  Read checked_json(const JsonAnswer& form) {
    const std::string& text = completion_.message.content;
    const auto json =
        sluice::guest::json::parse(text.empty() ? std::string_view("{}") : std::string_view(text));
    if (!json || !json->is_object()) return strange("the answer is no JSON object");
    const Json* inner = form.wrapped ? llm::find(*json, "answer") : &*json;
    if (inner == nullptr) return strange("the model did not give its answer by the schema");
    completion_.message.content = llm::dump(*inner);
    return std::move(completion_);
  }

  Completion completion_;
  std::map<std::uint32_t, Block> blocks_;
  std::string reason_;
};

}  // namespace

Read read_message(const Json& answer, const JsonAnswer& form, const llm::Settings& settings) {
  const std::string type = llm::text_or_empty(answer, "type");
  if (type == "error") return std::unexpected(judge_error(answer, settings));
  if (type != "message") return strange("it is no message");
  Assembly assembly(settings);
  assembly.begin(answer);
  return std::move(assembly).finish(form);
}

Read read_stream(std::string_view text, const JsonAnswer& form, const llm::Settings& settings) {
  Assembly assembly(settings);
  bool begun = false;
  for (const llm::ServerEvent& event : llm::parse_events(text)) {
    const auto json = sluice::guest::json::parse(event.data);
    if (!json || !json->is_object()) return strange("an event of its stream is not a JSON object");
    const std::string type = llm::text_or_empty(*json, "type");
    if (type == "error") return std::unexpected(judge_error(*json, settings));
    if (type == "message_stop" && begun) return std::move(assembly).finish(form);
    const std::uint32_t index = llm::get_count(*json, "index").value_or(0);
    if (type == "message_start") {
      begun = true;
      if (const Json* message = llm::find(*json, "message")) assembly.begin(*message);
    } else if (type == "content_block_start") {
      if (const Json* block = llm::find(*json, "content_block")) assembly.add_block(index, *block);
    } else if (type == "content_block_delta") {
      const Json* delta = llm::find(*json, "delta");
      if (delta == nullptr || !assembly.add_delta(index, *delta)) return strange("its blocks make no sense");
    } else if (type == "message_delta") {
      if (const Json* delta = llm::find(*json, "delta")) assembly.end(*delta);
      assembly.add_usage(*json);
    }
  }
  return std::unexpected(
      Trouble{llm::unavailable("the answer was cut: its stream has no end"), Trouble::Again::once});
}

}  // namespace anthropic
