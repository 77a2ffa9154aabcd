// Counting a language model's tokens where they pass the gate. Which interface it is does not matter: what
// counts is found in the types of its functions by the names of wit/llm.wit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/type.h"
#include "base/value.h"

namespace sluice::gate {

struct TokenUse {
  std::uint64_t prompt = 0;  // those of a cache included
  std::uint64_t completion = 0;
  std::uint64_t cached = 0;
  std::optional<std::uint64_t> cost_micros;  // millionths of a US dollar, where the provider tells

  [[nodiscard]] std::uint64_t total() const { return prompt + completion; }
  TokenUse& operator+=(const TokenUse& more);
};

// For one function of an interface. A record that has `prompt-tokens` or `completion-tokens` in a result
// tells of use; one that has `max-tokens` in a parameter takes a cap. Immutable; cheap where the function has
// neither.
class TokenMeter {
 public:
  explicit TokenMeter(const FunctionType& function);

  // Whether its results tell of tokens.
  [[nodiscard]] bool counts() const { return result_ != nullptr; }
  // What a result tells, all records in it together. The value has the function's type.
  [[nodiscard]] TokenUse read(const Value& result) const;
  // About how many tokens the texts of a call will be, a token for each `bytes_per_token`. Of options, only
  // tools are shown to a model.
  static constexpr std::uint64_t bytes_per_token = 4;
  [[nodiscard]] static std::uint64_t estimate(const std::vector<Value>& arguments);
  // Lowers `max-tokens` so that what one call asks for, all its requests together, is at most `left`: each
  // request gets an equal share, at least one.
  void cap(std::vector<Value>& arguments, std::uint64_t left) const;

 private:
  // The way through a type to its records; null where none of them is below.
  struct Node;
  enum class Wanted : std::uint8_t { usage, cap };
  static std::shared_ptr<const Node> plan(const Type& type, Wanted wanted);
  static void add_use(const Node& node, const Value& value, TokenUse& use);
  static std::size_t count(const Node& node, const Value& value);
  static void lower(const Node& node, Value& value, std::uint64_t most);

  std::shared_ptr<const Node> result_;
  std::vector<std::shared_ptr<const Node>> parameters_;
};

}  // namespace sluice::gate
