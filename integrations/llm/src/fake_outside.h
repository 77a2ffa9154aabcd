// A world for tests: answers from a script, a clock that only moves when somebody sleeps, and a record of
// everything.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "outside.h"

namespace llm {

inline HttpAnswer answer_of(std::uint16_t status, std::string body,
                            std::vector<std::pair<std::string, std::string>> headers = {}) {
  return HttpAnswer{status, std::move(headers), std::move(body)};
}

inline HttpOutcome failed(HttpFailure::Kind kind, std::string text = "broken") {
  return std::unexpected(HttpFailure{kind, std::move(text)});
}

class FakeOutside final : public Outside {
 public:
  std::vector<HttpOutcome> send(const std::vector<HttpRequest>& sent) override {
    rounds.push_back(sent.size());
    std::vector<HttpOutcome> outcomes;
    for (const HttpRequest& request : sent) {
      requests.push_back(request);
      if (answer) {
        outcomes.push_back(answer(request));
      } else if (replies.empty()) {
        outcomes.push_back(failed(HttpFailure::Kind::refused, "the test has no more replies"));
      } else {
        outcomes.push_back(std::move(replies.front()));
        replies.erase(replies.begin());
      }
    }
    return outcomes;
  }
  void sleep(std::uint32_t ms) override {
    sleeps_ms.push_back(ms);
    clock_ms += ms;
  }
  std::uint64_t now() override { return clock_ms / 1000; }
  std::optional<std::string> setting(std::string_view name) override {
    const auto found = settings.find(name);
    return found == settings.end() ? std::nullopt : std::optional(found->second);
  }
  void log(LogLevel, std::string_view message) override { logged.emplace_back(message); }

  std::vector<HttpOutcome> replies;  // taken from the front, unless `answer` is set
  std::function<HttpOutcome(const HttpRequest&)> answer;
  std::map<std::string, std::string, std::less<>> settings;
  std::uint64_t clock_ms = 1'800'000'000'000;
  std::vector<HttpRequest> requests;
  std::vector<std::size_t> rounds;
  std::vector<std::uint32_t> sleeps_ms;
  std::vector<std::string> logged;
};

}  // namespace llm
