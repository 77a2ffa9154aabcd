// Texts to tokens and back, as llama2.c does it: the characters of a text, of which the two neighbours that
// make the token with the highest score are joined, as long as any do.
//
// Unlike llama2.c, a text never becomes the tokens that begin and end texts, or those of single bytes, by
// spelling out their names; and a blank at the beginning of a piece stays, since a piece does not know
// whether it comes first. The blank that is put before every text is the first piece's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/vocabulary.h"
#include "token_table.h"

namespace sluice::backends::llama2c {

class Tokenizer {
 public:
  enum class Begin : std::uint8_t { with_token, plain };
  // Whether <s>, </s> and <unk> in the text are the tokens of that name.
  enum class Names : std::uint8_t { are_tokens, are_text };

  explicit Tokenizer(TokenTable table);
  // Not copied: texts are found by where they lie.
  Tokenizer(Tokenizer&&) = default;
  Tokenizer& operator=(Tokenizer&&) = default;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  ~Tokenizer() = default;

  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text, Begin begin, Names names) const;
  // Empty for special tokens, or their names.
  [[nodiscard]] std::string piece(std::int32_t token, Names names) const;
  // The token of just this text; -1: none.
  [[nodiscard]] std::int32_t find(std::string_view text) const;
  [[nodiscard]] std::size_t size() const { return table_.entries.size(); }

 private:
  void encode_text(std::string_view text, std::vector<std::int32_t>& out) const;
  void join(std::vector<std::int32_t>& tokens) const;
  void add_bytes(std::string_view bytes, std::vector<std::int32_t>& out) const;

  TokenTable table_;
  std::unordered_map<std::string_view, std::int32_t> by_text_;  // into table_
};

[[nodiscard]] bool ends_answer(std::int32_t token);

// As samplers and grammars want the tokens. The tokenizer outlives it.
[[nodiscard]] std::unique_ptr<const Vocabulary> vocabulary_of(const Tokenizer& tokenizer);

}  // namespace sluice::backends::llama2c
