// The tokens of a model as bytes, made once for all samplers and grammars.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::backends {

// Tokens that have a name, such as <think>, which grammars and tool calls may ask for. Used by many threads.
class TokenNames {
 public:
  TokenNames() = default;
  TokenNames(const TokenNames&) = delete;
  TokenNames& operator=(const TokenNames&) = delete;
  virtual ~TokenNames() = default;
  // The one token that this text is, names taken for what they name.
  [[nodiscard]] virtual std::optional<std::int32_t> find(std::string_view text) const = 0;
  // A token as text, or by its name.
  [[nodiscard]] virtual std::string text(std::int32_t token) const = 0;
};

class Vocabulary {
 public:
  explicit Vocabulary(std::unique_ptr<const TokenNames> names) : names_(std::move(names)) {}

  // Adds the next token: its bytes as they stand in an answer (none for special ones), and whether it ends
  // one.
  void add(std::string_view bytes, bool ends_answer) {
    text_ += bytes;
    begin_.push_back(text_.size());
    ends_.push_back(ends_answer ? 1 : 0);
  }
  // A token that is never drawn.
  void suppress(std::int32_t token) { suppressed_.push_back(token); }

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::string_view bytes(std::int32_t token) const {
    const auto index = static_cast<std::size_t>(token);
    return std::string_view(text_).substr(begin_[index], begin_[index + 1] - begin_[index]);
  }
  [[nodiscard]] bool ends_answer(std::int32_t token) const {
    return ends_[static_cast<std::size_t>(token)] != 0;
  }
  [[nodiscard]] const std::vector<std::int32_t>& suppressed() const { return suppressed_; }
  [[nodiscard]] const TokenNames& names() const { return *names_; }

 private:
  std::unique_ptr<const TokenNames> names_;
  std::string text_;
  std::vector<std::size_t> begin_{0};
  std::vector<std::uint8_t> ends_;
  std::vector<std::int32_t> suppressed_;
};

}  // namespace sluice::backends
