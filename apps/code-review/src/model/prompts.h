// What a model is told.
//
// All calls of all reviews begin with the same system prompt, so that an engine computes it once. What others
// wrote (the change, and what a model said before) comes after it, as data between two fences. A fence holds
// a key that stands nowhere in the data: no text of a change can close the fence, whatever its author
// guesses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anchor.h"
#include "model/answers.h"
#include "notes.h"
#include "review.h"

namespace review {

[[nodiscard]] std::string_view system_prompt();

class Prompts {
 public:
  // Of one review: `review` is read only here.
  Prompts(const Review& review, std::string_view description);

  // `code`: the text of a batch.
  [[nodiscard]] std::string find(std::string_view code, const AnswerLimits& limits) const;
  // Begins like `find` for the same code, so that an engine reuses what it computed.
  [[nodiscard]] std::string judge(std::string_view code, std::span<const Risk> findings) const;
  // `room_bytes`: for the list of files; what doesn't fit is counted in it.
  [[nodiscard]] std::string plan(std::span<const FileNote> notes, std::span<const Claim> hints,
                                 std::size_t room_bytes, const AnswerLimits& limits) const;
  [[nodiscard]] std::string merge(std::span<const FileNote> notes, std::span<const Risk> findings,
                                  std::size_t room_bytes) const;

  // The text without the key: a model may have been talked into saying it.
  [[nodiscard]] std::string without_key(std::string_view text) const;
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  [[nodiscard]] std::string fenced(std::string_view data) const;

  std::string key_;
  std::string about_;  // title and description, as data
};

}  // namespace review
