#include "server/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>

#include "server/server_fixture_test.h"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using HttpServerTest = ServerTest;

constexpr std::string_view simple = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_F(HttpServerTest, HandsTheRequestOverAsItWasSent) {
  std::promise<HttpCall> seen;
  start([&](HttpCall call) -> Task<HttpReply> {
    seen.set_value(std::move(call));
    HttpReply reply;
    reply.status = 202;
    reply.body = "{}";
    reply.headers = {{"x-one", "1"}};
    co_return reply;
  });
  RawClient client = connect();
  client.send(
      "POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-Two:  a b \r\nx-two: 2\r\nContent-Length: 4\r\n\r\n\r\n\0x");
  client.send(std::string_view("\0x", 2));
  EXPECT_EQ(client.reply(), "202 {}");
  EXPECT_EQ(client.head(),
            "HTTP/1.1 202 Accepted\r\nx-one: 1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n");
  const HttpCall call = seen.get_future().get();
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.target, "/a%20b?c=d");
  EXPECT_EQ(call.path(), "/a%20b");
  EXPECT_EQ(call.headers,
            (HttpHeaders{{"host", "h"}, {"x-two", "a b"}, {"x-two", "2"}, {"content-length", "4"}}));
  EXPECT_EQ(call.header("x-two"), "a b");
  EXPECT_EQ(call.header("none"), "");
  EXPECT_EQ(call.body, std::string_view("\r\n\0x", 4));
  EXPECT_EQ(call.shard, 0U);
  EXPECT_EQ(call.peer, client.socket().local_endpoint());
}

TEST_F(HttpServerTest, KeepsConnectionsOpenUnlessAskedToClose) {
  start_echo();
  RawClient client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send(simple);
    EXPECT_EQ(client.reply(), "200 GET /x ");
    EXPECT_EQ(client.head().find("connection:"), std::string::npos);
  }
  EXPECT_EQ(server_->stats().connections_accepted, 1U);
  EXPECT_EQ(server_->stats().requests, 3U);
  EXPECT_EQ(answer_and_close("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "200 GET /x ");
  EXPECT_EQ(answer_and_close("GET /x HTTP/1.0\r\n\r\n"), "200 GET /x ");
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrderAndOneByOne) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  start([&](HttpCall call) -> Task<HttpReply> {
    most = std::max(most.load(), ++running);
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
    --running;
    HttpReply reply;
    reply.body = call.target;
    co_return reply;
  });
  RawClient client = connect();
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  }
  client.send(all);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.reply(), "200 /" + std::to_string(i));
  EXPECT_EQ(most, 1);
}

TEST_F(HttpServerTest, ReadsRequestsThatComeInPieces) {
  start_echo();
  RawClient client = connect();
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=v\r\nde\r\n0\r\nT: "
      "v\r\n\r\n";
  client.socket().set_option(asio::ip::tcp::no_delay(true));
  for (const char c : request + request) ASSERT_TRUE(client.send({&c, 1}));
  EXPECT_EQ(client.reply(), "200 POST /x abcde");
  EXPECT_EQ(client.reply(), "200 POST /x abcde");
}

TEST_F(HttpServerTest, TrailersAreNoHeaders) {
  start([](HttpCall call) -> Task<HttpReply> {
    HttpReply reply;
    reply.body = std::string(call.header("x-a")) + "/" + std::string(call.header("x-b"));
    co_return reply;
  });
  RawClient client = connect();
  client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-B: "
      "2\r\nHost: i\r\n\r\n");
  EXPECT_EQ(client.reply(), "200 1/");
}

TEST_F(HttpServerTest, HeadAndNoContentHaveNoBody) {
  start([](HttpCall call) -> Task<HttpReply> {
    HttpReply reply;
    reply.status = call.target == "/none" ? 204 : 200;
    reply.body = "body";
    co_return reply;
  });
  RawClient client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string head = client.rest();
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  EXPECT_NE(head.find("content-length: 4\r\n"), std::string::npos) << head;
  RawClient other = connect();
  other.send("GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string none = other.rest();
  EXPECT_EQ(none, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
}

TEST_F(HttpServerTest, TellsTheClientToContinue) {
  start_echo();
  RawClient client = connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.reply(), "100 ");
  client.send("ab");
  EXPECT_EQ(client.reply(), "200 POST / ab");
  EXPECT_TRUE(answer_and_close("POST / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n").starts_with("417 "));
}

TEST_F(HttpServerTest, LargeRepliesArriveWhole) {
  start([](HttpCall) -> Task<HttpReply> {
    HttpReply reply;
    reply.body.assign(20'000'000, 'x');
    co_return reply;
  });
  RawClient client = connect();
  client.send(simple);
  EXPECT_EQ(client.reply().size(), 4 + 20'000'000U);
}

TEST_F(HttpServerTest, HandlersThatThrowCostTheirRequestAlone) {
  start([](HttpCall call) -> Task<HttpReply> {
    if (call.target == "/throw") throw std::runtime_error("inner detail");
    HttpReply reply;
    if (call.target == "/split") reply.headers = {{"x", "a\r\nb: c"}};
    if (call.target == "/name") reply.headers = {{"x y", "a"}};
    if (call.target == "/status") reply.status = 42;
    co_return reply;
  });
  RawClient client = connect();
  for (const char* target : {"/throw", "/split", "/name", "/status"}) {
    client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string reply = client.reply();
    EXPECT_TRUE(reply.starts_with("500 {\"error\":{\"code\":\"internal\"")) << reply;
    EXPECT_EQ(reply.find("detail"), std::string::npos);
  }
  client.send(simple);
  EXPECT_EQ(client.reply(), "200 ");
  ASSERT_EQ(errors().size(), 4U);
  EXPECT_NE(errors()[0].find("inner detail"), std::string::npos);
}

TEST_F(HttpServerTest, ConnectionsBeyondTheLimitAreTurnedAway) {
  settings_.connections_max = 2;
  start_echo();
  RawClient first = connect();
  RawClient second = connect();
  for (RawClient* client : {&first, &second}) {
    client->send(simple);
    EXPECT_EQ(client->reply(), "200 GET /x ");
  }
  RawClient third = connect();
  EXPECT_TRUE(third.reply().starts_with("503 "));
  EXPECT_EQ(third.rest(), "");
  first.end_sending();
  EXPECT_EQ(first.rest(), "");
  while (server_->stats().connections_open > 1) std::this_thread::yield();
  RawClient fourth = connect();
  fourth.send(simple);
  EXPECT_EQ(fourth.reply(), "200 GET /x ");
  EXPECT_EQ(server_->stats().connections_refused, 1U);
}

TEST_F(HttpServerTest, EachShardServesOnItsOwnThread) {
  std::mutex mutex;
  std::set<std::size_t> used;
  start(
      [&](HttpCall call) -> Task<HttpReply> {
        EXPECT_EQ(call.shard, shards_->current());
        const std::scoped_lock lock(mutex);
        used.insert(call.shard);
        co_return HttpReply{};
      },
      2);
  for (int i = 0; i < 64; ++i) {
    RawClient client = connect();
    client.send(simple);
    ASSERT_EQ(client.reply(), "200 ");
  }
  EXPECT_EQ(used, (std::set<std::size_t>{0, 1}));
}

TEST_F(HttpServerTest, APortInUseIsAnError) {
  for (const std::size_t count : {1U, 2U}) {
    start([](HttpCall) -> Task<HttpReply> { co_return HttpReply{}; }, count);
    Shards others(count, "other");
    HttpServerSettings same;
    same.listen = server_->endpoint();
    const auto second =
        HttpServer::start(others, same, [](HttpCall) -> Task<HttpReply> { co_return HttpReply{}; });
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::unavailable);
    EXPECT_NE(second.error().to_string().find("Address already in use"), std::string::npos);
    server_.reset();
  }
}

// A handler that waits until it is let go (or cancelled).
struct Gate {
  std::promise<void> entered;
  std::atomic<bool> open = false;
  std::atomic<bool> cancelled = false;

  HttpHandler handler() {
    return [this](HttpCall) -> Task<HttpReply> {
      entered.set_value();
      asio::steady_timer timer(co_await asio::this_coro::executor);
      // However the cancellation comes (by the timer, or thrown at the next wait), the coroutine ends before
      // `open`.
      struct AtEnd {
        Gate& gate;
        ~AtEnd() {
          if (!gate.open) gate.cancelled = true;
        }
      } at_end{*this};
      while (!open) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
      }
      HttpReply reply;
      reply.body = "done";
      co_return reply;
    };
  }
};

TEST_F(HttpServerTest, StopLetsRequestsFinishAndClosesTheRest) {
  Gate gate;
  start(gate.handler());
  const auto endpoint = server_->endpoint();
  RawClient idle = connect();
  RawClient half = connect();
  half.send("GET / HTTP/1.1\r\nHos");
  RawClient busy = connect();
  busy.send(simple);
  gate.entered.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { return server_->stop(20s); });
  EXPECT_EQ(idle.rest(), "");
  EXPECT_THROW(RawClient late(endpoint), boost::system::system_error);
  half.end_sending();
  EXPECT_EQ(half.rest(), "");
  gate.open = true;
  EXPECT_EQ(busy.reply(), "200 done");
  EXPECT_NE(busy.head().find("connection: close\r\n"), std::string::npos);
  EXPECT_EQ(busy.rest(), "");
  EXPECT_EQ(stopped.get(), 0U);
}

TEST_F(HttpServerTest, StopAnswersNewRequestsWhileThoseUnderWayFinish) {
  Gate gate;
  std::atomic<bool> ends = false;
  start([&, first = gate.handler()](HttpCall call) -> Task<HttpReply> {
    if (!ends) co_return co_await first(std::move(call));
    HttpReply reply;
    reply.status = 503;
    reply.body = "ends";
    co_return reply;
  });
  RawClient kept = connect();
  RawClient busy = connect();
  busy.send(simple);
  gate.entered.get_future().get();
  while (server_->stats().connections_open < 2) std::this_thread::yield();
  ends = true;
  auto stopped =
      std::async(std::launch::async, [&] { return server_->stop(20s, HttpServer::NewRequests::handled); });
  EXPECT_EQ(stopped.wait_for(100ms), std::future_status::timeout);
  RawClient late(server_->endpoint());
  for (RawClient* client : {&kept, &late}) {
    client->send(simple);
    EXPECT_EQ(client->reply(), "503 ends");
    EXPECT_EQ(client->rest(), "");
  }
  gate.open = true;
  EXPECT_EQ(busy.reply(), "200 done");
  EXPECT_EQ(stopped.get(), 0U);
  EXPECT_EQ(busy.rest(), "");
}

TEST_F(HttpServerTest, StopCutsOffWhatTakesTooLong) {
  Gate gate;
  start(gate.handler());
  RawClient busy = connect();
  busy.send(simple);
  RawClient half = connect();
  half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123");
  gate.entered.get_future().get();
  while (server_->stats().connections_open < 2) std::this_thread::yield();
  const std::size_t cut_off = server_->stop(10ms);
  EXPECT_GE(cut_off, 1U);  // 2, unless the half request had not been read yet
  EXPECT_LE(cut_off, 2U);
  EXPECT_TRUE(gate.cancelled);
  EXPECT_EQ(busy.rest(), "");
  EXPECT_EQ(half.rest(), "");
  EXPECT_EQ(server_->stats().connections_open, 0U);
}

}  // namespace
}  // namespace sluice::server
