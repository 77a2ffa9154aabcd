// A grammar that holds from the start, or from where a tool call begins.
#pragma once

#include <cstdint>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "common/grammar.h"
#include "common/result.h"
#include "common/vocabulary.h"

namespace sluice::backends {

// Numbers in the JSON of triggers.
enum class TriggerType : std::uint8_t { token = 0, word = 1, pattern = 2, whole_pattern = 3 };

class LazyGrammar {
 public:
  // `triggers`: JSON of chat_prepare; may be empty. INVALID: a grammar that is none, or one that waits for
  // nothing.
  static Result<LazyGrammar> make(std::string_view text, bool lazy, std::string_view triggers,
                                  const Vocabulary* vocabulary);

  void begin_draw() { grammar_.begin_draw(); }
  [[nodiscard]] bool active() const { return !waits_ && !given_up_; }
  [[nodiscard]] Result<bool> allows(std::int32_t token);
  // A token that is not allowed is INVALID.
  [[nodiscard]] Result<void> accept(std::int32_t token);

 private:
  explicit LazyGrammar(Grammar grammar, const Vocabulary* vocabulary)
      : grammar_(std::move(grammar)), vocabulary_(vocabulary) {}

  [[nodiscard]] Result<void> wait(std::int32_t token);
  // Where the grammar begins in the text so far; npos: nowhere yet.
  [[nodiscard]] std::size_t find_trigger() const;

  struct Pattern {
    std::regex regex;
    bool whole;  // it describes the text from its beginning to now
  };
  Grammar grammar_;
  const Vocabulary* vocabulary_;
  bool waits_ = false;
  // The model began a call that the grammar does not know: the rest is its own.
  bool given_up_ = false;
  std::string text_;  // while it waits; the last part of it
  std::vector<std::string> words_;
  std::vector<Pattern> patterns_;
  std::vector<std::int32_t> tokens_;
  std::vector<std::pair<std::int32_t, std::string>> preserved_;
};

}  // namespace sluice::backends
