// A world for tests: answers from a script, a clock that only moves when somebody sleeps, and a record of
// everything.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "outside.h"

namespace github {

using Reply = std::expected<HttpAnswer, HttpFailure>;

inline HttpAnswer json_answer(std::uint16_t status, std::string body,
                              std::vector<std::pair<std::string, std::string>> headers = {}) {
  headers.emplace_back("content-type", "application/json; charset=utf-8");
  return HttpAnswer{status, std::move(headers), std::move(body)};
}

inline Reply failed(HttpFailure::Kind kind, std::string text = "broken") {
  return std::unexpected(HttpFailure{kind, std::move(text)});
}

class FakeOutside final : public Outside {
 public:
  Reply send(const HttpRequest& request) override {
    requests.push_back(request);
    if (answer) return answer(request);
    if (replies.empty()) return failed(HttpFailure::Kind::refused, "the test has no more replies");
    Reply next = std::move(replies.front());
    replies.erase(replies.begin());
    return next;
  }
  void sleep(std::uint32_t ms) override {
    sleeps_ms.push_back(ms);
    clock_ms += ms;
  }
  std::uint64_t now() override { return clock_ms / 1000; }
  std::optional<std::string> setting(std::string_view name) override { return find(settings, name); }
  std::optional<std::string> recall(std::string_view key) override { return find(kept, key); }
  void remember(std::string_view key, std::string_view value) override { kept[std::string(key)] = value; }
  void log(LogLevel, std::string_view message) override { logged.emplace_back(message); }

  std::vector<Reply> replies;  // taken from the front, unless `answer` is set
  std::function<Reply(const HttpRequest&)> answer;
  std::map<std::string, std::string, std::less<>> settings;
  std::map<std::string, std::string, std::less<>> kept;
  std::uint64_t clock_ms = 1'800'000'000'000;
  std::vector<HttpRequest> requests;
  std::vector<std::uint32_t> sleeps_ms;
  std::vector<std::string> logged;

 private:
  using Texts = std::map<std::string, std::string, std::less<>>;
  static std::optional<std::string> find(const Texts& texts, std::string_view key) {
    const auto found = texts.find(key);
    return found == texts.end() ? std::nullopt : std::optional(found->second);
  }
};

}  // namespace github
