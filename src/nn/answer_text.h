// The text of an answer as its tokens come: ends at a stop text, and tells how much of it is sure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::nn {

class AnswerText {
 public:
  // Empty stop texts are no stop texts.
  explicit AnswerText(std::vector<std::string> stop);

  // The bytes of one more token. False: a stop text is complete; it and what follows it are gone.
  [[nodiscard]] bool push(std::string_view piece);
  [[nodiscard]] const std::string& text() const { return text_; }
  // How much of the text cannot become a part of a stop text, and ends with a whole character.
  [[nodiscard]] std::size_t sure() const;

 private:
  std::vector<std::string> stop_;
  std::size_t longest_ = 0;
  std::string text_;
};

}  // namespace sluice::nn
