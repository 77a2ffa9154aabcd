// Clients that break the protocol, send too much, or take their time.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "server/server_fixture_test.h"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

class HostileClientTest : public ServerTest {
 protected:
  void start_counting() {
    start([this](HttpCall) -> Task<HttpReply> {
      ++handled_;
      co_return HttpReply{};
    });
  }
  std::atomic<unsigned> handled_ = 0;
};

std::string post(const std::string& headers, const std::string& body = {}) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

TEST_F(HostileClientTest, RequestsThatAreNoneGetAnErrorAndAreNotHandled) {
  start_counting();
  struct Case {
    std::string request;
    std::string status;
  };
  const std::vector<Case> cases{
      {"\r\n\r\n\r\n", "400"},
      {"GET\r\n\r\n", "400"},
      {"GET / HTTP/1.1", "400"},
      {"GET /\r\nHost: h\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", "400"},
      {"GET / HTTP/1.1\nHost: a\n\n", "505"},
      {"G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"\x16\x03\x01\x02\x01\x01\x01\x01\x03\x03 and so on, as TLS begins\r\n\r\n", "400"},
      {std::string(64, '\0'), "400"},
      {post("Content-Length: -1\r\n"), "400"},
      {post("Content-Length: x\r\n"), "400"},
      {post("Content-Length: 1x\r\n", "1"), "400"},
      {post("Content-Length: 18446744073709551616\r\n"), "400"},
      {post("Content-Length: 1\r\nContent-Length: 2\r\n", "12"), "400"},
      {post("Content-Length: 1, 2\r\n", "12"), "400"},
      // Read in two ways by two parsers, these would hide one request in another.
      {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
      {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), "400"},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
      {post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "501"},
      {post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), "501"},
      {post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), "501"},
      {post("Transfer-Encoding: identity\r\n"), "501"},
      {post("Transfer-Encoding: chunked\r\n", "zz\r\n12\r\n0\r\n\r\n"), "400"},
      {post("Transfer-Encoding: chunked\r\n", "2\r\n123\r\n0\r\n\r\n"), "400"},
      {post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"), "400"},
      {post("Transfer-Encoding: chunked\r\n", "-1\r\n"), "400"},
  };
  for (const auto& [request, status] : cases) {
    RawClient client = connect();
    client.send(request);
    client.end_sending();
    const std::string reply = client.reply();
    // A request that merely stops has no one left to answer to.
    if (request == "GET / HTTP/1.1") {
      EXPECT_EQ(reply, "");
      continue;
    }
    EXPECT_EQ(reply.substr(0, 3), status) << request;
    EXPECT_NE(reply.find("{\"error\":{\"code\":\""), std::string::npos) << request;
    EXPECT_NE(client.head().find("connection: close\r\n"), std::string::npos) << request;
    EXPECT_EQ(client.rest(), "") << request;
  }
  EXPECT_EQ(handled_, 0U);
}

TEST_F(HostileClientTest, ABodyOverTheLimitIsRefusedBeforeItIsSent) {
  settings_.limits.body_bytes_max = 1000;
  start_counting();
  RawClient fits = connect();
  fits.send(post("Content-Length: 1000\r\n", std::string(1000, 'x')));
  EXPECT_EQ(fits.reply(), "200 ");
  for (const char* length : {"1001", "99999999999", "18446744073709551615"}) {
    EXPECT_TRUE(answer_and_close(post("Content-Length: " + std::string(length) + "\r\n"))
                    .starts_with("413 {\"error\":{\"code\":\"body-too-large\""))
        << length;
  }
  RawClient expecting = connect();
  expecting.send(post("Content-Length: 1001\r\nExpect: 100-continue\r\n"));
  EXPECT_TRUE(expecting.reply().starts_with("413 "));
  EXPECT_EQ(handled_, 1U);
}

TEST_F(HostileClientTest, ClientsThatSendOnRegardlessStillGetTheirReply) {
  settings_.limits.body_bytes_max = 1000;
  start_counting();
  RawClient client = connect();
  client.send(post("Content-Length: 2000000\r\n"));
  client.send(std::string(2'000'000, 'x'));
  EXPECT_TRUE(client.reply().starts_with("413 "));
}

TEST_F(HostileClientTest, ChunkedBodiesCountAsTheyCome) {
  settings_.limits.body_bytes_max = 1000;
  start_counting();
  const std::string headers = "Transfer-Encoding: chunked\r\n";
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  RawClient fits = connect();
  fits.send(post(headers, chunk + chunk + "0\r\n\r\n"));
  EXPECT_EQ(fits.reply(), "200 ");
  EXPECT_TRUE(answer_and_close(post(headers, chunk + chunk + "1\r\n")).starts_with("413 "));
  EXPECT_TRUE(answer_and_close(post(headers, "3e9\r\n")).starts_with("413 "));
  EXPECT_TRUE(answer_and_close(post(headers, "ffffffffffffffff\r\n")).starts_with("413 "));
  EXPECT_EQ(handled_, 1U);
}

TEST_F(HostileClientTest, HeadersChunkHeadersAndTrailersAreLimited) {
  settings_.limits.header_bytes_max = 2000;
  settings_.limits.headers_max = 10;
  start_counting();
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  std::string many;
  for (int i = 0; i < 11; ++i) many += "X: y\r\n";
  for (const std::string& request : {
           "GET /" + std::string(3000, 'x'),
           "GET /" + std::string(3000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n",
           std::string(3000, 'G'),
           post("X: " + std::string(3000, 'x')),
           post("X: " + std::string(3000, 'x') + "\r\n"),
           post(many),
           post(chunked, "1;" + std::string(3000, 'x')),
           post(chunked, std::string(3000, '0')),
           post(chunked, "0\r\nX: " + std::string(3000, 'x')),
       }) {
    EXPECT_TRUE(answer_and_close(request).starts_with("431 {\"error\":{\"code\":\"headers-too-large\""))
        << request.substr(0, 100);
  }
  EXPECT_EQ(handled_, 0U);
}

TEST_F(HostileClientTest, ClientsThatGoHalfwayLeaveNothing) {
  start_counting();
  const std::string whole = post("Content-Length: 3\r\n", "abc");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    RawClient client = connect();
    client.send(std::string_view(whole).substr(0, size));
  }
  while (server_->stats().connections_accepted < whole.size() || server_->stats().connections_open > 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(handled_, 0U);
}

TEST_F(HostileClientTest, TimeIsLimitedAtEachStage) {
  settings_.idle_timeout = 1ms;
  settings_.header_timeout = 1ms;
  settings_.body_timeout = 1ms;
  start_counting();
  EXPECT_EQ(connect().rest(), "");
  EXPECT_TRUE(answer_and_close("GET / HTTP/1.1\r\nHost:").starts_with("408 "));
  EXPECT_TRUE(answer_and_close(post("Content-Length: 10\r\n", "12345")).starts_with("408 "));
  EXPECT_EQ(handled_, 0U);
}

TEST_F(HostileClientTest, ADripDoesNotBuyTime) {
  settings_.header_timeout = 300ms;
  start_counting();
  RawClient client = connect();
  std::string reply;
  std::thread reader([&] { reply = client.reply(); });
  for (const char* c = "GET / HTTP/1.1\r\n"; client.send({c, 1});) std::this_thread::sleep_for(20ms);
  reader.join();
  EXPECT_TRUE(reply.starts_with("408 ")) << reply;
}

TEST_F(HostileClientTest, ClientsThatDoNotReadAreLetGo) {
  settings_.write_timeout = 100ms;
  start([](HttpCall) -> Task<HttpReply> {
    HttpReply reply;
    reply.body.assign(50'000'000, 'x');
    co_return reply;
  });
  RawClient client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server_->stats().requests == 0) std::this_thread::yield();
  while (server_->stats().connections_open > 0) std::this_thread::yield();
}

}  // namespace
}  // namespace sluice::server
