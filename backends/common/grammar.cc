#include "common/grammar.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::backends {
namespace {

using Kind = GrammarElement::Kind;

constexpr std::uint32_t none = ~0U;
// Steps of one draw, about 50 ms. A grammar for people's data needs some thousands.
constexpr std::size_t work_max = 3'000'000;
constexpr std::size_t handed_on_max = 8;

}  // namespace

Grammar::Grammar(std::shared_ptr<const GrammarRules> rules, const Vocabulary* vocabulary,
                 std::vector<std::int32_t> preserved)
    : rules_(std::move(rules)), vocabulary_(vocabulary) {
  for (const std::int32_t token : preserved) {
    if (token < 0 || static_cast<std::size_t>(token) >= vocabulary_->size()) continue;
    preserved_.emplace_back(token, vocabulary_->names().text(token));
  }
  called_.resize(rules_->size(), {0, none});
  begin_step();
  nodes_.push_back({rules_->root(), none, false});
  called_[rules_->root()] = {letter_, 0};
  edges_.push_back({0, none, none});
  nodes_[0].edges = 0;
  for (const std::uint32_t begin : rules_->alternatives(rules_->root())) push(begin, 0);
  Outcome outcome;
  // Too ambiguous from the first letter on: no item, so that nothing is allowed; the first draw says why.
  if (close(outcome.items, outcome.may_end)) adopt(std::move(outcome));
}

std::string_view Grammar::text_of(std::int32_t token) const {
  for (const auto& [known, text] : preserved_) {
    if (known == token) return text;
  }
  return vocabulary_->bytes(token);
}

void Grammar::begin_step() {
  step_nodes_ = static_cast<std::uint32_t>(nodes_.size());
  todo_.clear();
  met_.clear();
  known_edges_.clear();
  ++letter_;
}

void Grammar::push(std::uint32_t position, std::uint32_t node) {
  const Item item{position, node};
  ++work_;
  if (met_.insert(item)) todo_.push_back(item);
}

// Only nodes of this letter get edges.
void Grammar::add_edge(std::uint32_t node, std::uint32_t position, std::uint32_t parent) {
  ++work_;
  if (!known_edges_.insert({node, {position, parent}})) return;
  edges_.push_back({position, parent, nodes_[node].edges});
  nodes_[node].edges = static_cast<std::uint32_t>(edges_.size() - 1);
  // It came to its end without a letter before this caller was known.
  if (nodes_[node].completed) push(position, parent);
}

// A node's own edges can't grow any more after its letter. Where an ambiguous grammar has many, handing them
// on from call to call would take more than following them does.
bool Grammar::hands_on(std::uint32_t node) const {
  if (node >= step_nodes_) return false;
  std::size_t count = 0;
  for (std::uint32_t edge = nodes_[node].edges; edge != none && count <= handed_on_max;
       edge = edges_[edge].next)
    ++count;
  return count <= handed_on_max;
}

void Grammar::call(Item item) {
  const std::uint32_t rule = rules_->element(item.position).value;
  const bool known = called_[rule].letter == letter_;
  if (!known) {
    called_[rule] = {letter_, static_cast<std::uint32_t>(nodes_.size())};
    nodes_.push_back({rule, none, false});
  }
  const std::uint32_t node = called_[rule].node;
  const std::uint32_t back = item.position + 1;
  if (rules_->element(back).kind == Kind::end && hands_on(item.node)) {
    // The last thing that the caller does: return to where the caller would.
    for (std::uint32_t edge = nodes_[item.node].edges; edge != none; edge = edges_[edge].next) {
      add_edge(node, edges_[edge].position, edges_[edge].node);
    }
  } else {
    add_edge(node, back, item.node);
  }
  if (!known) {
    for (const std::uint32_t begin : rules_->alternatives(rule)) push(begin, node);
  }
}

void Grammar::close_item(Item item, std::vector<Item>& out, bool& may_end) {
  switch (rules_->element(item.position).kind) {
    case Kind::accept:
      may_end = true;
      return;
    case Kind::end: {
      Node& node = nodes_[item.node];
      if (item.node >= step_nodes_) node.completed = true;
      for (std::uint32_t edge = node.edges; edge != none; edge = edges_[edge].next) {
        push(edges_[edge].position, edges_[edge].node);
      }
      return;
    }
    case Kind::rule:
      return call(item);
    default:
      out.push_back(item);
  }
}

Result<void> Grammar::close(std::vector<Item>& out, bool& may_end) {
  while (!todo_.empty()) {
    const Item item = todo_.back();
    todo_.pop_back();
    close_item(item, out, may_end);
    if (work_ > work_max) {
      return failed(SLUICE_NN_INVALID,
                    "the grammar is too ambiguous: its answers can be read in too many ways; simplify it");
    }
  }
  return {};
}

void Grammar::step(const std::vector<Item>& from, std::uint32_t letter) {
  begin_step();
  for (const Item& item : from) {
    const GrammarElement& element = rules_->element(item.position);
    const bool matches = element.kind == Kind::letter    ? element.value == letter
                         : element.kind == Kind::letters ? rules_->letters(element.value).has(letter)
                                                         : false;
    if (matches) push(item.position + 1, item.node);
  }
}

std::uint32_t Grammar::Partial::low() const {
  return std::max(value << (6 * missing), least);
}

std::uint32_t Grammar::Partial::high() const {
  constexpr std::uint32_t letter_max = 0x10FFFF;
  return std::min((value + 1) << (6 * missing), letter_max + 1) - 1;
}

// No letter is written with more bytes than it takes, or is half of a pair of UTF-16.
bool Grammar::Partial::is_possible() const {
  constexpr std::uint32_t halves_low = 0xD800;
  constexpr std::uint32_t halves_high = 0xDFFF;
  return low() <= high() && (low() < halves_low || high() > halves_high);
}

bool Grammar::matches_partial(const std::vector<Item>& items, Partial partial) const {
  const std::uint32_t low = partial.low();
  const std::uint32_t high = partial.high();
  return std::any_of(items.begin(), items.end(), [&](const Item& item) {
    const GrammarElement& element = rules_->element(item.position);
    if (element.kind == Kind::letter) return low <= element.value && element.value <= high;
    return element.kind == Kind::letters && rules_->letters(element.value).has_any(low, high);
  });
}

Result<void> Grammar::follow_letters(std::string_view text, Outcome& outcome) {
  outcome = {items_, partial_, false};
  const auto refuse = [&outcome]() -> Result<void> {
    outcome.items.clear();
    outcome.may_end = false;
    return {};
  };
  for (const char byte_of : text) {
    const auto byte = static_cast<unsigned char>(byte_of);
    Partial& partial = outcome.partial;
    if (partial.missing > 0) {
      if ((byte & 0xC0) != 0x80) return refuse();
      partial = {partial.value << 6 | (byte & 0x3FU), partial.missing - 1, partial.least};
    } else if (byte < 0x80) {
      partial = {byte, 0, 0};
    } else {
      const int missing = byte >= 0xF8 ? -1 : byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC2 ? 1 : -1;
      if (missing < 0) return refuse();
      partial = {byte & (0x3FU >> missing), missing, missing == 3 ? 0x10000U : missing == 2 ? 0x800U : 0x80U};
    }
    if (!partial.is_possible()) return refuse();
    if (partial.missing > 0) continue;
    const std::vector<Item> from = std::exchange(outcome.items, {});
    outcome.may_end = false;
    step(from, partial.value);
    if (auto closed = close(outcome.items, outcome.may_end); !closed) return closed;
    if (outcome.items.empty() && !outcome.may_end) return {};
  }
  if (outcome.partial.missing == 0) return {};
  if (!matches_partial(outcome.items, outcome.partial)) return refuse();
  outcome.may_end = false;
  return {};
}

Result<Grammar::Outcome> Grammar::follow(std::string_view text, std::int32_t token) {
  Outcome outcome;
  if (!text.empty()) {
    if (auto followed = follow_letters(text, outcome); !followed) return std::unexpected(followed.error());
  }
  if (!names_tokens_ || token < 0) return outcome;
  // A token that the grammar names counts as a whole.
  begin_step();
  for (const Item& item : items_) {
    const GrammarElement& element = rules_->element(item.position);
    const bool same = element.value == static_cast<std::uint32_t>(token);
    if ((element.kind == Kind::token && same) || (element.kind == Kind::token_not && !same)) {
      push(item.position + 1, item.node);
    }
  }
  if (todo_.empty()) return outcome;
  if (auto closed = close(outcome.items, outcome.may_end); !closed) return std::unexpected(closed.error());
  return outcome;
}

bool Grammar::may_begin(std::string_view text) const {
  if (names_tokens_ || partial_.missing > 0) return true;
  if (text.empty()) return false;
  const auto first = static_cast<unsigned char>(text.front());
  return first < 128 ? first_letters_[first] : first_beyond_ascii_;
}

Result<bool> Grammar::allows(std::int32_t token) {
  if (vocabulary_->ends_answer(token)) return may_end_;
  const std::string_view text = text_of(token);
  if (!may_begin(text)) return false;
  const std::size_t nodes = nodes_.size();
  const std::size_t edges = edges_.size();
  auto outcome = follow(text, token);
  // What was only tried leaves no trace: nodes of earlier letters were not touched.
  nodes_.resize(nodes);
  edges_.resize(edges);
  if (!outcome) return std::unexpected(outcome.error());
  return !outcome->items.empty() || outcome->may_end;
}

Result<bool> Grammar::accept(std::int32_t token) {
  if (vocabulary_->ends_answer(token)) return may_end_;
  auto outcome = follow(text_of(token), token);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->items.empty() && !outcome->may_end) return false;
  adopt(std::move(*outcome));
  return true;
}

Result<bool> Grammar::accept_text(std::string_view text) {
  if (text.empty()) return true;
  auto outcome = follow(text, -1);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->items.empty() && !outcome->may_end) return false;
  adopt(std::move(*outcome));
  return true;
}

void Grammar::adopt(Outcome outcome) {
  items_ = std::move(outcome.items);
  partial_ = outcome.partial.missing > 0 ? outcome.partial : Partial{};
  may_end_ = outcome.may_end;
  names_tokens_ = false;
  first_beyond_ascii_ = false;
  first_letters_.reset();
  for (const Item& item : items_) {
    const GrammarElement& element = rules_->element(item.position);
    if (element.kind == Kind::letter) {
      if (element.value < 128) first_letters_.set(element.value);
      first_beyond_ascii_ = first_beyond_ascii_ || element.value >= 128;
    } else if (element.kind == Kind::letters) {
      const CharClass& letters = rules_->letters(element.value);
      for (std::uint32_t letter = 0; letter < 128; ++letter) {
        if (letters.has(letter)) first_letters_.set(letter);
      }
      first_beyond_ascii_ = first_beyond_ascii_ || letters.has_any(128, 0x10FFFF);
    } else {
      names_tokens_ = true;
    }
  }
  if (nodes_.size() + edges_.size() > compact_at_) compact();
}

// Keeps the nodes that can still be returned to.
void Grammar::compact() {
  std::vector<std::uint32_t> renamed(nodes_.size(), none);
  std::vector<std::uint32_t> order;
  const auto reach = [&](std::uint32_t node) {
    if (node == none || renamed[node] != none) return;
    renamed[node] = 0;
    order.push_back(node);
  };
  for (const Item& item : items_) reach(item.node);
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::uint32_t edge = nodes_[order[i]].edges; edge != none; edge = edges_[edge].next)
      reach(edges_[edge].node);
  }
  std::sort(order.begin(), order.end());
  for (std::uint32_t i = 0; i < order.size(); ++i) renamed[order[i]] = i;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  nodes.reserve(order.size());
  for (const std::uint32_t old : order) {
    nodes.push_back({nodes_[old].rule, none, false});
    for (std::uint32_t edge = nodes_[old].edges; edge != none; edge = edges_[edge].next) {
      const std::uint32_t parent = edges_[edge].node;
      edges.push_back({edges_[edge].position, parent == none ? none : renamed[parent], nodes.back().edges});
      nodes.back().edges = static_cast<std::uint32_t>(edges.size() - 1);
    }
  }
  for (Item& item : items_) item.node = renamed[item.node];
  nodes_ = std::move(nodes);
  edges_ = std::move(edges);
  compact_at_ = std::max<std::size_t>(4096, 2 * (nodes_.size() + edges_.size()));
}

}  // namespace sluice::backends
