#include "gate/gate.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <functional>

#include "base/log.h"
#include "gate/binding.h"
#include "gate/record.h"
#include "gate/redact.h"

namespace sluice::gate {
namespace {

Type text() {
  return Type(Kind::string);
}

Type error_type() {
  return Type::variant({member("not-found"), member("forbidden", text())});
}

FunctionType get_function() {
  const Type ok = text();
  const Type err = error_type();
  return {"get",
          {{"owner", text()}, {"number", Type(Kind::u32)}},
          std::make_shared<Type>(Type::result(&ok, &err)),
          ""};
}

// A function whose result has no place for an error.
FunctionType count_function() {
  return {"count", {{"owner", text()}, {"number", Type(Kind::u32)}}, std::make_shared<Type>(Kind::u64), ""};
}

InterfaceType pulls() {
  return {"test:github/pulls@1.0.0", {get_function(), count_function()}};
}

class FakeProvider : public Provider {
 public:
  const std::string& label() const override { return label_; }
  const InterfaceType& type() const override { return type_; }
  Task<Result<std::optional<Value>>> call(Frame& /*caller*/, const BoundValues& bound, std::size_t index,
                                          std::vector<Value> arguments) override {
    ++calls;
    last_bound = bound;
    if (when_called) when_called();
    if (failure) co_return std::unexpected(*failure);
    if (index == 1) co_return std::optional<Value>(Value::unsigned_int(7));
    co_return std::optional<Value>(Value::ok(Value::string("got " + arguments[0].as_string())));
  }

  InterfaceType type_ = pulls();
  int calls = 0;
  BoundValues last_bound;
  std::optional<Error> failure;
  std::function<void()> when_called;

 private:
  std::string label_ = "integration github";
};

class Recorded : public RecordSink {
 public:
  void begin(const CallRecord& record) override { begun.push_back(record); }
  void end(const CallRecord& record) override { ended.push_back(record); }
  std::vector<CallRecord> begun;
  std::vector<CallRecord> ended;
};

class Gate : public testing::Test {
 protected:
  Gate() {
    configure_log({.level = LogLevel::error});
    const std::string_view secret = "the-secret-text";
    const SecretText kept{WipedBytes{secret.begin(), secret.end()}};
    const std::vector<Redactor::Named> named = {{"github.token", &kept}};
    redactor_ = Redactor(named);
    subject_ = {Subject::Kind::function, "app", "review", {}, {}};
    run_.id = "run-1";
    run_.function = &subject_;
    run_.redactor = &redactor_;
    run_.sink = &records_;
    run_.clock = &clock_;
  }

  const Link& link(LinkPolicy policy) {
    auto made = Link::make(pulls(), provider_, std::move(policy));
    EXPECT_TRUE(made) << made.error().to_string();
    link_.emplace(std::move(*made));
    return *link_;
  }

  // As a run does at its start.
  void bind(const Link& to, std::map<std::string, Scalar> event) {
    const auto lookup = [event = std::move(event)](std::string_view pointer) -> std::optional<Scalar> {
      const auto found = event.find(std::string(pointer));
      return found == event.end() ? std::nullopt : std::optional(found->second);
    };
    run_.bound[&to] = bind_values(to.policy(), lookup);
  }

  Result<std::optional<Value>> call(const Link& over, std::size_t function, const std::string& owner,
                                    std::uint32_t number) {
    std::vector<Value> arguments;
    arguments.push_back(Value::string(owner));
    arguments.push_back(Value::unsigned_int(number));
    asio::io_context context;
    std::optional<Result<std::optional<Value>>> result;
    asio::co_spawn(context, pass(frame_, over, function, std::move(arguments)),
                   [&](const std::exception_ptr& thrown, Result<std::optional<Value>> value) {
                     EXPECT_FALSE(thrown);
                     result.emplace(std::move(value));
                   });
    context.run();
    return std::move(*result);
  }

  void expect_forbidden(const Result<std::optional<Value>>& result, const std::string& why) {
    ASSERT_TRUE(result) << result.error().to_string();
    ASSERT_TRUE(*result);
    ASSERT_EQ((*result)->as_case().index, 1U);
    const CaseValue& error = (*result)->as_case().payload->as_case();
    EXPECT_EQ(error.index, 1U);
    EXPECT_NE(error.payload->as_string().find(why), std::string::npos) << error.payload->as_string();
  }

  static LinkPolicy bound_policy() {
    return {.bind = {{"owner", {"/repository/owner/login"}},
                     {"number", {"/pull_request/number", "/issue/number"}}},
            .functions = {},
            .calls_max = {},
            .bytes_max = {},
            .seconds_max = {}};
  }

  FakeProvider provider_;
  Recorded records_;
  FakeClock clock_;
  Redactor redactor_;
  Subject subject_;
  RunState run_;
  const BoundValues nothing_;
  Frame frame_{run_, subject_, nothing_, 0};
  std::optional<Link> link_;
};

TEST_F(Gate, LetsThroughAndRecords) {
  const auto result = call(link({}), 0, "octo", 7);
  ASSERT_TRUE(result);
  EXPECT_EQ((*result)->as_case().payload->as_string(), "got octo");
  ASSERT_EQ(records_.ended.size(), 1U);
  const CallRecord& record = records_.ended[0];
  EXPECT_EQ(record.run, "run-1");
  EXPECT_EQ(record.app, "app");
  EXPECT_EQ(record.caller, "function review");
  EXPECT_EQ(record.interface, "test:github/pulls@1.0.0");
  EXPECT_EQ(record.function, "get");
  EXPECT_EQ(record.to, "integration github");
  EXPECT_EQ(record.arguments, R"({"owner":"octo","number":7})");
  EXPECT_EQ(record.outcome, Outcome::answered);
  EXPECT_EQ(record.result, R"({"ok":"got octo"})");
}

TEST_F(Gate, TheRecordBeginsBeforeTheProviderIsAsked) {
  std::size_t begun_before = 0;
  provider_.when_called = [&] { begun_before = records_.begun.size(); };
  (void)call(link({}), 0, "octo", 7);
  EXPECT_EQ(begun_before, 1U);
}

TEST_F(Gate, BoundValuesPass) {
  const Link& bound = link(bound_policy());
  bind(bound, {{"/repository/owner/login", {"octo", false}}, {"/issue/number", {"7", true}}});
  EXPECT_TRUE(call(bound, 0, "octo", 7));
  ASSERT_EQ(provider_.last_bound.size(), 2U);
  EXPECT_EQ(provider_.last_bound[1].text, "7");
}

TEST_F(Gate, AnotherPullRequestIsRefusedAndRecorded) {
  const Link& bound = link(bound_policy());
  bind(bound, {{"/repository/owner/login", {"octo", false}}, {"/pull_request/number", {"7", true}}});
  expect_forbidden(call(bound, 0, "octo", 8), "`number` is bound to /pull_request/number or /issue/number");
  expect_forbidden(call(bound, 0, "evil", 7), "`owner` is bound");
  expect_forbidden(call(bound, 0, "octo/../evil", 7), "`owner` is bound");
  EXPECT_EQ(provider_.calls, 0);
  ASSERT_EQ(records_.ended.size(), 3U);
  EXPECT_EQ(records_.ended[0].outcome, Outcome::refused);
  EXPECT_EQ(records_.ended[0].arguments, R"({"owner":"octo","number":8})");
  EXPECT_NE(records_.ended[0].error.find("`number` is bound"), std::string::npos);
}

TEST_F(Gate, TheFirstPointerThatLeadsSomewhereCounts) {
  const Link& bound = link(bound_policy());
  bind(bound, {{"/repository/owner/login", {"octo", false}},
               {"/pull_request/number", {"7", true}},
               {"/issue/number", {"8", true}}});
  EXPECT_TRUE(call(bound, 0, "octo", 7));
  expect_forbidden(call(bound, 0, "octo", 8), "which is 7");
}

TEST_F(Gate, ANumberIsNoText) {
  const Link& bound = link(bound_policy());
  bind(bound, {{"/repository/owner/login", {"1", true}}, {"/issue/number", {"7", false}}});
  expect_forbidden(call(bound, 0, "1", 7), "`owner` is bound");
  bind(bound, {{"/repository/owner/login", {"1", false}}, {"/issue/number", {"7", false}}});
  expect_forbidden(call(bound, 0, "1", 7), "`number` is bound");
}

TEST_F(Gate, AnEventWithoutTheValueLeavesNothingToCall) {
  const Link& bound = link(bound_policy());
  bind(bound, {{"/repository/owner/login", {"octo", false}}});
  expect_forbidden(call(bound, 0, "octo", 7), "which this event does not have");
  EXPECT_EQ(provider_.calls, 0);
}

TEST_F(Gate, WhereTheResultHasNoErrorARefusalEndsTheRun) {
  const Link& bound = link(bound_policy());
  bind(bound, {});
  const auto result = call(bound, 1, "octo", 7);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::refused);
}

TEST_F(Gate, OnlyGrantedFunctionsAreCalled) {
  LinkPolicy policy;
  policy.functions = {"count"};
  const Link& some = link(std::move(policy));
  expect_forbidden(call(some, 0, "octo", 7), "does not grant this function");
  EXPECT_EQ(provider_.calls, 0);
  EXPECT_EQ(records_.ended.at(0).outcome, Outcome::refused);
  EXPECT_TRUE(call(some, 1, "octo", 7));
}

TEST_F(Gate, BudgetsEnd) {
  LinkPolicy policy;
  policy.calls_max = 2;
  const Link& two = link(std::move(policy));
  EXPECT_TRUE(call(two, 1, "octo", 7));
  EXPECT_TRUE(call(two, 1, "octo", 7));
  const auto third = call(two, 1, "octo", 7);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::limit);
  EXPECT_NE(third.error().why.find("calls = 2"), std::string::npos);
  EXPECT_EQ(provider_.calls, 2);
}

TEST_F(Gate, BytesOfArgumentsAndResultsCount) {
  LinkPolicy policy;
  policy.bytes_max = 2000;
  const Link& small = link(std::move(policy));
  expect_forbidden(call(small, 0, std::string(3000, 'x'), 7), "bytes = 2000");
  EXPECT_EQ(provider_.calls, 0);
  EXPECT_TRUE(call(small, 0, std::string(900, 'x'), 7));
  expect_forbidden(call(small, 0, std::string(900, 'x'), 7), "bytes = 2000");
}

TEST_F(Gate, NestingEnds) {
  Frame deep{run_, subject_, nothing_, static_cast<unsigned>(subject_.limits.call_depth)};
  asio::io_context context;
  const Link& any = link({});
  std::vector<Value> arguments;
  arguments.push_back(Value::string("octo"));
  arguments.push_back(Value::unsigned_int(7));
  std::optional<ErrorCode> code;
  asio::co_spawn(context, pass(deep, any, 1, std::move(arguments)),
                 [&](const std::exception_ptr& /*thrown*/, const Result<std::optional<Value>>& result) {
                   if (!result) code = result.error().code;
                 });
  context.run();
  EXPECT_EQ(code, ErrorCode::limit);
  EXPECT_EQ(provider_.calls, 0);
}

TEST_F(Gate, RecordsEndTheRunWhereTheyGrowTooLarge) {
  subject_.limits.record_bytes = 1000;
  const Link& any = link({});
  EXPECT_TRUE(call(any, 0, std::string(400, 'x'), 7));
  const auto second = call(any, 0, std::string(400, 'x'), 7);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::limit);
  EXPECT_NE(second.error().why.find("record-bytes"), std::string::npos);
  EXPECT_EQ(provider_.calls, 1);
  ASSERT_EQ(records_.ended.size(), 2U);
  EXPECT_EQ(records_.ended[1].arguments, "");
  EXPECT_EQ(records_.ended[1].outcome, Outcome::refused);
}

TEST_F(Gate, SecretsAreCutFromRecordsAndErrors) {
  const Link& any = link({});
  (void)call(any, 0, "it is the-secret-text", 7);
  EXPECT_EQ(records_.ended.at(0).arguments, R"({"owner":"it is [secret:github.token]","number":7})");
  EXPECT_EQ(records_.ended.at(0).result, R"({"ok":"got it is [secret:github.token]"})");
  provider_.failure = Error{ErrorCode::unavailable, "ask", "said dGhlLXNlY3JldC10ZXh0", ""};
  const auto failed = call(any, 1, "octo", 7);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().why, "said [secret:github.token]");
  EXPECT_EQ(records_.ended.at(1).error, "ask: said [secret:github.token]");
}

TEST(LinkMake, RefusesWhatDoesNotFit) {
  FakeProvider provider;
  InterfaceType import = pulls();
  import.functions[0].parameters.pop_back();
  const auto other_type = Link::make(import, provider, {});
  ASSERT_FALSE(other_type);
  EXPECT_NE(other_type.error().why.find("wanted:  get: func(owner: string)"), std::string::npos);
  EXPECT_NE(other_type.error().why.find("offered: get: func(owner: string, number: u32)"), std::string::npos);

  import.functions[0].name = "fetch";
  EXPECT_FALSE(Link::make(import, provider, {}));

  LinkPolicy policy;
  policy.functions = {"gett"};
  EXPECT_FALSE(Link::make(pulls(), provider, policy));
  policy.functions = {"get"};
  policy.bind = {{"repo", {"/r"}}};
  const auto unbound = Link::make(pulls(), provider, policy);
  ASSERT_FALSE(unbound);
  EXPECT_NE(unbound.error().why.find("bind names `repo`"), std::string::npos);
}

}  // namespace
}  // namespace sluice::gate
