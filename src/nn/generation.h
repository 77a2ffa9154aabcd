// One request for a text, from its prompt to its answer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/answer_text.h"
#include "nn/prompt.h"
#include "nn/protocol.h"

namespace sluice::nn {

using SendMessage = std::function<void(FromWorker)>;

// What a sampler gave.
struct Draw {
  sluice_nn_status status = SLUICE_NN_OK;
  sluice_nn_error error{};
  sluice_nn_drawn drawn{};
  std::vector<sluice_nn_drawn> top;
};

// Belongs to one thread.
class Generation {
 public:
  Generation(const LoadedModel& model, RequestHead head, Prompt prompt);

  [[nodiscard]] RequestId id() const { return head_.id; }
  [[nodiscard]] const std::string& owner() const { return head_.owner; }
  // Of the prompt and of the answer so far.
  [[nodiscard]] const std::vector<std::int32_t>& tokens() const { return tokens_; }
  // It has drawn a token.
  [[nodiscard]] bool is_answering() const { return drawn_ > 0; }
  // One token is left to compute: the one that was drawn last.
  [[nodiscard]] bool is_drawing() const { return is_answering() && computed + 1 == tokens_.size(); }
  // What it has in the end, at most; and what that takes of the context.
  [[nodiscard]] std::size_t tokens_most() const;
  [[nodiscard]] std::size_t room_most() const { return tokens_most() + prompt_.pictures.extra_room(); }
  // Its answer may not depend on what else is computed.
  [[nodiscard]] bool is_steady() const { return prompt_.steady; }

  // The image that is to be computed next; null: tokens are, as far as `text_end`.
  [[nodiscard]] const Picture* next_picture() const;
  [[nodiscard]] std::size_t text_end() const;
  [[nodiscard]] const sluice_nn_mixed_prompt* mixed() const { return prompt_.pictures.mixed(); }
  // The longest beginning of so many tokens at most that does not end within an image.
  [[nodiscard]] std::size_t whole_beginning(std::size_t length) const;

  // Draws the next token. Several generations may draw at the same time.
  [[nodiscard]] Draw draw(const float* logits) const;
  // Takes the token. True: the answer is at its end.
  [[nodiscard]] bool accept(const Draw& draw);
  // Sends what is new and sure.
  void send_delta(const SendMessage& send);
  void send_stage(const SendMessage& send, Stage stage);
  // Sends the rest and the answer.
  void finish(const SendMessage& send);

  // Where it stands; the scheduler's.
  std::int32_t sequence = -1;  // none: it waits
  std::size_t computed = 0;    // the first of its tokens that the sequence has
  std::size_t steady = 0;      // the first of those that were computed as if alone
  std::uint64_t started = 0;   // the order in which they first got a place; 0: not yet
  std::uint32_t cached = 0;    // tokens of the prompt that weren't computed again

 private:
  [[nodiscard]] std::size_t tokens_limit() const;
  [[nodiscard]] std::string piece_of(std::int32_t token) const;
  [[nodiscard]] TokenLogprob logprob_of(const Draw& draw) const;
  void add_content(std::string_view content, Delta& delta);

  const LoadedModel& model_;
  RequestHead head_;
  Prompt prompt_;
  std::vector<std::int32_t> tokens_;
  std::uint32_t drawn_ = 0;
  FinishReason reason_ = FinishReason::length;
  AnswerText text_;
  std::string sent_;              // content that deltas have had
  std::size_t parsed_bytes_ = 0;  // of the text when it was last parsed
  std::vector<TokenLogprob> logprobs_;
  std::size_t logprobs_sent_ = 0;
};

}  // namespace sluice::nn
