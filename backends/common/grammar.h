// Whether an answer so far keeps to a grammar, token by token.
//
// The state is the set of all places in the grammar where the answer may be, as a graph-structured stack
// (Tomita, also Scott and Johnstone): calls of a rule at the same letter share one node, so that the work for
// a letter is bounded by the grammar's size times the nodes alive, however ambiguous the grammar is. A call
// at the end of a rule hands on its caller's returns, so that lists of any length need no stack. Left
// recursion needs nothing special.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/grammar_rules.h"
#include "common/met_set.h"
#include "common/result.h"
#include "common/vocabulary.h"

namespace sluice::backends {

class Grammar {
 public:
  // `preserved`: special tokens that the answer may have as text. The vocabulary outlives this.
  Grammar(std::shared_ptr<const GrammarRules> rules, const Vocabulary* vocabulary,
          std::vector<std::int32_t> preserved);

  // Before each draw: a draw may do so much work and no more, whatever the grammar and the answer so far.
  void begin_draw() { work_ = 0; }
  // INVALID: the grammar is so ambiguous that it cannot be followed any more.
  [[nodiscard]] Result<bool> allows(std::int32_t token);
  [[nodiscard]] Result<bool> accept(std::int32_t token);
  // Bytes without regard to tokens.
  [[nodiscard]] Result<bool> accept_text(std::string_view text);
  [[nodiscard]] bool may_end() const { return may_end_; }

 private:
  struct Node {
    std::uint32_t rule;
    std::uint32_t edges;  // the first, or none
    bool completed;       // within the letter at which it was made
  };
  // Where a call returns to.
  struct Edge {
    std::uint32_t position;
    std::uint32_t node;
    std::uint32_t next;
  };
  // A place in the grammar, within a call.
  struct Item {
    std::uint32_t position;
    std::uint32_t node;
    bool operator==(const Item&) const = default;
    [[nodiscard]] std::size_t hash() const { return position * 0x9E3779B1U ^ node * 0x85EBCA6BU; }
  };
  struct KnownEdge {
    std::uint32_t node;
    Item back;
    bool operator==(const KnownEdge&) const = default;
    [[nodiscard]] std::size_t hash() const { return back.hash() ^ node * 0xC2B2AE35U; }
  };
  struct Called {
    std::uint32_t letter;
    std::uint32_t node;
  };
  struct Partial {
    std::uint32_t value = 0;
    int missing = 0;          // bytes
    std::uint32_t least = 0;  // what takes less is written with fewer bytes
    // The letters that it may become.
    [[nodiscard]] std::uint32_t low() const;
    [[nodiscard]] std::uint32_t high() const;
    [[nodiscard]] bool is_possible() const;
  };
  struct Outcome {
    std::vector<Item> items;
    Partial partial;
    bool may_end = false;
  };

  [[nodiscard]] std::string_view text_of(std::int32_t token) const;
  [[nodiscard]] bool may_begin(std::string_view text) const;
  // Follows letters, then tokens that the grammar names. Empty: not allowed.
  Result<Outcome> follow(std::string_view text, std::int32_t token);
  Result<void> follow_letters(std::string_view text, Outcome& outcome);
  void step(const std::vector<Item>& from, std::uint32_t letter);
  void begin_step();
  Result<void> close(std::vector<Item>& out, bool& may_end);
  void close_item(Item item, std::vector<Item>& out, bool& may_end);
  void call(Item item);
  [[nodiscard]] bool hands_on(std::uint32_t node) const;
  void add_edge(std::uint32_t node, std::uint32_t position, std::uint32_t parent);
  void push(std::uint32_t position, std::uint32_t node);
  [[nodiscard]] bool matches_partial(const std::vector<Item>& items, Partial partial) const;
  void adopt(Outcome outcome);
  void compact();

  std::shared_ptr<const GrammarRules> rules_;
  const Vocabulary* vocabulary_;
  std::vector<std::pair<std::int32_t, std::string>> preserved_;

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<Item> items_;
  Partial partial_;
  bool may_end_ = false;
  bool names_tokens_ = false;       // some place of `items_` waits for a token
  std::bitset<128> first_letters_;  // that may come next
  bool first_beyond_ascii_ = false;
  std::size_t compact_at_ = 4096;

  // Of the letter that is being followed. Nodes from `step_nodes_` on were made for it.
  std::uint32_t step_nodes_ = 0;
  // By rule: its node, if it was called at this letter.
  std::vector<Called> called_;
  std::vector<Item> todo_;
  MetSet<Item> met_;
  MetSet<KnownEdge> known_edges_;
  std::uint32_t letter_ = 0;  // numbers the letters followed; marks what is of this one
  std::size_t work_ = 0;      // of this draw
};

}  // namespace sluice::backends
