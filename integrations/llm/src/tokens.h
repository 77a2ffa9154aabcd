// How many tokens a text is, without the model's tokenizer.
#pragma once

#include <cstdint>
#include <string_view>

namespace llm {

// An estimate, rather too much than too little. Byte-pair encodings cut texts at blanks, digits, punctuation
// and changes of case first, and know the common pieces between; so each piece counts, and long ones by their
// length. Prose comes out at about one and a half times what the large models count, source code somewhat
// nearer.
[[nodiscard]] std::uint32_t estimate_tokens(std::string_view text);

}  // namespace llm
