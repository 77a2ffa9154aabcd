#include "common/grammar_rules.h"

#include <algorithm>

#include "common/gbnf_parser.h"

namespace sluice::backends {

bool CharClass::has(std::uint32_t letter) const {
  const bool found = std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return range.first <= letter && letter <= range.second;
  });
  return found != negated;
}

bool CharClass::has_any(std::uint32_t low, std::uint32_t high) const {
  if (!negated) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const auto& range) { return range.first <= high && low <= range.second; });
  }
  // Some letter that no range covers.
  std::uint32_t next = low;
  while (next <= high) {
    const auto covering = std::find_if(ranges.begin(), ranges.end(), [&](const auto& range) {
      return range.first <= next && next <= range.second;
    });
    if (covering == ranges.end()) return true;
    if (covering->second >= high) return false;
    next = covering->second + 1;
  }
  return false;
}

// Lays parsed rules out in one run of elements.
class GrammarLayout {
 public:
  explicit GrammarLayout(GbnfParser& parser) : parser_(parser), productive_(parser.rules.size(), false) {}

  Result<std::shared_ptr<const GrammarRules>> make() {
    find_productive();
    auto rules = std::make_shared<GrammarRules>();
    rules->root_ = parser_.numbers.at("root");
    if (!productive_[rules->root_]) {
      return failed(
          SLUICE_NN_INVALID,
          "the grammar is not valid: no text can ever fulfil it, since its rules only lead to each other");
    }
    rules->classes_ = std::move(parser_.classes);
    rules->rules_.resize(parser_.rules.size());
    for (std::size_t rule = 0; rule < parser_.rules.size(); ++rule) {
      for (const GrammarSequence& sequence : parser_.rules[rule]) {
        // What can't be finished is never begun.
        if (!can_end(sequence)) continue;
        rules->rules_[rule].push_back(static_cast<std::uint32_t>(rules->elements_.size()));
        rules->elements_.insert(rules->elements_.end(), sequence.begin(), sequence.end());
        rules->elements_.push_back({GrammarElement::Kind::end, 0});
      }
    }
    return rules;
  }

 private:
  [[nodiscard]] bool can_end(const GrammarSequence& sequence) const {
    return std::all_of(sequence.begin(), sequence.end(), [&](const GrammarElement& element) {
      return element.kind != GrammarElement::Kind::rule || productive_[element.value];
    });
  }

  // Rules that some text fulfils: those of which one alternative has only such rules. From the leaves up,
  // each rule's users once.
  void find_productive() {
    struct Use {
      std::size_t rule;
      std::size_t sequence;
    };
    std::vector<std::vector<Use>> uses(parser_.rules.size());
    std::vector<std::vector<std::size_t>> missing(parser_.rules.size());
    std::vector<std::size_t> found;
    const auto settle = [&](std::size_t rule) {
      if (productive_[rule]) return;
      productive_[rule] = true;
      found.push_back(rule);
    };
    for (std::size_t rule = 0; rule < parser_.rules.size(); ++rule) {
      const auto& all = parser_.rules[rule];
      missing[rule].resize(all.size(), 0);
      for (std::size_t sequence = 0; sequence < all.size(); ++sequence) {
        for (const GrammarElement& element : all[sequence]) {
          if (element.kind != GrammarElement::Kind::rule) continue;
          ++missing[rule][sequence];
          uses[element.value].push_back({rule, sequence});
        }
        if (missing[rule][sequence] == 0) settle(rule);
      }
    }
    while (!found.empty()) {
      const std::size_t rule = found.back();
      found.pop_back();
      for (const Use& use : uses[rule]) {
        if (--missing[use.rule][use.sequence] == 0) settle(use.rule);
      }
    }
  }

  GbnfParser& parser_;
  std::vector<bool> productive_;
};

Result<std::shared_ptr<const GrammarRules>> GrammarRules::parse(std::string_view text,
                                                                const TokenNames* names) {
  try {
    GbnfParser parser(text, names);
    parser.parse();
    return GrammarLayout(parser).make();
  } catch (const GbnfParser::Problem& problem) {
    return failed(SLUICE_NN_INVALID, problem.text);
  }
}

}  // namespace sluice::backends
