#include "nn/generation.h"

#include <algorithm>
#include <utility>

#include "base/value.h"

namespace sluice::nn {

Generation::Generation(const LoadedModel& model, RequestHead head, Prompt prompt)
    : model_(model),
      head_(std::move(head)),
      prompt_(std::move(prompt)),
      tokens_(prompt_.tokens),
      text_(prompt_.stop) {}

std::size_t Generation::tokens_limit() const {
  return model_.settings().request_tokens - prompt_.pictures.extra_room();
}

std::size_t Generation::tokens_most() const {
  const std::size_t most = tokens_limit();
  return prompt_.tokens_max ? std::min(most, prompt_.tokens.size() + *prompt_.tokens_max) : most;
}

const Picture* Generation::next_picture() const {
  const Picture* const next = prompt_.pictures.next(computed);
  return next != nullptr && next->begin == computed ? next : nullptr;
}

std::size_t Generation::text_end() const {
  const Picture* const next = prompt_.pictures.next(computed);
  return next == nullptr ? tokens_.size() : next->begin;
}

std::size_t Generation::whole_beginning(std::size_t length) const {
  const Picture* const next = prompt_.pictures.next(length);
  return next == nullptr ? length : std::min(length, next->begin);
}

Draw Generation::draw(const float* logits) const {
  Draw draw;
  const int alternatives = prompt_.logprobs ? static_cast<int>(*prompt_.logprobs) : -1;
  draw.top.resize(prompt_.logprobs.value_or(0));
  draw.status = model_.llm().sampler_draw(prompt_.sampler.get(), logits, alternatives, &draw.drawn,
                                          draw.top.data(), &draw.error);
  return draw;
}

std::string Generation::piece_of(std::int32_t token) const {
  const bool is_kept = std::ranges::find(prompt_.preserved, token) != prompt_.preserved.end();
  return model_.piece(token, is_kept ? LoadedModel::Names::wanted : LoadedModel::Names::none);
}

bool Generation::accept(const Draw& draw) {
  const std::int32_t token = draw.drawn.token;
  if (model_.llm().is_end(model_.handle(), token) == 1) {
    reason_ = FinishReason::stop;
    return true;
  }
  ++drawn_;
  tokens_.push_back(token);
  if (prompt_.logprobs) logprobs_.push_back(logprob_of(draw));
  if (!text_.push(piece_of(token))) {
    reason_ = FinishReason::stop;
    return true;
  }
  return drawn_ == prompt_.tokens_max || tokens_.size() >= tokens_limit();
}

TokenLogprob Generation::logprob_of(const Draw& draw) const {
  TokenLogprob logprob{piece_of(draw.drawn.token), draw.drawn.logprob, {}};
  for (const sluice_nn_drawn& other : draw.top) logprob.top.push_back({piece_of(other.token), other.logprob});
  return logprob;
}

// What was sent stays: content that a parser later sees otherwise is not sent again.
void Generation::add_content(std::string_view content, Delta& delta) {
  if (!content.starts_with(sent_)) return;
  delta.content = content.substr(sent_.size());
  if (!delta.content.empty()) delta.pieces = {static_cast<std::uint32_t>(delta.content.size())};
  sent_ = content;
}

void Generation::send_delta(const SendMessage& send) {
  if (!head_.streamed) return;
  Delta delta;
  const std::string_view sure = std::string_view(text_.text()).substr(0, text_.sure());
  // Parsing starts from the beginning each time; long answers are parsed less often.
  if (sure.size() > parsed_bytes_ + (prompt_.parser.empty() ? 0 : parsed_bytes_ / 256)) {
    parsed_bytes_ = sure.size();
    if (auto message = parse_answer(model_, prompt_.parser, sure, Part::so_far)) {
      add_content(message->content, delta);
    }
  }
  delta.logprobs.assign(logprobs_.begin() + static_cast<std::ptrdiff_t>(logprobs_sent_), logprobs_.end());
  logprobs_sent_ = logprobs_.size();
  if (delta.content.empty() && delta.logprobs.empty()) return;
  send(DeltaMessage{head_.id, std::move(delta)});
}

void Generation::send_stage(const SendMessage& send, Stage stage) {
  send(ProgressMessage{head_.id, stage});
}

void Generation::finish(const SendMessage& send) {
  // A whole text always is a message.
  Message message = *parse_answer(model_, prompt_.parser, text_.text(), Part::whole);
  if (head_.streamed) {
    Delta delta;
    add_content(message.content, delta);
    delta.tool_calls = message.tool_calls;
    delta.logprobs.assign(logprobs_.begin() + static_cast<std::ptrdiff_t>(logprobs_sent_), logprobs_.end());
    if (!delta.content.empty() || !delta.tool_calls.empty() || !delta.logprobs.empty()) {
      send(DeltaMessage{head_.id, std::move(delta)});
    }
  }
  // Calls that were cut short end with `length`: there may have been more.
  if (!message.tool_calls.empty() && reason_ == FinishReason::stop) reason_ = FinishReason::tool_calls;
  const std::size_t prompt_tokens = prompt_.tokens.size() + prompt_.pictures.extra_room();
  const Usage usage{static_cast<std::uint32_t>(prompt_tokens), drawn_, cached};
  send(DoneMessage{head_.id, {std::move(message), reason_, usage, model_.name(), std::move(logprobs_)}});
}

}  // namespace sluice::nn
