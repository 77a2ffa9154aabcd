#include "cli/model_measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <numeric>
#include <optional>
#include <random>
#include <utility>

namespace sluice::cli {

namespace {

using Seconds = std::chrono::duration<double>;
using Time = std::chrono::steady_clock::time_point;

// Runs all calls side by side to their end.
template <class T>
Result<std::vector<T>> run_all(std::vector<Task<Result<T>>> calls) {
  asio::io_context context;
  std::vector<std::optional<Result<T>>> results(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    asio::co_spawn(context, std::move(calls[i]),
                   [&results, i](std::exception_ptr, Result<T> result) { results[i] = std::move(result); });
  }
  context.run();
  std::vector<T> all;
  for (auto& result : results) {
    if (!result) return fail(ErrorCode::internal, "measure the model", "a request has no end");
    if (!*result) return std::unexpected(std::move(result->error()));
    all.push_back(std::move(**result));
  }
  return all;
}

// Text of about as many tokens as wanted, of common words in an order that `seed` draws: no two begin alike.
std::string words(std::uint32_t count, std::uint64_t seed) {
  static constexpr const char* common[] = {"time",  "water", "light", "house", "river", "stone", "green",
                                           "paper", "night", "world", "music", "field", "small", "round",
                                           "quick", "clear", "north", "south", "early", "heavy"};
  std::mt19937_64 random(seed);
  std::string text = fmt::format("{}.", random() % 1'000'000);
  for (std::uint32_t i = 0; i < count; ++i) text += fmt::format(" {}", common[random() % std::size(common)]);
  return text;
}

class Measurement {
 public:
  Measurement(nn::LanguageModel& model, const MeasurePlan& plan, const Clock& clock)
      : model_(model), plan_(plan), clock_(clock) {}

  // How many words make a prompt of the wanted length.
  Status learn_length() {
    std::vector<Task<Result<std::vector<std::uint32_t>>>> ask;
    ask.push_back(model_.count_tokens({words(200, 1)}));
    const auto counts = run_all(std::move(ask));
    if (!counts) return std::unexpected(counts.error());
    const double tokens = std::max(1U, counts->front().at(0));
    words_ = std::max(1U, static_cast<std::uint32_t>(200.0 * plan_.prompt_tokens / tokens));
    return {};
  }

  Result<Measured> embeddings(std::uint32_t parallel) {
    const std::vector<std::string> texts = prompts(parallel);
    std::vector<Task<Result<nn::Embedded>>> calls;
    for (const std::string& text : texts) calls.push_back(model_.embed({text}, {}));
    const Time begun = clock_.monotonic();
    const auto answers = run_all(std::move(calls));
    if (!answers) return std::unexpected(answers.error());
    Measured measured{.parallel = parallel};
    for (const nn::Embedded& answer : *answers) measured.prompt_tokens += answer.prompt_tokens;
    measured.prompt_tokens_per_s = rate(measured.prompt_tokens, clock_.monotonic() - begun);
    return measured;
  }

  Result<Measured> chat(std::uint32_t parallel, const OnStep& on_step) {
    const std::vector<std::string> texts = prompts(parallel);
    on_step(fmt::format("{} at once, prompts", parallel));
    auto first = ask(texts, 1);
    if (!first) return std::unexpected(std::move(first.error()));
    on_step(fmt::format("{} at once, answers", parallel));
    auto second = ask(texts, plan_.answer_tokens);
    if (!second) return std::unexpected(std::move(second.error()));

    Measured measured{.parallel = parallel};
    for (const nn::Completion& answer : first->answers) {
      measured.prompt_tokens += answer.usage.prompt_tokens - answer.usage.cached_tokens;
    }
    measured.prompt_tokens_per_s = rate(measured.prompt_tokens, first->ended - first->begun);
    measured.first_token_ms = median_ms(*first);
    // From the first token on: one less for each request.
    std::uint64_t after_first = 0;
    for (const nn::Completion& answer : second->answers) {
      measured.answer_tokens += answer.usage.completion_tokens;
      after_first += std::max(answer.usage.completion_tokens, 1U) - 1;
    }
    const Time earliest = *std::ranges::min_element(second->first_tokens);
    measured.answer_tokens_per_s = rate(after_first, second->ended - earliest);
    return measured;
  }

 private:
  struct Asked {
    std::vector<nn::Completion> answers;
    std::vector<Time> first_tokens;
    Time begun;
    Time ended;
  };

  std::vector<std::string> prompts(std::uint32_t count) {
    std::vector<std::string> texts;
    for (std::uint32_t i = 0; i < count; ++i) texts.push_back(words(words_, ++seed_));
    return texts;
  }

  Result<Asked> ask(const std::vector<std::string>& texts, std::uint32_t tokens) {
    Asked asked;
    std::vector<std::optional<Time>> firsts(texts.size());
    std::vector<Task<Result<nn::Completion>>> calls;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      nn::TextRequest request{texts[i], {}, {}};
      request.options.tokens_max = tokens;
      request.options.sampling.temperature = 1;
      request.options.sampling.seed = i;
      const auto on_delta = [this, &firsts, i](const nn::Delta&) {
        if (!firsts[i]) firsts[i] = clock_.monotonic();
      };
      calls.push_back(model_.generate(std::move(request),
                                      {.owner = fmt::format("{}", i), .timeout = {}, .on_delta = on_delta}));
    }
    asked.begun = clock_.monotonic();
    auto answers = run_all(std::move(calls));
    asked.ended = clock_.monotonic();
    if (!answers) return std::unexpected(std::move(answers.error()));
    asked.answers = std::move(*answers);
    // A request whose tokens make no text has no delta: its end counts.
    for (const auto& first : firsts) asked.first_tokens.push_back(first.value_or(asked.ended));
    return asked;
  }

  static double rate(std::uint64_t tokens, std::chrono::steady_clock::duration took) {
    const double seconds = Seconds(took).count();
    return seconds > 0 ? static_cast<double>(tokens) / seconds : 0;
  }

  static double median_ms(const Asked& asked) {
    std::vector<Time> sorted = asked.first_tokens;
    std::ranges::sort(sorted);
    return Seconds(sorted[sorted.size() / 2] - asked.begun).count() * 1000;
  }

  nn::LanguageModel& model_;
  const MeasurePlan& plan_;
  const Clock& clock_;
  std::uint32_t words_ = 1;
  std::uint64_t seed_ = 1;
};

}  // namespace

Result<nn::ModelInfo> ask_info(nn::LanguageModel& model) {
  std::vector<Task<Result<nn::ModelInfo>>> ask;
  ask.push_back(model.info());
  auto info = run_all(std::move(ask));
  if (!info) return std::unexpected(std::move(info.error()));
  return std::move(info->front());
}

Result<std::vector<Measured>> measure(nn::LanguageModel& model, const nn::ModelInfo& info,
                                      const MeasurePlan& plan, const Clock& clock, const OnStep& on_step) {
  Measurement measurement(model, plan, clock);
  if (auto known = measurement.learn_length(); !known) return std::unexpected(std::move(known.error()));
  std::vector<Measured> all;
  for (const std::uint32_t parallel : plan.parallel) {
    if (info.is_embedding) on_step(fmt::format("{} at once", parallel));
    auto measured =
        info.is_embedding ? measurement.embeddings(parallel) : measurement.chat(parallel, on_step);
    if (!measured) return std::unexpected(std::move(measured.error()));
    all.push_back(*measured);
  }
  return all;
}

}  // namespace sluice::cli
