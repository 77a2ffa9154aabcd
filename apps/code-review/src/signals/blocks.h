// How the lines of a hunk belong together: runs of changed lines, and the headers that enclose a line.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "signals/code.h"

namespace review::signals {

// How many lines around it a signal looks at: what belongs together is near, and work stays linear in the
// size of a change.
inline constexpr std::size_t window = 200;

// The lines of the hunk within `window` of the line `index`: [first, last).
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
};
[[nodiscard]] Range lines_near(const CodeHunk& hunk, std::size_t index);

// Changed lines without a context line between them: [first, last).
struct Block {
  std::size_t first = 0;
  std::size_t last = 0;
};

[[nodiscard]] std::vector<Block> blocks_of(const CodeHunk& hunk);

// Whether so much of the block is new that no line of it can be said to take another's place. Lines that are
// only indented anew don't count.
[[nodiscard]] bool is_rewrite(const CodeHunk& hunk, const Block& block);

enum class Fate : unsigned char {
  kept,     // what encloses the line stays, perhaps changed
  deleted,  // the line goes away together with what encloses it
};

// What happens to the function, loop or other block that encloses the deleted line `index`, as far as the
// hunk shows.
[[nodiscard]] Fate fate_of_enclosing(const CodeHunk& hunk, std::size_t index, Language language);

// Lines of one side that belong to the block which the line `header` opens: those after it that are indented
// deeper.
[[nodiscard]] std::vector<std::size_t> body_of(const CodeHunk& hunk, std::size_t header, Line::Op side);

// Whether a line with that `op` near `index` has this code, but for white space.
[[nodiscard]] bool has_line(const CodeHunk& hunk, std::size_t index, Line::Op op, std::string_view code);

// Whether the line leaves its function or loop: return, throw, goto, exit() …
[[nodiscard]] bool leaves(std::string_view code);

}  // namespace review::signals
