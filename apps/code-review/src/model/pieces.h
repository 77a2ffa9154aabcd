// The parts of a change that a model is shown: hunks, and where a hunk is too large, runs of its lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "anchor.h"
#include "diff.h"
#include "model/model.h"

namespace review {

struct Piece {
  std::uint32_t file = 0;  // in the change
  std::uint32_t hunk = 0;
  std::uint32_t first = 0;  // lines of the hunk, from `first` to before `end`
  std::uint32_t end = 0;
  std::uint32_t tokens = 0;  // of its text and its file's heading
};

// What one call is about: pieces in the order of the change, those of a file together.
struct Batch {
  std::vector<Piece> pieces;
};

// The lines of the piece as in a diff, and hints on them.
[[nodiscard]] std::string text_of(const Change& change, const Piece& piece, std::span<const Claim> hints);
// All pieces, with a heading for each file.
[[nodiscard]] std::string text_of(const Change& change, const Batch& batch, std::span<const Claim> hints);

// Whether no line is added: such a piece seldom hides a bug, and goes last.
[[nodiscard]] bool only_deletes(const Change& change, const Piece& piece);

// Counts in calls of bounded size.
[[nodiscard]] ModelResult<std::vector<std::uint32_t>> count_all(Model& model,
                                                                std::span<const std::string> texts);

// Both halves of what was too long; nothing where it is one line.
[[nodiscard]] std::vector<Batch> halves(const Batch& batch);

}  // namespace review
