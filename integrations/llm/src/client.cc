#include "client.h"

#include <algorithm>
#include <utility>

#include "common_text.h"
#include "retry_after.h"
#include "tokens.h"

namespace llm {
namespace {

constexpr std::uint64_t pause_ms_max = 30'000;
constexpr unsigned forms_max = 4;  // that one request is written in

// Only the host: a redirect's address may hold anything.
std::string target_host(const HttpAnswer& answer) {
  const std::string* location = answer.header("location");
  if (location == nullptr) return "nowhere";
  const std::size_t begin = location->find("://");
  if (begin == std::string::npos) return "another path";
  const std::size_t end = location->find_first_of("/?#", begin + 3);
  return common::one_line(std::string_view(*location).substr(begin + 3, end - std::min(end, begin + 3)), 80);
}

std::uint32_t seconds_of(std::uint64_t ms) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>((ms + 999) / 1000, UINT32_MAX));
}

Trouble trouble_of(const HttpFailure& failure) {
  using Kind = HttpFailure::Kind;
  switch (failure.kind) {
    case Kind::refused:
      return {refused(failure.text)};
    case Kind::timeout:
      return {Problem{Problem::Kind::timeout, {}}};
    case Kind::unreachable:
      return {unavailable(failure.text), Trouble::Again::once};
    case Kind::too_large:
    case Kind::malformed:
      break;
  }
  return {unavailable(failure.text)};
}

// The tries of one call.
class Tries {
 public:
  Tries(Outside& outside, Api& api, const std::vector<Job>& jobs)
      : outside_(outside), api_(api), jobs_(jobs), states_(jobs.size()) {}

  std::vector<std::optional<Problem>> run() {
    while (send_round()) {
    }
    std::vector<std::optional<Problem>> problems;
    problems.reserve(states_.size());
    for (State& state : states_) problems.push_back(std::move(state.problem));
    return problems;
  }

 private:
  struct State {
    bool done = false;
    std::uint32_t tries = 0;  // that were followed by another one
    bool repeated = false;    // after it may have been carried out
    unsigned forms = 1;
    std::optional<Problem> problem;
  };

  // Sends all that is open and sorts the answers. False once nothing is open.
  bool send_round() {
    std::vector<std::size_t> open;
    std::vector<HttpRequest> requests;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (states_[i].done) continue;
      Outcome<HttpRequest> request = jobs_[i].write();
      if (!request) {
        end(i, std::move(request.error()));
        continue;
      }
      open.push_back(i);
      requests.push_back(std::move(*request));
    }
    if (open.empty()) return false;
    const std::vector<HttpOutcome> outcomes = outside_.send(requests);
    wait_ms_ = 0;
    for (std::size_t k = 0; k < open.size(); ++k) take(open[k], outcomes[k]);
    if (wait_ms_ > 0) {
      waited_ms_ += wait_ms_;
      outside_.sleep(static_cast<std::uint32_t>(wait_ms_));
    }
    return true;
  }

  void take(std::size_t i, const HttpOutcome& outcome) {
    if (!outcome) return again_or_end(i, trouble_of(outcome.error()), std::nullopt);
    if (outcome->status == 200) {
      std::optional<Trouble> trouble = jobs_[i].read(*outcome);
      if (trouble) return again_or_end(i, std::move(*trouble), std::nullopt);
      states_[i].done = true;
      return;
    }
    if (states_[i].forms < forms_max && api_.adapt(*outcome)) {
      ++states_[i].forms;
      return;
    }
    again_or_end(i, api_.judge(*outcome), retry_after_ms(*outcome, outside_.now()));
  }

  void end(std::size_t i, Problem problem) {
    states_[i].done = true;
    states_[i].problem = std::move(problem);
  }

  void again_or_end(std::size_t i, Trouble trouble, std::optional<std::uint64_t> asked_ms) {
    State& state = states_[i];
    const Settings& settings = api_.settings();
    const bool allowed = (trouble.again == Trouble::Again::later && state.tries < settings.retries) ||
                         (trouble.again == Trouble::Again::once && !state.repeated && settings.retries > 0);
    if (!allowed) return end(i, std::move(trouble.problem));
    const std::uint64_t backoff =
        std::min(pause_ms_max, std::uint64_t{settings.retry_base_ms} << std::min(state.tries, 16U));
    // At least a moment, so that a server that says 0 is not asked in a loop.
    const std::uint64_t pause = std::max<std::uint64_t>(asked_ms.value_or(backoff), 1);
    const std::uint64_t most = std::uint64_t{settings.max_wait_seconds} * 1000;
    if (pause > most - std::min(waited_ms_, most)) return end(i, std::move(trouble.problem));
    ++state.tries;
    state.repeated = state.repeated || trouble.again == Trouble::Again::once;
    wait_ms_ = std::max(wait_ms_, pause);
    const bool limited = trouble.problem.kind == Problem::Kind::rate_limited;
    outside_.log(LogLevel::warn,
                 (limited ? std::string("the provider limits the rate") : trouble.problem.text) +
                     "; again in " + std::to_string(pause) + " ms");
  }

  Outside& outside_;
  Api& api_;
  const std::vector<Job>& jobs_;
  std::vector<State> states_;
  std::uint64_t waited_ms_ = 0;
  std::uint64_t wait_ms_ = 0;  // before the next round
};

std::uint32_t added(std::uint32_t a, std::uint32_t b) {
  return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

Usage estimated_usage(const Request& request, const Completion& completion) {
  Usage usage;
  for (const Message& message : request.messages)
    usage.prompt_tokens = added(usage.prompt_tokens, estimate_tokens(message.content));
  usage.completion_tokens = estimate_tokens(completion.message.content);
  for (const ToolCall& call : completion.message.tool_calls)
    usage.completion_tokens = added(usage.completion_tokens, estimate_tokens(call.arguments));
  return usage;
}

std::string source_or(const Settings& settings, std::string_view otherwise) {
  return settings.key_source.empty() ? std::string(otherwise) : "the key in " + settings.key_source;
}

}  // namespace

const std::string* HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::vector<std::optional<Problem>> run_jobs(Outside& outside, Api& api, const std::vector<Job>& jobs) {
  return Tries(outside, api, jobs).run();
}

std::vector<Outcome<Completion>> complete_all(Outside& outside, Api& api,
                                              const std::vector<Request>& requests) {
  std::vector<Outcome<Completion>> answers(requests.size());
  std::vector<Job> jobs;
  jobs.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Request& request = requests[i];
    jobs.push_back({[&api, &request] { return api.write(request); },
                    [&api, &request, &answer = answers[i]](const HttpAnswer& http) -> std::optional<Trouble> {
                      std::expected<Completion, Trouble> read = api.read(request, http);
                      if (!read) return std::move(read.error());
                      answer = std::move(*read);
                      return std::nullopt;
                    }});
  }
  std::vector<std::optional<Problem>> problems = run_jobs(outside, api, jobs);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (problems[i]) {
      answers[i] = std::unexpected(std::move(*problems[i]));
      continue;
    }
    if (!answers[i]->usage) answers[i]->usage = estimated_usage(requests[i], *answers[i]);
    Usage& usage = *answers[i]->usage;
    if (api.settings().prices) usage.cost_micros = api.settings().prices->cost_micros(usage);
  }
  return answers;
}

std::string looks_of(const HttpAnswer& answer) {
  const std::size_t begin = answer.body.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "empty";
  if (answer.body[begin] == '<') return "a page (HTML)";
  return "no JSON, " + std::to_string(answer.body.size()) + " bytes";
}

Trouble judge_status(const HttpAnswer& answer, std::uint64_t now, const std::string& message,
                     const Settings& settings) {
  using Again = Trouble::Again;
  const unsigned status = answer.status;
  const std::string text = "the provider answered " + std::to_string(status) +
                           (message.empty() ? ": " + looks_of(answer) : ": " + message);
  if (status == 429) {
    const std::optional<std::uint64_t> ms = retry_after_ms(answer, now);
    return {rate_limited(ms ? seconds_of(*ms) : 0), Again::later};
  }
  if (status >= 300 && status < 400) {
    return {invalid(text + "; redirected to " + target_host(answer) +
                    ", and redirects are not followed: check `base-url`")};
  }
  if (status == 401 && settings.key_header.empty()) {
    const std::string source = source_or(settings, "`key-header` and the secret `key`");
    return {refused(text + "; no key was sent: set " + source + " if the server wants one")};
  }
  if (status == 401) return {refused(text + "; check " + source_or(settings, "the secret `key`"))};
  if (status == 402 || status == 403 || status == 451) return {refused(text)};
  if (status == 404) return {invalid(text + "; check `base-url` and `model`")};
  if (status == 408 || status == 409 || status >= 500) return {unavailable(text), Again::later};
  if (status == 413) return {context_too_long(0, settings.context_tokens.value_or(0))};
  return {status >= 400 ? invalid(text) : unavailable(text)};
}

}  // namespace llm
