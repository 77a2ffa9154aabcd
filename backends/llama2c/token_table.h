// The file tokenizer.bin of llama2.c (tokenizer.py): texts of tokens and how gladly they are made.
//
// Little-endian: int32, the longest token's bytes; then for each token float32 score, int32 bytes, and these.
// How many tokens there are is not said. 0 is for what is unknown, 1 begins a text, 2 ends it, 3 … 258 are
// the bytes 0 … 255, "<0x00>" …; blanks are blanks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace sluice::backends::llama2c {

inline constexpr std::int32_t token_unknown = 0;
inline constexpr std::int32_t token_begin = 1;
inline constexpr std::int32_t token_end = 2;
inline constexpr std::int32_t token_first_byte = 3;
inline constexpr std::int32_t token_first_text = 259;

struct TokenTable {
  struct Entry {
    std::string text;
    float score = 0;
  };
  std::vector<Entry> entries;

  // CORRUPT, BROKEN, NOT_FOUND. `expected`: the model's vocabulary.
  static Result<TokenTable> open(const std::string& path, std::uint32_t expected);
};

// Where the tokenizer of a checkpoint lies: beside it, as NAME.tokenizer.bin for NAME.bin, or as
// tokenizer.bin. Where `checkpoint` is a link, also beside what it leads to. NOT_FOUND says where it was
// looked for.
[[nodiscard]] Result<std::string> find_tokenizer(const std::string& checkpoint);

}  // namespace sluice::backends::llama2c
