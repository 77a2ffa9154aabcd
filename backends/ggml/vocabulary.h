// Texts to tokens and back, by llama.cpp.
#pragma once

#include <llama.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/vocabulary.h"

namespace sluice::backends::ggml {

// All tokens, as samplers and grammars want them. The model outlives it.
[[nodiscard]] std::unique_ptr<const Vocabulary> vocabulary_of(const llama_vocab* vocab);

// Tokens of a text, in the words of the header of plug-ins.
[[nodiscard]] std::int64_t tokenize(const llama_vocab* vocab, std::string_view text, bool add_special,
                                    bool parse_special, std::int32_t* tokens, std::size_t capacity);
[[nodiscard]] std::string piece(const llama_vocab* vocab, std::int32_t token, bool special);

}  // namespace sluice::backends::ggml
