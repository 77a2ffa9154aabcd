// Which parts of a change go into which call, and in which order.
//
// All of it goes into one call if it fits. Otherwise small files go together and large ones in parts that end
// with hunks (a hunk that is too large: with lines); files of the main language come first, of those the ones
// that change most; hunks that only delete come last, and deleted files are named, not shown. Calls that a
// cap prevents are then the least important ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/pieces.h"

namespace review {

// A hunk that no call shows.
struct Unshown {
  enum class Why : std::uint8_t { deleted_file, line_too_long };
  std::uint32_t file = 0;
  std::uint32_t hunk = 0;
  Why why = Why::deleted_file;
};

struct Packing {
  std::vector<Batch> batches;  // the most important first
  std::vector<Unshown> unshown;
};

struct PackingOptions {
  std::uint32_t room_tokens = 0;  // for the pieces of one call
  std::span<const Claim> hints;
  std::span<const std::uint32_t> first_files;  // come before all others, in this order
};

[[nodiscard]] ModelResult<Packing> pack(const Change& change, Model& model, const PackingOptions& options);

}  // namespace review
