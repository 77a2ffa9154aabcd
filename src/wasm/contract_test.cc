// The contract with the engine's C API (c_api.h), point by point, with components small enough to read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <optional>

#include "wasm/component.h"
#include "wasm/test_support.h"

namespace sluice::wasm {
namespace {

using testing::HasSubstr;

// `go` takes a text, passes it to the import `ask`, and returns what comes back.
const char* const asking = R"((component
  (import "test:host/api@0.1.0" (instance $host (export "ask" (func (param "p" string) (result string)))))
  (core module $libc (memory (export "memory") 2) (global $p (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $r i32)
      (local.set $r (i32.and (i32.add (global.get $p) (i32.const 7)) (i32.const -8)))
      (global.set $p (i32.add (local.get $r) (local.get 3))) (local.get $r)))
  (core instance $libc (instantiate $libc))
  (core func $ask (canon lower (func $host "ask") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "host" "ask" (func $ask (param i32 i32 i32)))
    (func (export "go") (param i32 i32) (result i32) (call $ask (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
  (core instance $m (instantiate $m (with "host" (instance (export "ask" (func $ask))))))
  (func $go (param "p" string) (result string)
    (canon lift (core func $m "go") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (instance $api (export "go" (func $go)))
  (export "test:guest/api@0.1.0" (instance $api))))";

// `go` runs `body` and returns its number; exports as above.
std::string computing(const std::string& body, const std::string& memory = "(memory 1)") {
  return "(component (core module $m " + memory + " (func $r (export \"go\") (result i32) " + body +
         ")) (core instance $m (instantiate $m)) (func $go (result u32) (canon lift (core func $m \"go\")))"
         " (instance $api (export \"go\" (func $go))) (export \"test:guest/api@0.1.0\" (instance $api)))";
}

class Contract : public testing::Test {
 protected:
  std::shared_ptr<const Component> load(const std::string& wat) {
    auto loaded = Component::load(engine(), to_binary(wat), "test.wasm");
    EXPECT_TRUE(loaded) << loaded.error().to_string();
    return loaded.value_or(nullptr);
  }

  // Runs `go` to its end on a loop of its own.
  Result<std::optional<Value>> run(const Component& component, std::vector<Value> arguments,
                                   ImportHandler& imports) {
    asio::io_context context;
    Result<std::optional<Value>> out = fail(ErrorCode::internal, "run", "it did not end");
    const auto go = component.find_export("test:guest/api", "go");
    asio::co_spawn(context, component.run(*go, std::move(arguments), imports, limits, usage),
                   [&](std::exception_ptr thrown, Result<std::optional<Value>> result) {
                     if (!thrown) out = std::move(result);
                   });
    context.run();
    return out;
  }

  static Engine& engine() {
    static const auto instance = [] {
      EngineOptions options;
      options.instances = 200;
      return std::move(Engine::create(options).value());
    }();
    return *instance;
  }

  Limits limits;
  Usage usage;
};

// Answers with a function; counts calls.
class Answer : public ImportHandler {
 public:
  using Function = std::function<Task<Result<std::optional<Value>>>(std::vector<Value>)>;
  explicit Answer(Function function) : function_(std::move(function)) {}
  Task<Result<std::optional<Value>>> call(ImportRef, std::vector<Value> arguments) override {
    ++calls;
    return function_(std::move(arguments));
  }
  int calls = 0;

 private:
  Function function_;
};

Task<Result<std::optional<Value>>> give(std::string text) {
  co_return std::optional<Value>(Value::string(text));
}

Answer refusing_all() {
  return Answer([](std::vector<Value>) { return give("unused"); });
}

std::vector<Value> one(std::string text) {
  std::vector<Value> values;
  values.push_back(Value::string(std::move(text)));
  return values;
}

TEST_F(Contract, ArgumentsAreMovedOutAndTheAnswerComesBackLater) {
  const auto component = load(asking);
  Answer imports([](std::vector<Value> arguments) -> Task<Result<std::optional<Value>>> {
    const std::string asked = arguments[0].as_string();
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(5));
    co_await timer.async_wait(asio::use_awaitable);
    co_return std::optional<Value>(Value::string("answer to " + asked));
  });
  const auto result = run(*component, one("héllo ✓"), imports);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ((*result)->as_string(), "answer to héllo ✓");
  EXPECT_EQ(imports.calls, 1);
}

TEST_F(Contract, ALateFailureEndsTheRunWithItsReason) {
  const auto component = load(asking);
  Answer imports([](std::vector<Value>) -> Task<Result<std::optional<Value>>> {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
    co_return fail(ErrorCode::unavailable, "answer", "the line is dead");
  });
  for (int i = 0; i < 300; ++i) {  // more often than the pool has instances: nothing is kept
    const auto result = run(*component, one("x"), imports);
    ASSERT_FALSE(result);
    ASSERT_EQ(result.error().why, "the line is dead");
  }
}

TEST_F(Contract, ADroppedRunGivesItsInstanceBack) {
  const auto component = load(asking);
  Answer imports([](std::vector<Value>) -> Task<Result<std::optional<Value>>> {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
    co_await timer.async_wait(asio::use_awaitable);
    co_return std::nullopt;
  });
  for (int round = 0; round < 3; ++round) {
    asio::io_context context;
    asio::cancellation_signal stop;
    int ended = 0;
    const auto go = component->find_export("test:guest/api", "go");
    std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
    std::vector<Usage> usages(150);
    for (int i = 0; i < 150; ++i) {
      auto& signal = signals.emplace_back(std::make_unique<asio::cancellation_signal>());
      asio::co_spawn(context,
                     component->run(*go, one("x"), imports, limits, usages[static_cast<std::size_t>(i)]),
                     asio::bind_cancellation_slot(signal->slot(), [&](std::exception_ptr thrown, auto) {
                       EXPECT_TRUE(thrown);
                       ++ended;
                     }));
    }
    context.poll();
    for (auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
    context.restart();
    context.run();
    EXPECT_EQ(ended, 150);
  }
}

TEST_F(Contract, TextThatIsNotUtf8NeverReachesTheGuest) {
  const auto component = load(asking);
  Answer imports([](std::vector<Value>) { return give("\xff\xfe"); });
  const auto result = run(*component, one("x"), imports);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().why, HasSubstr("not UTF-8"));
  const auto argument = run(*component, one("\x80"), imports);
  ASSERT_FALSE(argument);
  EXPECT_THAT(argument.error().why, HasSubstr("not UTF-8"));
}

TEST_F(Contract, AnAnswerOfAnotherTypeIsAnErrorOfTheHostsOwn) {
  const auto component = load(asking);
  Answer number([](std::vector<Value>) -> Task<Result<std::optional<Value>>> {
    co_return std::optional<Value>(Value::unsigned_int(7));
  });
  const auto result = run(*component, one("x"), number);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().why, HasSubstr("another kind"));
  Answer nothing([](std::vector<Value>) -> Task<Result<std::optional<Value>>> { co_return std::nullopt; });
  EXPECT_FALSE(run(*component, one("x"), nothing));
}

TEST_F(Contract, ACallbackDeepInTheGuestsStackWorks) {
  // 2,000 frames of wasm below the call, then arguments of a megabyte are lifted on what is left of the
  // fiber's stack.
  const char* const deep = R"((component
    (import "test:host/api@0.1.0" (instance $host (export "ask" (func (param "p" string)))))
    (core module $libc (memory (export "memory") 32))
    (core instance $libc (instantiate $libc))
    (core func $ask (canon lower (func $host "ask") (memory (core memory $libc "memory"))))
    (core module $m (import "host" "ask" (func $ask (param i32 i32)))
      (func $down (param $n i32) (if (local.get $n) (then (call $down (i32.sub (local.get $n) (i32.const 1))))
        (else (call $ask (i32.const 0) (i32.const 1000000)))))
      (func (export "go") (result i32) (call $down (i32.const 2000)) (i32.const 5)))
    (core instance $m (instantiate $m (with "host" (instance (export "ask" (func $ask))))))
    (func $go (result u32) (canon lift (core func $m "go")))
    (instance $api (export "go" (func $go))) (export "test:guest/api@0.1.0" (instance $api))))";
  std::size_t size = 0;
  Answer imports([&](std::vector<Value> arguments) -> Task<Result<std::optional<Value>>> {
    size = arguments[0].as_string().size();
    co_return std::nullopt;
  });
  const auto result = run(*load(deep), {}, imports);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ((*result)->as_unsigned(), 5U);
  EXPECT_EQ(size, 1'000'000U);
}

TEST_F(Contract, ASpinningGuestLetsOthersRunAndEndsAtItsCpuLimit) {
  const auto spinning = load(computing("(loop $l (br $l)) (i32.const 0)"));
  const auto component = load(asking);
  limits.cpu_ms = 150;
  asio::io_context context;
  auto none = refusing_all();
  Answer imports([](std::vector<Value>) { return give("ok"); });
  bool spinning_ended = false;
  int others = 0;
  const auto spin = spinning->find_export("test:guest/api", "go");
  const auto go = component->find_export("test:guest/api", "go");
  asio::co_spawn(context, spinning->run(*spin, {}, none, limits, usage),
                 [&](std::exception_ptr, Result<std::optional<Value>> result) {
                   spinning_ended = true;
                   ASSERT_FALSE(result);
                   EXPECT_EQ(result.error().code, ErrorCode::limit);
                   EXPECT_THAT(result.error().why, HasSubstr("cpu-ms"));
                 });
  Usage other_usage;
  std::function<void()> another = [&] {
    asio::co_spawn(context, component->run(*go, one("x"), imports, limits, other_usage),
                   [&](std::exception_ptr, Result<std::optional<Value>> result) {
                     ASSERT_TRUE(result);
                     ++others;
                     other_usage = {};
                     if (!spinning_ended) another();
                   });
  };
  another();
  context.run();
  EXPECT_TRUE(spinning_ended);
  EXPECT_GT(others, 0);
}

TEST_F(Contract, WaitingCostsNoCpuTime) {
  const auto component = load(asking);
  limits.cpu_ms = 20;
  Answer imports([](std::vector<Value>) -> Task<Result<std::optional<Value>>> {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(100));
    co_await timer.async_wait(asio::use_awaitable);
    co_return std::optional<Value>(Value::string("late"));
  });
  EXPECT_TRUE(run(*component, one("x"), imports));
}

TEST_F(Contract, MemoryIsLimitedEachAndInNumber) {
  auto none = refusing_all();
  limits.memory_mib = 2;
  const auto growing = load(
      computing("(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size)"));
  const auto pages = run(*growing, {}, none);
  ASSERT_TRUE(pages) << pages.error().to_string();
  EXPECT_EQ((*pages)->as_unsigned(), 32U);

  const auto large = load(computing("(i32.const 0)", "(memory 64)"));
  const auto refused = run(*large, {}, none);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("memory"));

  const auto two =
      load(R"((component (core module $m (memory 1) (func (export "go") (result i32) (i32.const 0)))
    (core instance $a (instantiate $m)) (core instance $b (instantiate $m))
    (func $go (result u32) (canon lift (core func $b "go")))
    (instance $api (export "go" (func $go))) (export "test:guest/api@0.1.0" (instance $api))))");
  const auto many = run(*two, {}, none);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::limit) << many.error().to_string();
}

TEST_F(Contract, AHundredMemoriesAreRefusedWhenLoaded) {
  std::string memories;
  for (int i = 0; i < 100; ++i) memories += "(memory 1)";
  const auto loaded = Component::load(engine(), to_binary(computing("(i32.const 0)", memories)), "test.wasm");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(loaded.error().to_string(), HasSubstr("memories"));
}

TEST_F(Contract, CallsAndTheirSizeAreLimited) {
  const auto component = load(asking);
  Answer imports([](std::vector<Value>) { return give("ok"); });
  limits.call_bytes = 100;
  const auto large = run(*component, one(std::string(200, 'x')), imports);
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().why, HasSubstr("call-bytes"));
  EXPECT_EQ(imports.calls, 0);
  limits.call_bytes = 1000;
  limits.calls = 0;
  const auto many = run(*component, one("x"), imports);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::limit);
  EXPECT_THAT(many.error().why, HasSubstr("limit calls"));
  EXPECT_EQ(imports.calls, 0);
}

TEST_F(Contract, ResultsAreLimited) {
  const auto component = load(asking);
  limits.result_bytes = 1000;
  Answer imports([](std::vector<Value>) { return give(std::string(5000, 'y')); });
  const auto result = run(*component, one("x"), imports);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().why, HasSubstr("result-bytes"));
}

TEST_F(Contract, TrapsSayWhat) {
  auto none = refusing_all();
  const auto trapped = run(*load(computing("unreachable")), {}, none);
  ASSERT_FALSE(trapped);
  EXPECT_EQ(trapped.error().code, ErrorCode::trap);
  EXPECT_THAT(trapped.error().why, HasSubstr("unreachable"));
  const auto deep = run(*load(computing("(call $r)")), {}, none);
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::limit);
  EXPECT_THAT(deep.error().why, HasSubstr("stack"));
  const auto division = run(*load(computing("(i32.div_u (i32.const 1) (i32.const 0))")), {}, none);
  ASSERT_FALSE(division);
  EXPECT_THAT(division.error().why, HasSubstr("divide by zero"));
}

}  // namespace
}  // namespace sluice::wasm
