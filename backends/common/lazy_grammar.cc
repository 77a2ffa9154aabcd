#include "common/lazy_grammar.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace sluice::backends {
namespace {

// A trigger is looked for in so much of the answer's end: the search takes stack for each character.
constexpr std::size_t text_max = 2048;

}  // namespace

Result<LazyGrammar> LazyGrammar::make(std::string_view text, bool lazy, std::string_view triggers,
                                      const Vocabulary* vocabulary) {
  auto rules = GrammarRules::parse(text, &vocabulary->names());
  if (!rules) return std::unexpected(rules.error());
  nlohmann::json json = nlohmann::json::object();
  if (!triggers.empty()) json = nlohmann::json::parse(triggers, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return failed(SLUICE_NN_INVALID, "the triggers of the grammar are no JSON object");
  try {
    const auto preserved = json.value("preserved", std::vector<std::int32_t>{});
    LazyGrammar grammar(Grammar(std::move(*rules), vocabulary, preserved), vocabulary);
    for (const std::int32_t token : preserved) {
      grammar.preserved_.emplace_back(token, vocabulary->names().text(token));
    }
    grammar.waits_ = lazy;
    for (const auto& trigger : json.value("triggers", nlohmann::json::array())) {
      const auto value = trigger.at("value").get<std::string>();
      switch (static_cast<TriggerType>(trigger.at("type").get<int>())) {
        case TriggerType::token:
          grammar.tokens_.push_back(trigger.at("token").get<std::int32_t>());
          break;
        case TriggerType::word:
          grammar.words_.push_back(value);
          break;
        case TriggerType::pattern:
          grammar.patterns_.push_back({std::regex(value), value.starts_with('^') && value.ends_with('$')});
          break;
        default:
          grammar.patterns_.push_back({std::regex(value), true});
      }
    }
    if (lazy && grammar.tokens_.empty() && grammar.words_.empty() && grammar.patterns_.empty()) {
      return failed(SLUICE_NN_INVALID, "the grammar waits for a trigger and has none");
    }
    return grammar;
  } catch (const std::exception& problem) {
    return failed(SLUICE_NN_INVALID,
                  std::string("the triggers of the grammar cannot be read: ") + problem.what());
  }
}

Result<bool> LazyGrammar::allows(std::int32_t token) {
  if (!active()) return true;
  return grammar_.allows(token);
}

Result<void> LazyGrammar::accept(std::int32_t token) {
  if (given_up_) return {};
  if (waits_) return wait(token);
  auto accepted = grammar_.accept(token);
  if (!accepted) return std::unexpected(accepted.error());
  if (!*accepted) return failed(SLUICE_NN_INVALID, "a token that the grammar does not allow");
  return {};
}

std::size_t LazyGrammar::find_trigger() const {
  for (const std::string& word : words_) {
    if (const auto at = text_.find(word); at != std::string::npos) return at;
  }
  for (const Pattern& pattern : patterns_) {
    std::smatch match;
    const bool found = pattern.whole ? std::regex_match(text_, match, pattern.regex)
                                     : std::regex_search(text_, match, pattern.regex);
    if (!found) continue;
    // The first group that matched says where the grammar begins.
    for (std::size_t group = 1; group < match.size(); ++group) {
      if (match.length(group) > 0) return static_cast<std::size_t>(match.position(group));
    }
    return static_cast<std::size_t>(match.position(0));
  }
  return std::string::npos;
}

Result<void> LazyGrammar::wait(std::int32_t token) {
  if (std::find(tokens_.begin(), tokens_.end(), token) != tokens_.end()) {
    waits_ = false;
    auto accepted = grammar_.accept(token);
    if (!accepted) return std::unexpected(accepted.error());
    given_up_ = !*accepted;
    return {};
  }
  const auto known = std::find_if(preserved_.begin(), preserved_.end(),
                                  [&](const auto& pair) { return pair.first == token; });
  text_ += known != preserved_.end() ? std::string_view(known->second) : vocabulary_->bytes(token);
  if (text_.size() > text_max) text_.erase(0, text_.size() - text_max);
  const std::size_t begin = find_trigger();
  if (begin == std::string::npos) return {};
  waits_ = false;
  auto accepted = grammar_.accept_text(std::string_view(text_).substr(begin));
  if (!accepted) return std::unexpected(accepted.error());
  given_up_ = !*accepted;
  return {};
}

}  // namespace sluice::backends
