#include "nn/models.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/clock.h"
#include "base/hash.h"
#include "nn/hashed_files.h"
#include "nn/testing/engine_fixture.h"
#include "nn/testing/fake_language.h"
#include "nn/testing/sanitizer.h"

namespace sluice::nn {
namespace {

using namespace std::chrono_literals;
using testing::answer_to;
using ::testing::AnyOf;
using testing::fake_model;
using ::testing::HasSubstr;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(fds), end(fds)));
}

// The workers of this process that have not been waited for.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "children");
    for (pid_t pid = 0; file >> pid;) found.push_back(pid);
  }
  return found;
}

class ModelsTest : public ::testing::Test {
 protected:
  ModelsSettings settings() {
    ModelsSettings made{testing::binaries() / "nn_worker", testing::binaries()};
    made.cancel_grace = 300ms;
    return made;
  }
  static ModelSpec spec(const std::string& words = "") {
    ModelSpec made;
    made.name = "fake";
    made.backend = "fake";
    made.path = fake_model("models" + words, words);
    return made;
  }
  // Runs a call on a loop of its own to its end.
  template <class T>
  static Result<T> run(Task<Result<T>> task) {
    asio::io_context context;
    std::optional<Result<T>> result;
    asio::co_spawn(context, std::move(task),
                   [&](std::exception_ptr, Result<T> got) { result = std::move(got); });
    context.run_for(60s);
    EXPECT_TRUE(result) << "the call has no end";
    return result ? std::move(*result) : Result<T>(fail(ErrorCode::internal, "", "no end"));
  }
  static TextRequest text(const std::string& prompt, std::uint32_t tokens = 20) {
    TextRequest request{prompt, {}, {}};
    request.options.sampling.temperature = 0;
    request.options.tokens_max = tokens;
    return request;
  }
  static Result<Completion> ask(LanguageModel& model, const std::string& prompt, Ask how = {}) {
    return run(model.generate(text(prompt), std::move(how)));
  }
};

TEST_F(ModelsTest, AnswersFromAnotherProcess) {
  Models models(settings());
  const auto model = models.open(spec()).value();
  EXPECT_EQ(models.open(spec()).value(), model);
  std::string deltas;
  const auto answer = ask(*model, "hello", {"", 0ms, [&](const Delta& delta) { deltas += delta.content; }});
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->message.content, answer_to("hello", 20));
  EXPECT_EQ(deltas, answer_to("hello", 20));
  const auto info = run(model->info());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->description, "fake 1K");
  EXPECT_EQ(run(model->count_tokens({"abc"})).value(), std::vector<std::uint32_t>{3});
  EXPECT_EQ(model->stats().requests, 3U);
  EXPECT_EQ(model->stats().worker_starts, 1U);
  EXPECT_EQ(model->stats().running + model->stats().waiting, 0U);
}

TEST_F(ModelsTest, AWorkerThatDiesEndsItsRequestsAndAnotherStarts) {
  Models models(settings());
  const auto model = models.open(spec()).value();
  for (int round = 0; round < 3; ++round) {
    const auto crashed = ask(*model, "!abort");
    ASSERT_FALSE(crashed);
    EXPECT_EQ(crashed.error().code, ErrorCode::unavailable);
    EXPECT_THAT(crashed.error().why, HasSubstr("signal 6"));
    EXPECT_THAT(crashed.error().why, HasSubstr("the fake model aborts"));
    EXPECT_EQ(ask(*model, "hello").value().message.content, answer_to("hello", 20));
  }
  EXPECT_EQ(model->stats().worker_starts, 4U);
}

TEST_F(ModelsTest, AKilledWorkerIsReplaced) {
  Models models(settings());
  const auto model = models.open(spec()).value();
  ASSERT_TRUE(ask(*model, "hello"));
  asio::io_context context;
  std::optional<Result<Completion>> result;
  asio::co_spawn(context, model->generate(text("!hang"), {}),
                 [&](std::exception_ptr, Result<Completion> got) { result = std::move(got); });
  context.run_for(200ms);
  ASSERT_EQ(children().size(), 1U);
  kill(children().front(), SIGKILL);
  context.restart();
  context.run_for(20s);
  ASSERT_TRUE(result && !*result);
  EXPECT_THAT(result->error().why, HasSubstr("signal 9"));
  EXPECT_TRUE(ask(*model, "hello"));
}

TEST_F(ModelsTest, AWorkerThatWantsMoreMemoryThanAllowedIsReplaced) {
  if (thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer takes more memory than any limit";
  Models models(settings());
  ModelSpec small = spec();
  small.context_tokens = 64;
  small.memory_mib = 64;
  const auto model = models.open(small).value();
  ASSERT_TRUE(ask(*model, "hello"));
  const auto hungry = ask(*model, "!hungry");
  ASSERT_FALSE(hungry);
  EXPECT_EQ(hungry.error().code, ErrorCode::unavailable) << hungry.error().to_string();
  // A sanitizer's allocator ends the process itself.
  EXPECT_THAT(hungry.error().why, AnyOf(HasSubstr("signal"), HasSubstr("out of memory")));
  EXPECT_EQ(ask(*model, "hello").value().message.content, answer_to("hello", 20));
  EXPECT_EQ(model->stats().worker_starts, 2U);
}

TEST_F(ModelsTest, AHangIsATimeoutAndThenTheWorkerIsKilled) {
  Models models(settings());
  const auto model = models.open(spec()).value();
  const auto late = ask(*model, "!hang", {"", 300ms});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timeout);
  const auto next = ask(*model, "hello");
  EXPECT_TRUE(next || next.error().code == ErrorCode::unavailable) << next.error().to_string();
  EXPECT_TRUE(ask(*model, "hello"));
  EXPECT_EQ(model->stats().worker_starts, 2U);
}

TEST_F(ModelsTest, ACancelledCallEndsAtOnceAndItsWorkToo) {
  Models models(settings());
  const auto model = models.open(spec()).value();
  ASSERT_TRUE(ask(*model, "hello"));
  asio::io_context context;
  asio::cancellation_signal signal;
  std::optional<Result<Completion>> result;
  asio::co_spawn(context, model->generate(text("!slow", 4000), {}),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, Result<Completion> got) {
                   result = std::move(got);
                 }));
  asio::steady_timer timer(context, 50ms);
  timer.async_wait([&](boost::system::error_code) { signal.emit(asio::cancellation_type::terminal); });
  context.run_for(20s);
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().code, ErrorCode::cancelled);
  EXPECT_TRUE(ask(*model, "hello"));
  EXPECT_EQ(model->stats().cancelled, 1U);
  EXPECT_EQ(model->stats().worker_starts, 1U);
}

TEST_F(ModelsTest, ADestroyedCallIsForgotten) {
  Models models(settings());
  const auto model = models.open(spec()).value();
  for (int round = 0; round < 20; ++round) {
    auto context = std::make_unique<asio::io_context>();
    for (int i = 0; i < 8; ++i) {
      asio::co_spawn(
          *context, model->generate(text("!slow " + std::to_string(i), 2000), {"", 0ms, [](const Delta&) {}}),
          asio::detached);
    }
    context->run_for(10ms);
    context.reset();
  }
  EXPECT_EQ(ask(*model, "hello").value().message.content, answer_to("hello", 20));
  EXPECT_EQ(model->stats().cancelled, 160U);
}

TEST_F(ModelsTest, NothingLeaksOverManyWorkers) {
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 5; ++round) {
    Models models(settings());
    const auto model = models.open(spec()).value();
    EXPECT_TRUE(ask(*model, "hello"));
    EXPECT_FALSE(ask(*model, "!abort"));
    EXPECT_TRUE(ask(*model, "hello"));
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(children().empty());
}

TEST_F(ModelsTest, BadFilesAreErrorsThatSayWhy) {
  Models models(settings());
  ModelSpec missing = spec();
  missing.path = "/nonexistent/model";
  EXPECT_EQ(ask(*models.open(missing).value(), "x").error().code, ErrorCode::not_found);
  ModelSpec folder = spec();
  folder.path = "/";
  EXPECT_THAT(ask(*models.open(folder).value(), "x").error().why, HasSubstr("not a plain file"));
  ModelSpec hash = spec();
  hash.sha256 = std::string(64, '0');
  const Error wrong = ask(*models.open(hash).value(), "x").error();
  EXPECT_EQ(wrong.code, ErrorCode::corrupt);
  EXPECT_THAT(wrong.why, HasSubstr(sha256_hex("FAKE MODEL ")));
  EXPECT_THAT(wrong.why, HasSubstr(hash.sha256));
  hash.sha256 = sha256_hex("FAKE MODEL ");
  EXPECT_TRUE(ask(*models.open(hash).value(), "x"));
  ModelSpec other = spec();
  other.path = fake_model("other", "");
  std::ofstream(other.path) << "GGUF?";
  EXPECT_EQ(ask(*models.open(other).value(), "x").error().code, ErrorCode::corrupt);
  ModelSpec large = spec();
  large.memory_mib = 1;
  const Error memory = ask(*models.open(large).value(), "x").error();
  EXPECT_EQ(memory.code, ErrorCode::limit);
  EXPECT_THAT(memory.why, HasSubstr("1 MiB are allowed"));
  ModelSpec backend = spec();
  backend.backend = "none";
  EXPECT_THAT(ask(*models.open(backend).value(), "x").error().what, HasSubstr("sluice-nn-none.so"));
  backend.backend = "../fake";
  EXPECT_FALSE(models.open(backend));
}

TEST_F(ModelsTest, AFileThatWasReplacedAfterItWasVerifiedIsNotUsed) {
  ModelSpec verified = spec("verified");
  verified.sha256 = sha256_hex("FAKE MODEL verified");
  const SystemClock clock;
  verified.verified = HashedFiles({}, clock).verify("look", verified.path, verified.sha256).value();
  {
    Models models(settings());
    EXPECT_TRUE(ask(*models.open(verified).value(), "x"));
  }
  // What has the stamp is not read again: a wrong hash is not noticed then.
  ModelSpec trusted = verified;
  trusted.sha256 = std::string(64, '0');
  {
    Models models(settings());
    EXPECT_TRUE(ask(*models.open(trusted).value(), "x"));
  }
  std::filesystem::rename(fake_model("replacement", "replaced"), verified.path);
  Models models(settings());
  const auto refused = ask(*models.open(verified).value(), "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
  EXPECT_THAT(refused.error().why, HasSubstr(sha256_hex("FAKE MODEL replaced")));
  EXPECT_THAT(refused.error().why, HasSubstr(verified.sha256));
}

TEST_F(ModelsTest, AModelOfSeveralPartsHasNoHash) {
  ModelSpec part = spec();
  const auto path = std::filesystem::path(::testing::TempDir()) / "x-00001-of-00002.gguf";
  std::filesystem::copy_file(part.path, path, std::filesystem::copy_options::overwrite_existing);
  part.path = path;
  Models models(settings());
  EXPECT_TRUE(ask(*models.open(part).value(), "x"));
  part.sha256 = sha256_hex("FAKE MODEL ");
  EXPECT_THAT(ask(*models.open(part).value(), "x").error().why, HasSubstr("part of a model"));
  std::filesystem::remove(path);
}

TEST_F(ModelsTest, AModelThatCrashesTheWorkerIsNotLoadedAgainAtOnce) {
  Models models(settings());
  const auto model = models.open(spec("abort")).value();
  EXPECT_THAT(ask(*model, "x").error().why, HasSubstr("aborts while it is loaded"));
  EXPECT_THAT(ask(*model, "x").error().why, HasSubstr("failed before it had the model"));
  EXPECT_EQ(model->stats().worker_starts, 1U);
}

TEST_F(ModelsTest, AProgramThatIsMissingIsAnError) {
  ModelsSettings missing = settings();
  missing.program = "/nonexistent/program";
  Models models(missing);
  EXPECT_EQ(ask(*models.open(spec()).value(), "x").error().code, ErrorCode::unavailable);
}

TEST_F(ModelsTest, AnIdleWorkerEndsAndAnotherStarts) {
  ModelsSettings soon = settings();
  soon.idle = 0s;
  Models models(soon);
  const auto model = models.open(spec()).value();
  ASSERT_TRUE(ask(*model, "x"));
  for (int i = 0; i < 100 && !children().empty(); ++i) usleep(50'000);
  EXPECT_TRUE(children().empty());
  EXPECT_TRUE(ask(*model, "x"));
  EXPECT_EQ(model->stats().worker_starts, 2U);
}

TEST_F(ModelsTest, WhatCannotBeWrittenIsRefused) {
  Models models(settings());
  const auto model = models.open(spec()).value();
  EXPECT_EQ(ask(*model, "\xff").error().code, ErrorCode::invalid_input);
}

}  // namespace
}  // namespace sluice::nn
