#include "gate/tokens.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "gate/gate.h"
#include "gate/record.h"
#include "gate/redact.h"

namespace sluice::gate {
namespace {

Type u32() {
  return Type(Kind::u32);
}

Type completion() {
  const Type usage =
      Type::record({member("prompt-tokens", u32()), member("completion-tokens", u32()),
                    member("cached-tokens", u32()), member("cost-micros", Type::option(Type(Kind::u64)))});
  return Type::record({member("text", Type(Kind::string)), member("usage", usage)});
}

Type error() {
  return Type::variant({member("refused", Type(Kind::string))});
}

Type options() {
  return Type::record({member("model", Type(Kind::string)), member("max-tokens", Type::option(u32()))});
}

FunctionType complete() {
  const Type ok = completion();
  const Type err = error();
  return {"complete", {{"options", options()}}, std::make_shared<Type>(Type::result(&ok, &err)), ""};
}

FunctionType chat() {
  const Type ok = completion();
  const Type err = error();
  return {"chat",
          {{"messages", Type::list(Type(Kind::string))}, {"options", options()}},
          std::make_shared<Type>(Type::result(&ok, &err)),
          ""};
}

FunctionType complete_all() {
  const Type one = completion();
  const Type err = error();
  const Type list = Type::list(Type::result(&one, &err));
  return {"complete-all",
          {{"requests", Type::list(options())}},
          std::make_shared<Type>(Type::result(&list, &err)),
          ""};
}

Value usage(std::uint32_t prompt, std::uint32_t answer, std::optional<std::uint64_t> cost) {
  std::vector<Field> counts;
  counts.push_back({"prompt-tokens", Value::unsigned_int(prompt)});
  counts.push_back({"completion-tokens", Value::unsigned_int(answer)});
  counts.push_back({"cached-tokens", Value::unsigned_int(prompt / 2)});
  counts.push_back({"cost-micros", cost ? Value::some(Value::unsigned_int(*cost)) : Value::none()});
  std::vector<Field> fields;
  fields.push_back({"text", Value::string("x")});
  fields.push_back({"usage", Value::record(std::move(counts))});
  return Value::record(std::move(fields));
}

Value request(std::optional<std::uint32_t> max_tokens) {
  std::vector<Field> fields;
  fields.push_back({"model", Value::string("m")});
  fields.push_back(
      {"max-tokens", max_tokens ? Value::some(Value::unsigned_int(*max_tokens)) : Value::none()});
  return Value::record(std::move(fields));
}

std::optional<std::uint64_t> cap_of(const Value& request) {
  const auto& payload = request.field(1).as_case().payload;
  return payload ? std::optional(payload->as_unsigned()) : std::nullopt;
}

TEST(TokenMeter, ReadsEveryUsageOfAResult) {
  const TokenMeter meter(complete_all());
  ASSERT_TRUE(meter.counts());
  std::vector<Value> list;
  list.push_back(Value::ok(usage(10, 5, 7)));
  list.push_back(Value::err(Value::of_case(0, Value::string("no"))));
  list.push_back(Value::ok(usage(4, 1, {})));
  const TokenUse use = meter.read(Value::ok(Value::list(std::move(list))));
  EXPECT_EQ(use.prompt, 14U);
  EXPECT_EQ(use.completion, 6U);
  EXPECT_EQ(use.cached, 7U);
  EXPECT_EQ(use.total(), 20U);
  EXPECT_EQ(use.cost_micros, 7U);
  EXPECT_EQ(meter.read(Value::err(Value::of_case(0, Value::string("no")))).total(), 0U);
}

TEST(TokenMeter, CountsNothingWhereTypesTellNothing) {
  const FunctionType plain{"get", {{"a", u32()}}, std::make_shared<Type>(Kind::u32), ""};
  const TokenMeter meter(plain);
  EXPECT_FALSE(meter.counts());
  std::vector<Value> arguments;
  arguments.push_back(Value::unsigned_int(3));
  meter.cap(arguments, 1);
  EXPECT_EQ(arguments[0].as_unsigned(), 3U);
}

TEST(TokenMeter, CapsWhatIsAskedForToAnEqualShare) {
  const TokenMeter meter(complete_all());
  std::vector<Value> requests;
  requests.push_back(request({}));
  requests.push_back(request(1000));
  requests.push_back(request(3));
  std::vector<Value> arguments;
  arguments.push_back(Value::list(std::move(requests)));
  meter.cap(arguments, 30);
  const auto& capped = arguments[0].as_list();
  EXPECT_EQ(cap_of(capped[0]), 10U);
  EXPECT_EQ(cap_of(capped[1]), 10U);
  EXPECT_EQ(cap_of(capped[2]), 3U);
  meter.cap(arguments, 0);
  EXPECT_EQ(cap_of(arguments[0].as_list()[2]), 1U) << "never less than one";
}

// Answers `prompt` + what it may, up to 10 tokens.
class Model : public Provider {
 public:
  const std::string& label() const override { return label_; }
  const InterfaceType& type() const override { return type_; }
  Task<Result<std::optional<Value>>> call(Frame&, const BoundValues&, std::size_t,
                                          std::vector<Value> arguments) override {
    ++calls;
    asked = cap_of(arguments.back());
    const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(asked.value_or(10), 10));
    co_return std::optional<Value>(Value::ok(usage(20, most, 3)));
  }
  InterfaceType type_{"test:llm/chat@0.1.0", {complete(), complete_all(), chat()}};
  int calls = 0;
  std::optional<std::uint64_t> asked;

 private:
  std::string label_ = "model m";
};

class Recorded : public RecordSink {
 public:
  void begin(const CallRecord&) override {}
  void end(const CallRecord& record) override { ended.push_back(record); }
  std::vector<CallRecord> ended;
};

class TokenBudget : public testing::Test {
 protected:
  TokenBudget() {
    run_.id = "run-1";
    run_.function = &subject_;
    run_.redactor = &redactor_;
    run_.sink = &records_;
    run_.clock = &clock_;
  }

  Value call(const Link& link, std::optional<std::uint32_t> max_tokens) {
    std::vector<Value> arguments;
    arguments.push_back(request(max_tokens));
    return call(link, 0, std::move(arguments));
  }

  Value call(const Link& link, std::size_t function, std::vector<Value> arguments) {
    asio::io_context context;
    std::optional<Value> answer;
    asio::co_spawn(context, pass(frame_, link, function, std::move(arguments)),
                   [&](const std::exception_ptr& thrown, Result<std::optional<Value>> value) {
                     ASSERT_FALSE(thrown);
                     ASSERT_TRUE(value && *value);
                     answer = std::move(**value);
                   });
    context.run();
    return std::move(*answer);
  }

  Model model_;
  Recorded records_;
  Redactor redactor_{std::vector<Redactor::Named>{}};
  FakeClock clock_;
  Subject subject_{Subject::Kind::function, "app", "review", {}, {}};
  RunState run_;
  BoundValues nothing_;
  Frame frame_{run_, subject_, nothing_, 0};
};

TEST_F(TokenBudget, ARunIsRefusedOnceItsTokensAreSpent) {
  LinkPolicy policy;
  policy.tokens_max = 55;
  const Link link = std::move(*Link::make(model_.type_, model_, policy));
  EXPECT_EQ(call(link, {}).as_case().index, 0U);
  EXPECT_EQ(model_.asked, 55U);
  EXPECT_EQ(call(link, 4).as_case().index, 0U);
  EXPECT_EQ(model_.asked, 4U);
  EXPECT_EQ(run_.used[&link].tokens.total(), 54U);
  EXPECT_EQ(call(link, 4).as_case().index, 0U);
  EXPECT_EQ(model_.asked, 1U) << "one token is left";
  const Value refused = call(link, {});
  ASSERT_EQ(refused.as_case().index, 1U);
  const std::string why = refused.as_case().payload->as_case().payload->as_string();
  EXPECT_NE(why.find("tokens = 55"), std::string::npos) << why;
  EXPECT_NE(why.find("test:llm/chat@0.1.0"), std::string::npos) << why;
  EXPECT_EQ(model_.calls, 3);
}

TEST_F(TokenBudget, APromptThatHasNoRoomIsNotSent) {
  LinkPolicy policy;
  policy.tokens_max = 100;
  const Link link = std::move(*Link::make(model_.type_, model_, policy));
  const auto ask = [&](const std::vector<std::size_t>& sizes) {
    std::vector<Value> messages;
    for (const std::size_t size : sizes) messages.push_back(Value::string(std::string(size, 'x')));
    std::vector<Value> arguments;
    arguments.push_back(Value::list(std::move(messages)));
    arguments.push_back(request({}));
    return call(link, 2, std::move(arguments));
  };
  const Value refused = ask({200, 204});
  ASSERT_EQ(refused.as_case().index, 1U);
  const std::string why = refused.as_case().payload->as_case().payload->as_string();
  EXPECT_NE(why.find("tokens = 100, 100 are left, and its texts have about 101"), std::string::npos) << why;
  EXPECT_EQ(model_.calls, 0);
  EXPECT_EQ(ask({100, 140}).as_case().index, 0U);
  EXPECT_EQ(model_.asked, 40U) << "what is left after the prompt";
  EXPECT_EQ(ask({284}).as_case().index, 1U) << "30 were spent";
  EXPECT_EQ(model_.calls, 1);
}

TEST_F(TokenBudget, TheRecordTellsTokensAndCost) {
  const Link link = std::move(*Link::make(model_.type_, model_, {}));
  call(link, {});
  ASSERT_EQ(records_.ended.size(), 1U);
  ASSERT_TRUE(records_.ended[0].tokens);
  EXPECT_EQ(records_.ended[0].tokens->prompt, 20U);
  const std::string line = to_json_line(records_.ended[0]);
  EXPECT_NE(line.find(R"("tokens":{"prompt":20,"completion":10,"cached":10,"cost-micros":3})"),
            std::string::npos)
      << line;
}

TEST_F(TokenBudget, TokensCanOnlyBeBudgetedWhereTheyAreTold) {
  model_.type_ = {"test:plain/x@1.0.0", {{"get", {}, std::make_shared<Type>(Kind::u32), ""}}};
  LinkPolicy policy;
  policy.tokens_max = 5;
  const auto link = Link::make(model_.type_, model_, policy);
  ASSERT_FALSE(link);
  EXPECT_NE(link.error().why.find("tokens"), std::string::npos);
}

}  // namespace
}  // namespace sluice::gate
