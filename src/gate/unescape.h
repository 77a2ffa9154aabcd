// Undoing the escapes in which a secret may hide, while knowing where each piece stood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gate {

enum class Escape : std::uint8_t {
  json,     // \n \" \/ \u00e9
  percent,  // %2F
  html,     // &amp; &#38; &#x26;
  lines,    // line breaks, as base64 is wrapped
};

// A text with one kind of escape undone.
class Unescaped {
 public:
  Unescaped(std::string_view text, Escape escape);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Whether anything was undone.
  [[nodiscard]] bool changed() const { return !steps_.empty(); }
  // Where the piece that ends before `offset` of text() ended, and where the one from there on begins, in the
  // original. They differ where line breaks were left out.
  [[nodiscard]] std::size_t original_end(std::size_t offset) const;
  [[nodiscard]] std::size_t original_begin(std::size_t offset) const;

 private:
  // From `at` on in the undone text, offsets in the original are larger by `shift`.
  struct Step {
    std::size_t at;
    std::size_t shift;
  };

  Escape escape_;
  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace sluice::gate
