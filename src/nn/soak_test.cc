// Many requests of mixed sizes with cancellations, by a real model in its worker: 40 of them, or as many as
// the environment's SLUICE_SOAK says.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>

#include "nn/testing/local_model_fixture.h"

namespace sluice::nn {
namespace {

using namespace std::chrono_literals;

using testing::LocalModelTest;

// With a seed, an answer is the one alone. Without one, sums of floats depend a little on how many are
// computed together, so that a close call between two tokens may fall otherwise than alone. The documented
// tolerance: where an answer first differs, the model alone saw its two best tokens less than 1.5 apart
// (natural logarithm). What it says after that has another past.
constexpr float close_call = 1.5;
constexpr std::size_t at_once = 24;  // more than are computed together: some wait
// What a worker's heap may grow by once it has seen as many requests as it computes at a time. A sanitizer
// keeps what was freed for a while.
constexpr std::size_t growth_kib_max = (address_sanitizer ? 560U : 48U) << 10U;

std::size_t requests_wanted() {
  const char* const text = std::getenv("SLUICE_SOAK");
  std::size_t count = 40;
  if (text != nullptr) std::from_chars(text, text + std::string_view(text).size(), count);
  return count;
}

struct Footprint {
  std::size_t anonymous_kib = 0;
  std::ptrdiff_t descriptors = 0;
};

Footprint footprint_of(const std::string& process) {
  Footprint now;
  std::ifstream status("/proc/" + process + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) now.anonymous_kib = std::stoul(line.substr(8));
  }
  const std::filesystem::directory_iterator fds("/proc/" + process + "/fd");
  now.descriptors = std::distance(begin(fds), end(fds));
  return now;
}

std::ostream& operator<<(std::ostream& out, const Footprint& footprint) {
  return out << footprint.anonymous_kib / 1024 << " MiB and " << footprint.descriptors << " descriptors";
}

// The one process that this one has started.
std::string worker() {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "children");
    if (std::string pid; file >> pid) return pid;
  }
  return {};
}

// How much apart the two best tokens were where the answers first differ; nothing: they don't.
std::optional<float> margin_of_difference(const Completion& together, const Completion& alone) {
  for (std::size_t i = 0; i < alone.logprobs.size(); ++i) {
    const TokenLogprob& token = alone.logprobs[i];
    const bool is_same = i < together.logprobs.size() && together.logprobs[i].token == token.token;
    if (!is_same) return token.top.at(0).logprob - token.top.at(1).logprob;
  }
  return std::nullopt;
}

class SoakTest : public LocalModelTest {
 protected:
  void make(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      std::string text = "Repeat the word w" + std::to_string(i) + ". ";
      for (std::size_t words = random_() % 8 == 0 ? random_() % 300 : random_() % 20; words > 0; --words)
        text += "and ";
      ChatRequest request = chat(text, static_cast<std::uint32_t>(4 + random_() % 16));
      request.options.logprobs = 2;
      if (i % 2 == 0) request.options.sampling.seed = i;
      requests_.push_back(std::move(request));
      cancelled_.push_back(random_() % 4 == 0 ? std::chrono::milliseconds(1 + random_() % 400) : 0ms);
    }
  }

  // The most requests that were asked later than some request and ended sooner.
  static std::size_t most_overtaken(const std::list<Outcome>& outcomes) {
    std::size_t most = 0;
    for (auto one = outcomes.begin(); one != outcomes.end(); ++one) {
      const auto sooner = std::count_if(std::next(one), outcomes.end(),
                                        [&](const Outcome& other) { return other.place < one->place; });
      most = std::max(most, static_cast<std::size_t>(sooner));
    }
    return most;
  }

  std::mt19937 random_{11};
  std::vector<ChatRequest> requests_;
  std::vector<std::chrono::milliseconds> cancelled_;
};

TEST_F(SoakTest, ManyOfMixedSizesWithCancellationsAnswerAsAlone) {
  make(requests_wanted());
  ask_all({requests_.begin(),
           requests_.begin() + static_cast<std::ptrdiff_t>(std::min(requests_.size(), at_once))},
          at_once);
  const std::string process = worker();
  const Footprint worker_before = footprint_of(process);
  const Footprint self_before = footprint_of("self");
  const auto together = ask_all(requests_, at_once, cancelled_);
  const auto longest_wait = model_->stats().longest_wait;
  const auto alone = ask_all(requests_, 1);
  const Footprint worker_after = footprint_of(process);
  const Footprint self_after = footprint_of("self");

  std::size_t compared = 0;
  std::size_t same = 0;
  float widest = 0;
  auto other = alone.begin();
  auto request = requests_.begin();
  for (const Outcome& outcome : together) {
    const Outcome& reference = *other++;
    const bool seeded = (*request++).options.sampling.seed.has_value();
    ASSERT_TRUE(*reference.answer) << reference.answer->error().to_string();
    if (!*outcome.answer) {
      EXPECT_EQ(outcome.answer->error().code, ErrorCode::cancelled) << outcome.answer->error().to_string();
      continue;
    }
    ++compared;
    const auto margin = margin_of_difference(**outcome.answer, **reference.answer);
    if (!margin) ++same;
    widest = std::max(widest, margin.value_or(0));
    EXPECT_FALSE(seeded && margin) << (*outcome.answer)->message.content << "\n"
                                   << (*reference.answer)->message.content;
  }
  std::cout << requests_.size() << " requests: " << compared << " answered, " << requests_.size() - compared
            << " cancelled; " << same << " as alone, " << compared - same
            << " otherwise, where two tokens were up to " << widest << " apart\n"
            << "longest wait " << longest_wait.count() << " ms; overtaken by " << most_overtaken(together)
            << " at most\n"
            << "worker: " << worker_before << " before, " << worker_after << " after\n";
  EXPECT_LT(widest, close_call);
  EXPECT_GT(compared, requests_.size() / 2);
  EXPECT_LT(most_overtaken(together), 8 * at_once);
  EXPECT_EQ(worker(), process) << "the worker is another one";
  EXPECT_LT(worker_after.anonymous_kib, worker_before.anonymous_kib + growth_kib_max);
  EXPECT_EQ(worker_after.descriptors, worker_before.descriptors);
  EXPECT_EQ(self_after.descriptors, self_before.descriptors);
  EXPECT_GT(model_->stats().cached_tokens, 0U);
  EXPECT_EQ(model_->stats().running + model_->stats().waiting, 0U);
}

}  // namespace
}  // namespace sluice::nn
