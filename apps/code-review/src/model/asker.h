// Asks a model many questions: side by side, within the caps, and once again where an answer is not the JSON
// that was asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "handler.h"
#include "model/model.h"
#include "model/spending.h"

namespace review {

struct Question {
  std::string user;
  std::string schema;
  std::uint32_t prompt_tokens = 0;  // with the system prompt
  std::uint32_t answer_tokens_max = 0;
};

struct Reply {
  enum class State : std::uint8_t {
    answered,
    invalid,   // twice no valid JSON
    too_long,  // the prompt did not fit, though it was counted
    failed,
    not_asked,  // a cap was reached, or the model had failed before
  };
  State state = State::not_asked;
  std::string why;  // a few words, but for answered
};

// Reads the answer to a question; says what is wrong with it, or nothing.
using Reader = std::function<std::optional<std::string>(std::size_t question, std::string_view answer)>;

class Asker {
 public:
  Asker(Model& model, const ModelCaps& caps, const Outside& outside);

  // A reply for each question, in order.
  std::vector<Reply> ask(std::span<const Question> questions, const Reader& read, std::string_view stage);

  // Why nothing more is asked; empty as long as something may be.
  [[nodiscard]] const std::string& stopped() const { return stopped_; }
  [[nodiscard]] ModelUsage usage();

 private:
  struct Turn {
    std::size_t question = 0;
    std::string complaint;  // about the first answer; empty the first time
  };
  void tell_progress(std::string_view stage, std::span<const Reply> replies);
  void ask_wave(std::span<const Question> questions, std::vector<Turn>& waiting, const Reader& read,
                std::vector<Reply>& replies);
  std::vector<Turn> take_wave(std::span<const Question> questions, std::vector<Turn>& waiting);
  void settle(const Turn& turn, const ModelAnswer& answer, const Reader& read, std::vector<Turn>& waiting,
              Reply& reply);

  Model& model_;
  ModelCaps caps_;
  const Outside& outside_;
  Spending spending_;
  std::string stopped_;
};

// What an error means, for people: "timeout", "refused: …".
[[nodiscard]] std::string words_of(const ModelError& error);

}  // namespace review
