// What the fake model says next, as a function of all that was said: tests compute it too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::nn::testing {

inline constexpr std::int32_t end_token = 256;
inline constexpr std::int32_t begin_token = 257;
inline constexpr std::int32_t vocabulary = 258;      // the rest are bytes
inline constexpr std::int32_t picture_token = 1000;  // and beyond: what is on a picture

// What stands in the places of a picture: "PICTURE 3 words" has three, and the words are what is on it.
// Nothing: it is none.
inline std::vector<std::int32_t> picture_tokens(std::string_view file) {
  constexpr std::string_view magic = "PICTURE ";
  std::size_t count = 0;
  if (!file.starts_with(magic)) return {};
  for (const char digit : file.substr(magic.size())) {
    if (digit < '0' || digit > '9') break;
    count = count * 10 + static_cast<std::size_t>(digit - '0');
  }
  std::vector<std::int32_t> tokens;
  std::int32_t seen = 0;
  for (const char c : file) seen = (seen * 31 + static_cast<unsigned char>(c)) % 100'000;
  for (std::size_t i = 0; i < count; ++i)
    tokens.push_back(picture_token + seen + static_cast<std::int32_t>(i));
  return tokens;
}

// Texts in a prompt that command: `say:TEXT;` is answered with TEXT. `!abort`, `!hang`, `!broken`, `!hungry`
// and `!slow` are what happens when they are computed; after `!wobbly`, the answer depends on what
// else was computed, as it may with a real library. All else is answered with letters, about 40 of them.
inline std::int32_t next_token(std::span<const std::int32_t> history) {
  std::string text;
  for (const std::int32_t token : history) {
    if (token < 256) text += static_cast<char>(token);
  }
  if (const std::size_t say = text.rfind("say:"); say != std::string::npos) {
    const std::size_t begin = say + 4;
    const std::size_t end = text.find(';', begin);
    if (end != std::string::npos) {
      const std::size_t answered = text.size() - end - 1;
      return answered < end - begin ? static_cast<unsigned char>(text[begin + answered]) : end_token;
    }
  }
  std::uint64_t hash = 1469598103934665603ULL;
  for (const std::int32_t token : history)
    hash = (hash ^ static_cast<std::uint64_t>(token)) * 1099511628211ULL;
  hash ^= hash >> 29U;
  return hash % 40 == 0 ? end_token : static_cast<std::int32_t>('a' + hash % 26);
}

// The answer to what was said, at temperature 0.
inline std::string answer_to(std::vector<std::int32_t> history, std::size_t tokens_max) {
  std::string answer;
  while (answer.size() < tokens_max) {
    const std::int32_t token = next_token(history);
    if (token == end_token) break;
    answer += static_cast<char>(token);
    history.push_back(token);
  }
  return answer;
}

inline std::vector<std::int32_t> prompt_tokens(std::string_view prompt) {
  std::vector<std::int32_t> tokens{begin_token};
  for (const char c : prompt) tokens.push_back(static_cast<unsigned char>(c));
  return tokens;
}

inline std::string answer_to(std::string_view prompt, std::size_t tokens_max) {
  return answer_to(prompt_tokens(prompt), tokens_max);
}

}  // namespace sluice::nn::testing
