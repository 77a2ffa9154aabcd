// A grammar in GBNF (grammars/README.md of llama.cpp), parsed, checked and laid out for matching.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "common/result.h"
#include "common/vocabulary.h"

namespace sluice::backends {

struct GrammarLimits {
  static constexpr std::size_t bytes_max = 1024 * 1024;
  static constexpr std::size_t depth_max = 200;  // of brackets
  static constexpr std::uint64_t repeat_max = 100000;
  static constexpr std::size_t elements_max = 500000;  // with all repetitions spelt out
};

// A set of characters.
struct CharClass {
  bool negated = false;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;  // both ends included

  [[nodiscard]] bool has(std::uint32_t letter) const;
  // Some letter of [low, high].
  [[nodiscard]] bool has_any(std::uint32_t low, std::uint32_t high) const;
};

struct GrammarElement {
  enum class Kind : std::uint8_t { accept, end, rule, letter, letters, token, token_not };
  Kind kind = Kind::end;
  // Index of a rule or class, a letter, a token.
  std::uint32_t value = 0;
};

// Rules are lists of alternatives, which are runs of elements that each close with `end`. Element 0 is
// `accept`: what comes after the root rule.
class GrammarRules {
 public:
  // The rule `root` is what an answer must be. `names` resolves tokens by name (<think>); null: there are
  // none. INVALID: what is wrong, and where.
  [[nodiscard]] static Result<std::shared_ptr<const GrammarRules>> parse(std::string_view text,
                                                                         const TokenNames* names);

  [[nodiscard]] const GrammarElement& element(std::uint32_t position) const { return elements_[position]; }
  [[nodiscard]] const CharClass& letters(std::uint32_t index) const { return classes_[index]; }
  // Where the alternatives of a rule begin.
  [[nodiscard]] const std::vector<std::uint32_t>& alternatives(std::uint32_t rule) const {
    return rules_[rule];
  }
  [[nodiscard]] std::uint32_t root() const { return root_; }
  [[nodiscard]] std::size_t size() const { return rules_.size(); }

 private:
  friend class GrammarLayout;
  std::vector<GrammarElement> elements_{{GrammarElement::Kind::accept, 0}};
  std::vector<CharClass> classes_;
  std::vector<std::vector<std::uint32_t>> rules_;
  std::uint32_t root_ = 0;
};

}  // namespace sluice::backends
