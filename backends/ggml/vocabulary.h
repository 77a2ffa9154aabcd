// The tokens of a model as bytes, made once for all samplers and grammars.
#pragma once

#include <llama.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ggml {

class Vocabulary {
 public:
  explicit Vocabulary(const llama_vocab* vocab);

  [[nodiscard]] std::size_t size() const { return end_.size(); }
  // As it stands in an answer; empty for special tokens that have no text.
  [[nodiscard]] std::string_view bytes(std::int32_t token) const {
    const auto index = static_cast<std::size_t>(token);
    return std::string_view(text_).substr(begin_[index], begin_[index + 1] - begin_[index]);
  }
  [[nodiscard]] bool ends_answer(std::int32_t token) const {
    return end_[static_cast<std::size_t>(token)] != 0;
  }
  [[nodiscard]] const llama_vocab* inner() const { return vocab_; }

 private:
  const llama_vocab* vocab_;
  std::string text_;
  std::vector<std::uint32_t> begin_;
  std::vector<std::uint8_t> end_;
};

// Tokens of a text, in the words of the header of plug-ins.
[[nodiscard]] std::int64_t tokenize(const llama_vocab* vocab, std::string_view text, bool add_special,
                                    bool parse_special, std::int32_t* tokens, std::size_t capacity);
[[nodiscard]] std::string piece(const llama_vocab* vocab, std::int32_t token, bool special);

}  // namespace sluice::ggml
