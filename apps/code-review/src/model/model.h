// A language model as the core sees it: as much of `sluice:llm/chat` as a review needs, and an interface that
// the guest answers over its bindings and tests with a fake. Whatever a model says is data: it is checked
// before use.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace review {

struct ModelError {
  enum class Kind : std::uint8_t { unavailable, rate_limited, context_too_long, invalid, refused, timeout };
  Kind kind = Kind::unavailable;
  std::string text;           // from outside: a provider may have written it
  std::uint32_t seconds = 0;  // of rate_limited
};

template <class T>
using ModelResult = std::expected<T, ModelError>;

struct ModelInfo {
  std::string name;
  std::uint32_t context_tokens = 0;  // prompt and answer together; 0: not known
  bool local = false;                // runs on this machine
};

struct ModelRequest {
  std::string system;
  std::string user;
  std::string schema;  // of the JSON that is wanted
  std::uint32_t answer_tokens_max = 0;
};

struct ModelAnswer {
  enum class End : std::uint8_t { stop, cut, filtered };
  std::string text;
  End end = End::stop;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t answer_tokens = 0;
  std::uint32_t cached_tokens = 0;           // of the prompt, not computed again
  std::optional<std::uint64_t> cost_micros;  // in millionths of a US dollar
};

class Model {
 public:
  virtual ~Model() = default;

  // Nothing: the app is linked to no model, and none is wanted.
  virtual ModelResult<std::optional<ModelInfo>> describe() = 0;
  // How many tokens each text is; rather too many than too few.
  virtual ModelResult<std::vector<std::uint32_t>> count_tokens(std::span<const std::string> texts) = 0;
  // Answers side by side, in the order of the requests. Each fails alone; the outer error is of them all.
  virtual ModelResult<std::vector<ModelResult<ModelAnswer>>> complete_all(
      std::span<const ModelRequest> requests) = 0;
};

}  // namespace review
