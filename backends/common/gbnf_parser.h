// Reads GBNF into rules as they are written: alternatives of sequences.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/grammar_rules.h"
#include "common/vocabulary.h"

namespace sluice::backends {

using GrammarSequence = std::vector<GrammarElement>;
using GrammarAlternatives = std::vector<GrammarSequence>;

// Throws GbnfParser::Problem.
class GbnfParser {
 public:
  struct Problem {
    std::string text;
  };

  GbnfParser(std::string_view text, const TokenNames* names) : text_(text), names_(names) {}
  void parse();

  std::vector<GrammarAlternatives> rules;
  std::vector<bool> defined;
  std::vector<std::string> names;  // of rules; those made on the way are called after where they stand
  std::vector<CharClass> classes;
  std::map<std::string, std::uint32_t, std::less<>> numbers;

 private:
  [[noreturn]] void fail(const std::string& why) const;
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  void skip_blanks(bool newlines);
  std::string name();
  std::uint64_t number();
  std::uint32_t letter();
  std::uint32_t hex(int digits);
  std::uint32_t token();
  std::uint32_t rule_number(const std::string& name);
  std::uint32_t new_rule();
  void count_elements(std::uint64_t more);

  void rule();
  GrammarAlternatives alternatives(std::size_t depth);
  GrammarSequence sequence(std::size_t depth);
  // One thing that may be repeated; empty: the sequence ends here.
  bool item(std::size_t depth, GrammarSequence& out);
  void literal(GrammarSequence& out);
  void char_class(GrammarSequence& out);
  void repetition(GrammarSequence& item);
  void repeat(GrammarSequence& item, std::uint64_t least, std::uint64_t most);

  std::string_view text_;
  const TokenNames* names_;
  std::size_t at_ = 0;
  std::uint64_t elements_ = 0;
};

}  // namespace sluice::backends
