#include "tokenizer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <queue>
#include <utility>

namespace sluice::backends::llama2c {
namespace {

constexpr std::array<std::string_view, 3> names_of_special{"<unk>", "<s>", "</s>"};
// Scores of this and less join nothing.
constexpr float score_least = -1e10F;

bool is_special(std::int32_t token) {
  return token >= token_unknown && token <= token_end;
}

bool is_byte(std::int32_t token) {
  return token >= token_first_byte && token < token_first_text;
}

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// Bytes of the first character; of what is no UTF-8, some of it.
std::size_t character_size(std::string_view text) {
  constexpr std::size_t bytes_max = 4;
  std::size_t size = 1;
  while (size < std::min(text.size(), bytes_max) && continues_character(text[size])) ++size;
  return size;
}

class Names final : public TokenNames {
 public:
  explicit Names(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  [[nodiscard]] std::optional<std::int32_t> find(std::string_view text) const override {
    if (const auto* const name = std::ranges::find(names_of_special, text); name != names_of_special.end())
      return static_cast<std::int32_t>(name - names_of_special.begin());
    const std::int32_t token = tokenizer_.find(text);
    return token < 0 ? std::nullopt : std::optional(token);
  }
  [[nodiscard]] std::string text(std::int32_t token) const override {
    return tokenizer_.piece(token, Tokenizer::Names::are_tokens);
  }

 private:
  const Tokenizer& tokenizer_;
};

// Tokens in a row, of which neighbours are joined; the best pair is found without looking at all of them.
class Row {
 public:
  explicit Row(const std::vector<std::int32_t>& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) places_.push_back({tokens[i], i - 1, i + 1});
  }

  struct Pair {
    float score;
    std::size_t left;
    std::int32_t first, second, joined;
    // The highest score comes first, and of equals the one that stands first.
    bool operator<(const Pair& other) const {
      return score < other.score || (score == other.score && left > other.left);
    }
  };

  // `joined` makes a pair of two tokens, if they can be joined.
  template <typename Joined>
  void join_all(Joined&& joined) {
    const auto offer = [&](std::size_t left) {
      if (left >= places_.size() || places_[left].next >= places_.size()) return;
      const std::int32_t first = places_[left].token;
      const std::int32_t second = places_[places_[left].next].token;
      if (std::optional<std::pair<std::int32_t, float>> found = joined(first, second))
        pairs_.push({found->second, left, first, second, found->first});
    };
    for (std::size_t left = 0; left < places_.size(); ++left) offer(left);
    while (!pairs_.empty()) {
      const Pair pair = pairs_.top();
      pairs_.pop();
      Place& left = places_[pair.left];
      // One of them was joined with another meanwhile.
      if (left.token != pair.first || left.next >= places_.size() ||
          places_[left.next].token != pair.second) {
        continue;
      }
      Place& right = places_[left.next];
      left.token = pair.joined;
      right.token = gone;
      left.next = right.next;
      if (left.next < places_.size()) places_[left.next].previous = pair.left;
      offer(left.previous);
      offer(pair.left);
    }
  }

  void write(std::vector<std::int32_t>& out) const {
    for (std::size_t i = 0; i < places_.size(); i = places_[i].next) out.push_back(places_[i].token);
  }

 private:
  static constexpr std::int32_t gone = -1;
  struct Place {
    std::int32_t token;
    std::size_t previous, next;  // beyond the end: none
  };
  std::vector<Place> places_;
  std::priority_queue<Pair> pairs_;
};

}  // namespace

Tokenizer::Tokenizer(TokenTable table) : table_(std::move(table)) {
  by_text_.reserve(table_.entries.size());
  for (std::size_t i = token_first_text; i < table_.entries.size(); ++i) {
    const std::string& text = table_.entries[i].text;
    // Of two that are the same, the first.
    if (!text.empty()) by_text_.try_emplace(text, static_cast<std::int32_t>(i));
  }
}

std::int32_t Tokenizer::find(std::string_view text) const {
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? -1 : found->second;
}

void Tokenizer::add_bytes(std::string_view bytes, std::vector<std::int32_t>& out) const {
  for (const char byte : bytes) {
    const std::int32_t token = token_first_byte + static_cast<unsigned char>(byte);
    // A small vocabulary need not have them all.
    out.push_back(static_cast<std::size_t>(token) < size() ? token : token_unknown);
  }
}

void Tokenizer::join(std::vector<std::int32_t>& tokens) const {
  Row row(tokens);
  std::string both;
  row.join_all([&](std::int32_t first, std::int32_t second) -> std::optional<std::pair<std::int32_t, float>> {
    if (first < token_first_text || second < token_first_text) return std::nullopt;
    both = table_.entries[static_cast<std::size_t>(first)].text;
    both += table_.entries[static_cast<std::size_t>(second)].text;
    const std::int32_t token = find(both);
    if (token < 0) return std::nullopt;
    const float score = table_.entries[static_cast<std::size_t>(token)].score;
    return score > score_least ? std::optional(std::pair(token, score)) : std::nullopt;
  });
  tokens.clear();
  row.write(tokens);
}

void Tokenizer::encode_text(std::string_view text, std::vector<std::int32_t>& out) const {
  std::vector<std::int32_t> tokens;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_size(text));
    text.remove_prefix(character.size());
    const std::int32_t token = find(character);
    if (token < 0) {
      add_bytes(character, tokens);
    } else {
      tokens.push_back(token);
    }
  }
  join(tokens);
  out.insert(out.end(), tokens.begin(), tokens.end());
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, Begin begin, Names names) const {
  std::vector<std::int32_t> out;
  if (begin == Begin::with_token) out.push_back(token_begin);
  if (text.empty()) return out;
  std::string with_blank(" ");
  with_blank += text;
  std::string_view left = with_blank;
  while (names == Names::are_tokens) {
    std::size_t at = std::string_view::npos;
    std::size_t which = 0;
    for (std::size_t i = 0; i < names_of_special.size(); ++i) {
      if (const std::size_t found = left.find(names_of_special[i]); found < at) {
        at = found;
        which = i;
      }
    }
    if (at == std::string_view::npos) break;
    // The blank before a text that begins with a name is left out.
    const bool only_blank = at == 1 && left.size() == with_blank.size();
    if (!only_blank) encode_text(left.substr(0, at), out);
    out.push_back(static_cast<std::int32_t>(which));
    left.remove_prefix(at + names_of_special[which].size());
  }
  encode_text(left, out);
  return out;
}

std::string Tokenizer::piece(std::int32_t token, Names names) const {
  if (token < 0 || static_cast<std::size_t>(token) >= size()) return {};
  if (is_special(token)) {
    return names == Names::are_tokens ? std::string(names_of_special[static_cast<std::size_t>(token)])
                                      : std::string();
  }
  if (is_byte(token)) return std::string(1, static_cast<char>(token - token_first_byte));
  return table_.entries[static_cast<std::size_t>(token)].text;
}

// llama2.c's models begin the next text where one ends.
bool ends_answer(std::int32_t token) {
  return token == token_begin || token == token_end;
}

std::unique_ptr<const Vocabulary> vocabulary_of(const Tokenizer& tokenizer) {
  auto all = std::make_unique<Vocabulary>(std::make_unique<Names>(tokenizer));
  for (std::size_t i = 0; i < tokenizer.size(); ++i) {
    const auto token = static_cast<std::int32_t>(i);
    all->add(tokenizer.piece(token, Tokenizer::Names::are_text), ends_answer(token));
  }
  return all;
}

}  // namespace sluice::backends::llama2c
