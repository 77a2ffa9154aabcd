// The sequences of a context: which are in use, and which are kept because a later prompt may begin like
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "nn/plugin.h"

namespace sluice::nn {

// How many tokens both begin with.
[[nodiscard]] std::size_t common_prefix(std::span<const std::int32_t> a, std::span<const std::int32_t> b);

class Sequences {
 public:
  // Whether those are computed faster together whose ids follow each other.
  enum class Neighbours : std::uint8_t { do_not_matter, matter };
  // Ids are 0 … count-1. `context` outlives it.
  Sequences(const sluice_nn_llm& llm, sluice_nn_context* context, std::int32_t count, Neighbours neighbours);

  struct Place {
    std::int32_t sequence = 0;
    std::size_t computed = 0;  // tokens that are there already
    std::size_t steady = 0;    // the first of those that were computed as if alone
  };
  // The first `length` tokens of a sequence in use.
  struct Source {
    std::int32_t sequence = -1;
    std::size_t length = 0;
    std::size_t steady = 0;
  };
  // Which beginnings will do: all, or only what was computed as if alone.
  enum class Wanted : std::uint8_t { any, steady };
  // The longest of the kept beginnings of `tokens`.
  [[nodiscard]] std::size_t ready(std::span<const std::int32_t> tokens, Wanted wanted) const;
  // A sequence that has as much of `tokens` as is kept or `source` has. One id at least must not be in use.
  // Where neighbours matter it stands beside others in use.
  [[nodiscard]] Place take(std::span<const std::int32_t> tokens, Source source, Wanted wanted);
  // Gives a sequence back, which has these tokens, to be kept until its place is needed.
  void keep(std::int32_t sequence, std::vector<std::int32_t> tokens, std::size_t steady);
  // Gives a sequence back and forgets what it has.
  void drop(std::int32_t sequence);
  // Forgets what a sequence in use has beyond `length` tokens. How many are left: `length`, or none.
  [[nodiscard]] std::size_t cut(std::int32_t sequence, std::size_t length);
  struct Move {
    std::int32_t from = 0;
    std::int32_t to = 0;
  };
  // One in use that had better move, because it stands apart from most. Nothing: all stand together, or it
  // does not matter.
  [[nodiscard]] std::optional<Move> apart() const;
  // Moves one in use, which has `length` tokens. False: this model can't; nothing has changed, and nothing
  // matters from now on.
  bool move(Move move, std::size_t length);
  // Forgets the kept sequence that was used least recently. False: none is kept.
  bool evict();
  // The tokens of a sequence that is not in use. Nothing: it is in use, or there is none of this id.
  [[nodiscard]] std::optional<std::size_t> idle_length(std::int32_t id) const;
  // An id that is neither in use nor kept.
  [[nodiscard]] bool has_free() const { return !free_.empty(); }
  // Something was forgotten since there was nothing at all: new tokens may lie before older ones of their
  // sequence.
  [[nodiscard]] bool has_gaps() const { return has_gaps_; }
  // Forgets all that is kept. No sequence may be in use.
  void forget_kept();

 private:
  struct Kept {
    std::int32_t sequence = 0;
    std::vector<std::int32_t> tokens;
    std::size_t steady = 0;
    // How much of it `tokens` can begin with.
    [[nodiscard]] std::size_t usable(std::span<const std::int32_t> wanted_tokens, Wanted wanted) const;
  };
  using KeptList = std::list<Kept>;  // the least recently used first
  [[nodiscard]] std::int32_t choose() const;
  [[nodiscard]] bool is_used(std::int32_t id) const;
  [[nodiscard]] std::int32_t neighbours_of(std::int32_t id) const;
  void claim(std::int32_t id);
  bool rescue(KeptList::iterator kept);
  void clear(std::int32_t sequence);
  bool copy(std::int32_t source, std::int32_t target, std::size_t length);

  const sluice_nn_llm& llm_;
  sluice_nn_context* context_;
  std::int32_t count_;
  Neighbours neighbours_;
  std::vector<std::int32_t> free_;
  bool has_gaps_ = false;
  KeptList kept_;
};

}  // namespace sluice::nn
