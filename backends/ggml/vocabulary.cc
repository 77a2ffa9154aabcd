#include "vocabulary.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

namespace sluice::backends::ggml {
namespace {

class Names final : public TokenNames {
 public:
  explicit Names(const llama_vocab* vocab) : vocab_(vocab) {}
  [[nodiscard]] std::optional<std::int32_t> find(std::string_view text) const override {
    std::int32_t tokens[2];
    if (tokenize(vocab_, text, /*add_special=*/false, /*parse_special=*/true, tokens, 2) != 1)
      return std::nullopt;
    return tokens[0];
  }
  [[nodiscard]] std::string text(std::int32_t token) const override {
    return piece(vocab_, token, /*special=*/true);
  }

 private:
  const llama_vocab* vocab_;
};

}  // namespace

std::string piece(const llama_vocab* vocab, std::int32_t token, bool special) {
  if (token < 0 || token >= llama_vocab_n_tokens(vocab)) return {};
  std::string bytes(32, '\0');
  std::int32_t size =
      llama_token_to_piece(vocab, token, bytes.data(), static_cast<std::int32_t>(bytes.size()), 0, special);
  if (size < 0) {
    bytes.resize(static_cast<std::size_t>(-size));
    size = llama_token_to_piece(vocab, token, bytes.data(), -size, 0, special);
  }
  bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
  return bytes;
}

std::int64_t tokenize(const llama_vocab* vocab, std::string_view text, bool add_special, bool parse_special,
                      std::int32_t* tokens, std::size_t capacity) {
  constexpr auto int_max = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  if (text.size() >= int_max) return -1;
  const auto bytes = static_cast<std::int32_t>(text.size());
  const auto room = static_cast<std::int32_t>(std::min(capacity, int_max));
  const std::int32_t count =
      llama_tokenize(vocab, text.data(), bytes, tokens, room, add_special, parse_special);
  if (count >= 0) return count;
  if (count == std::numeric_limits<std::int32_t>::min()) return -1;
  if (room > 0) {
    // Nothing was written yet: hand over the first ones.
    std::vector<std::int32_t> all(static_cast<std::size_t>(-count));
    llama_tokenize(vocab, text.data(), bytes, all.data(), -count, add_special, parse_special);
    std::copy_n(all.begin(), room, tokens);
  }
  return -static_cast<std::int64_t>(count);
}

std::unique_ptr<const Vocabulary> vocabulary_of(const llama_vocab* vocab) {
  auto all = std::make_unique<Vocabulary>(std::make_unique<Names>(vocab));
  const std::int32_t count = llama_vocab_n_tokens(vocab);
  for (std::int32_t token = 0; token < count; ++token) {
    all->add(piece(vocab, token, /*special=*/false), llama_vocab_is_eog(vocab, token));
  }
  std::int32_t suppressed = 0;
  const llama_token* first = llama_vocab_get_suppress_tokens(vocab, &suppressed);
  for (std::int32_t i = 0; i < suppressed; ++i) all->suppress(first[i]);
  return all;
}

}  // namespace sluice::backends::ggml
