// The endpoint over HTTP, on a model whose answers are commanded by the last message.
#include "server/openai_site.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "server/server_fixture_test.h"

namespace sluice::server {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// "fail": an error; "half": one after the first words; "wait": never answers; "throw"; "flood": words without
// end; else echoes.
class CommandedModel : public nn::LanguageModel {
 public:
  [[nodiscard]] const std::string& name() const override { return name_; }
  Task<Result<nn::ModelInfo>> info() override {
    nn::ModelInfo info;
    info.embedding = 2;
    info.is_embedding = true;
    co_return info;
  }
  Task<Result<nn::Completion>> chat(nn::ChatRequest request, nn::Ask ask) override {
    return answer(request.messages.back().content, std::move(ask), request.options.sampling.seed.value_or(0));
  }
  Task<Result<nn::Completion>> generate(nn::TextRequest request, nn::Ask ask) override {
    return answer(request.prompt, std::move(ask), 0);
  }
  Task<Result<nn::Embedded>> embed(std::vector<std::string> texts, nn::Ask /*ask*/) override {
    co_return nn::Embedded{std::vector<std::vector<float>>(texts.size(), {0.5F, 0.5F}), "m", 7};
  }
  Task<Result<std::vector<std::uint32_t>>> count_tokens(std::vector<std::string> texts) override {
    co_return std::vector<std::uint32_t>(texts.size(), 1);
  }
  Task<Result<std::uint32_t>> count_prompt(nn::TextRequest) override { co_return 1; }
  [[nodiscard]] Stats stats() const override { return {}; }

  std::atomic<int> running = 0;
  std::string owner;

 private:
  struct Running {
    explicit Running(std::atomic<int>& count) : count_(count) { ++count_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { --count_; }
    std::atomic<int>& count_;
  };
  Task<Result<nn::Completion>> answer(std::string command, nn::Ask ask, std::uint64_t seed) {
    const Running counted(running);
    owner = ask.owner;
    if (command == "throw") throw std::runtime_error("a defect");
    if (command == "fail") co_return broken();
    const auto tell = [&](std::string text) {
      if (!ask.on_delta) return;
      nn::Delta delta;
      delta.content = std::move(text);
      ask.on_delta(delta);
    };
    nn::Completion made;
    made.message.content = command == "seed" ? std::to_string(seed) : command;
    if (command == "flood") {
      asio::steady_timer timer(co_await asio::this_coro::executor);
      for (;;) {
        tell(std::string(std::size_t{64} << 10U, 'x'));
        timer.expires_after(std::chrono::milliseconds(1));
        static_cast<void>(co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)));
      }
    }
    if (command == "half" || command == "wait") {
      tell("begun");
      asio::steady_timer timer(co_await asio::this_coro::executor);
      timer.expires_after(command == "half" ? std::chrono::milliseconds(1) : std::chrono::hours(1));
      static_cast<void>(co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)));
      co_return broken();
    }
    tell(made.message.content);
    co_return made;
  }
  static std::unexpected<Error> broken() {
    return fail(ErrorCode::unavailable, "ask the model m", "its worker ended");
  }

  std::string name_ = "m";
};

class OpenAiSiteTest : public ServerTest {
 protected:
  void serve(std::string key = {}, bool loopback_only = true) {
    OpenAiSettings settings;
    settings.models.push_back({"m", model_, 5});
    settings.api_key = std::move(key);
    settings.loopback_only = loopback_only;
    site_ = std::make_unique<OpenAiSite>(std::move(settings), clock_, entropy_);
    settings_.client_gone = HttpServerSettings::ClientGone::cancels;
    settings_.error_form = api_http_error;
    start([this](HttpCall call) { return site_->handle(std::move(call)); });
    site_->ready();
  }
  void TearDown() override {
    server_.reset();
    shards_.reset();
  }

  static std::string request(std::string_view method, std::string_view path, std::string_view body = {},
                             std::string_view headers = "host: localhost\r\n") {
    return fmt::format("{} {} HTTP/1.1\r\n{}content-length: {}\r\n\r\n{}", method, path, headers, body.size(),
                       body);
  }
  static std::string chat(std::string_view command, std::string_view more = "") {
    return fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"{}"}}]{}}})", command, more);
  }
  std::string answer(const std::string& request) {
    RawClient client = connect();
    client.send(request);
    return client.reply();
  }
  std::string posted(std::string_view body, std::string_view path = "/v1/chat/completions") {
    return answer(request("POST", path, body));
  }
  // All events of a stream, to its end.
  std::string streamed(std::string_view body) {
    RawClient client = connect();
    client.send(request("POST", "/v1/chat/completions", body, "host: localhost\r\nconnection: close\r\n"));
    return client.rest();
  }
  void wait_until_nothing_runs() {
    for (int i = 0; i < 1000 && model_->running > 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(model_->running, 0);
  }

  std::shared_ptr<CommandedModel> model_ = std::make_shared<CommandedModel>();
  SystemClock clock_;
  SystemEntropy entropy_;
  std::unique_ptr<OpenAiSite> site_;
};

TEST_F(OpenAiSiteTest, AnswersAndStreams) {
  serve();
  EXPECT_THAT(posted(chat("hello")), HasSubstr(R"("content":"hello")"));
  const std::string stream = streamed(chat("hello", R"(,"stream":true)"));
  EXPECT_THAT(stream, HasSubstr("content-type: text/event-stream"));
  EXPECT_THAT(stream, HasSubstr(R"("delta":{"content":"hello"})"));
  EXPECT_THAT(stream, EndsWith("data: [DONE]\n\n\r\n0\r\n\r\n"));
  EXPECT_THAT(posted(R"({"model":"m","prompt":"x"})", "/v1/completions"), HasSubstr(R"("text":"x")"));
  EXPECT_THAT(posted(R"({"model":"m","input":"x"})", "/v1/embeddings"), HasSubstr("[0.5,0.5]"));
}

TEST_F(OpenAiSiteTest, EachChoiceHasASeedOfItsOwn) {
  serve();
  const std::string reply = posted(chat("seed", R"(,"n":3,"seed":7)"));
  for (const char* seed : {"7", "8", "9"})
    EXPECT_THAT(reply, HasSubstr(fmt::format(R"("content":"{}")", seed)));
}

TEST_F(OpenAiSiteTest, ErrorsBeforeTheFirstWordAreReplies) {
  serve();
  EXPECT_THAT(posted(chat("fail")), StartsWith("503 {\"error\":"));
  EXPECT_THAT(posted(chat("fail", R"(,"stream":true)")), StartsWith("503 {\"error\":"));
  EXPECT_THAT(posted(chat("throw")), StartsWith("500 {\"error\":{\"message\""));
}

TEST_F(OpenAiSiteTest, ErrorsAfterTheFirstWordAreEvents) {
  serve();
  const std::string stream = streamed(chat("half", R"(,"stream":true)"));
  EXPECT_THAT(stream, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(stream, HasSubstr("begun"));
  EXPECT_THAT(stream, HasSubstr("data: {\"error\":{\"message\":"));
  EXPECT_THAT(stream, HasSubstr("model_unavailable"));
  EXPECT_THAT(stream, Not(HasSubstr("[DONE]")));
}

TEST_F(OpenAiSiteTest, AClientThatLeavesTakesItsRequestAlong) {
  serve();
  for (const std::string_view more : {"", R"(,"stream":true)", R"(,"n":5)"}) {
    {
      RawClient client = connect();
      client.send(request("POST", "/v1/chat/completions", chat("wait", more)));
      while (model_->running == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    wait_until_nothing_runs();
  }
}

TEST_F(OpenAiSiteTest, AClientThatReadsNothingIsCutOff) {
  settings_.write_timeout = std::chrono::milliseconds(50);
  serve();
  RawClient client = connect();
  client.send(request("POST", "/v1/chat/completions", chat("flood", R"(,"stream":true)")));
  while (model_->running == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  wait_until_nothing_runs();
  EXPECT_THAT(client.rest(), Not(HasSubstr("[DONE]")));
}

TEST_F(OpenAiSiteTest, StreamsThatAreCutOffLeaveNothing) {
  serve();
  RawClient client = connect();
  client.send(request("POST", "/v1/chat/completions", chat("wait", R"(,"stream":true)")));
  while (model_->running == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(server_->stop(std::chrono::milliseconds(0)), 1U);
  wait_until_nothing_runs();
  EXPECT_THAT(client.rest(), Not(HasSubstr("[DONE]")));
}

TEST_F(OpenAiSiteTest, ThoseWhoAskAreToldApart) {
  serve();
  static_cast<void>(posted(chat("x", R"(,"user":"somebody")")));
  EXPECT_EQ(model_->owner, "user somebody");
  static_cast<void>(posted(chat("x")));
  EXPECT_THAT(model_->owner, StartsWith("client 127.0.0.1:"));
}

TEST_F(OpenAiSiteTest, StagesOfItsLife) {
  serve();
  EXPECT_EQ(answer(request("GET", "/health")), R"(200 {"status":"ok"})");
  site_->stop();
  EXPECT_EQ(answer(request("GET", "/health")), R"(503 {"status":"stopping"})");
  EXPECT_THAT(posted(chat("x")), HasSubstr("shutting_down"));
}

TEST_F(OpenAiSiteTest, WithoutAKeyTheHostHasToBeThisMachine) {
  serve();
  const auto status = [&](std::string_view headers) {
    return answer(request("GET", "/v1/models", {}, headers)).substr(0, 3);
  };
  for (const char* host : {"localhost", "localhost:80", "127.0.0.1:80", "[::1]:80", "[::1]"})
    EXPECT_EQ(status(fmt::format("host: {}\r\n", host)), "200") << host;
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]", ""})
    EXPECT_EQ(status(fmt::format("host: {}\r\n", host)), "403") << host;
  EXPECT_EQ(status("host: localhost\r\norigin: http://localhost\r\n"), "200");
  EXPECT_EQ(status("host: localhost\r\norigin: http://localhost:3000\r\n"), "403");
}

TEST_F(OpenAiSiteTest, AKeyIsAskedForEverythingButHealth) {
  serve("secret", false);
  const auto status = [&](std::string_view path, std::string_view key) {
    return answer(request("GET", path, {}, fmt::format("host: a.example\r\nauthorization: {}\r\n", key)))
        .substr(0, 3);
  };
  EXPECT_EQ(status("/v1/models", "Bearer secret"), "200");
  EXPECT_EQ(status("/metrics", "Bearer secret"), "200");
  EXPECT_EQ(status("/health", "none"), "200");
  for (const char* key :
       {"Bearer Secret", "Bearer secret2", "Bearer secre", "secret", "bearer secret", "Bearer"}) {
    for (const char* path : {"/v1/models", "/metrics", "/other"}) EXPECT_EQ(status(path, key), "401") << key;
  }
}

}  // namespace
}  // namespace sluice::server
