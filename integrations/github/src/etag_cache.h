// Answers kept for conditional requests: GitHub does not count a 304 against the rate limit.
//
// Bounded: a fixed number of slots, each for one URL at a time, and only answers of moderate size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "outside.h"

namespace github {

inline constexpr unsigned etag_slots = 128;
inline constexpr std::size_t etag_answer_bytes_max = 48 * 1024;

// Whether there is a next page.
enum class Next : std::uint8_t { none, some, unsaid };

struct CachedAnswer {
  std::string etag;
  Next next = Next::unsaid;
  std::string body;
};

[[nodiscard]] std::optional<CachedAnswer> recall_answer(Outside& outside, const std::string& url);
void remember_answer(Outside& outside, const std::string& url, const CachedAnswer& answer);

}  // namespace github
