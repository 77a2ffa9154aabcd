// Sends requests side by side, waits where a server says so, tries again what failed, and nothing else.
//
// What is sent again: requests that were refused for their rate or with a 5xx, which the server did not
// answer, as often as the settings say; a request whose connection broke, or whose answer was cut, once,
// because it may have been carried out and costs money. All waiting of one call together stays within
// `max-wait-seconds`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api.h"
#include "outside.h"
#include "problem.h"

namespace llm {

// One request until it is answered. The functions are called once for each try.
struct Job {
  std::function<Outcome<HttpRequest>()> write;
  std::function<std::optional<Trouble>(const HttpAnswer&)> read;  // of a 200; keeps what it reads
};

// For each job: nothing where it was answered, else why not.
[[nodiscard]] std::vector<std::optional<Problem>> run_jobs(Outside& outside, Api& api,
                                                           const std::vector<Job>& jobs);

// Answers in the order of the requests. Usage is estimated where the server told none; costs are added.
[[nodiscard]] std::vector<Outcome<Completion>> complete_all(Outside& outside, Api& api,
                                                            const std::vector<Request>& requests);

// The status of an answer that is neither success nor the API's own error: redirects, pages, unknown numbers.
// `message`: what the answer says, may be empty.
[[nodiscard]] Trouble judge_status(const HttpAnswer& answer, std::uint64_t now, const std::string& message,
                                   const Settings& settings);

// How an answer that is not the API's looks, for messages: `a page (HTML)`, `no JSON, 12 bytes`.
[[nodiscard]] std::string looks_of(const HttpAnswer& answer);

}  // namespace llm
