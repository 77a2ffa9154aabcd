// One conversation with GitHub's REST API: sends requests as GitHub wants them, waits where it says so, tries
// reads again after trouble, and keeps answers for conditional requests. Lives for one call of the
// integration.
//
// Facts: https://docs.github.com/rest (best practices, rate limits, pagination), API version 2022-11-28.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "etag_cache.h"
#include "outside.h"
#include "problem.h"
#include "settings.h"

namespace github {

// What a body may hold; GitHub refuses more with 422.
inline constexpr std::size_t body_characters_max = 65536;

class Client {
 public:
  Client(Outside& outside, Settings settings) : outside_(outside), settings_(std::move(settings)) {}

  struct Answer {
    std::string body;
    Next next = Next::unsaid;
  };

  // `path` begins with a slash and follows the base URL, query included. A read.
  [[nodiscard]] Outcome<Answer> get(const std::string& path);
  // A write: never sent again unless GitHub surely did not carry it out. `method` is POST or PATCH.
  [[nodiscard]] Outcome<std::string> write(std::string_view method, const std::string& path,
                                           std::string body);

  [[nodiscard]] Outside& outside() { return outside_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  enum class Repeat : std::uint8_t { safe, unsafe };

  [[nodiscard]] Outcome<HttpAnswer> perform(const HttpRequest& request, Repeat repeat);
  [[nodiscard]] Outcome<HttpAnswer> judge(const std::string& what, HttpAnswer answer) const;
  // Waits if that still fits into the time of this call.
  [[nodiscard]] bool wait(std::uint64_t ms);
  [[nodiscard]] bool wait_before_retry(std::uint32_t tries, const std::string& what, const std::string& why);

  Outside& outside_;
  Settings settings_;
  std::uint64_t waited_ms_ = 0;
};

}  // namespace github
