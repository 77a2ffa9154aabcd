// The review function: from an event to its result. Everything outside comes in as interfaces.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "model/model.h"
#include "pulls.h"
#include "settings.h"

namespace review {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since any fixed time.
  virtual std::uint64_t now_ms() = 0;
};

// For the operator: one line for each review.
class Log {
 public:
  virtual ~Log() = default;
  virtual void info(std::string_view message) = 0;
  // How far a long review is; not worth keeping.
  virtual void progress(std::string_view message) = 0;
};

struct Outside {
  Pulls& pulls;
  Clock& clock;
  Log& log;
  std::span<const SettingPair> settings;
  Model* model = nullptr;  // absent: signals alone
};

struct Failure {
  enum class Kind : std::uint8_t {
    retry,   // trying again later may help
    reject,  // it will not
  };
  Kind kind = Kind::reject;
  std::string text;
};

// The result is JSON. For `sluice.review.requested`: {"review": …, "text": the report as asked}. For GitHub's
// events:
// {"status": "reviewed", "posted": …, "review": …} or {"status": "ignored" | "already-reviewed", "why": …}.
[[nodiscard]] std::expected<std::string, Failure> handle(std::string_view event_type,
                                                         std::string_view event_data, const Outside& outside);

}  // namespace review
