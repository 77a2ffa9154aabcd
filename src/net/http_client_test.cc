#include "net/http_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "net/client_fixture_test.h"
#include "net/loopback_server_test.h"

namespace sluice::net {
namespace {

using HttpClientTest = ClientTest;

TEST_F(HttpClientTest, SendsExactlyWhatWasAskedAndNothingOfItsOwn) {
  Recorder recorder("HTTP/1.1 201 Created\r\nX-One:  a b \r\nX-TWO:\r\nContent-Length: 5\r\n\r\nhello");
  const LoopbackServer server(recorder.script());
  HttpRequest sent = request(server.url("/a%2Fb//c;d?x=%20&y"), "PATCH");
  sent.headers = {{"X-Mine", "1"}, {"X-Empty", ""}, {"x-mine", "2"}};
  sent.body = std::string("\0\r\nbody", 7);
  const auto answer = send(std::move(sent));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->headers, (HttpHeaders{{"x-one", "a b"}, {"x-two", ""}, {"content-length", "5"}}));
  ASSERT_EQ(recorder.requests().size(), 1U);
  EXPECT_EQ(recorder.requests()[0],
            "PATCH /a%2Fb//c;d?x=%20&y HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nUser-Agent: sluice\r\nAccept-Encoding: gzip\r\nAccept: */*\r\nX-Mine: "
                "1\r\nX-Empty:\r\nx-mine: "
                "2\r\nContent-Length: 7\r\n\r\n" +
                std::string("\0\r\nbody", 7));
}

TEST_F(HttpClientTest, SpeaksEachMethod) {
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"}) {
    for (const char* body : {"", "body"}) {
      HttpRequest sent = request(server.url(), method);
      sent.body = body;
      const auto answer = send(std::move(sent));
      ASSERT_TRUE(answer) << method << ": " << answer.error().to_string();
      const std::string seen = recorder.requests().back();
      EXPECT_TRUE(seen.starts_with(std::string(method) + " / HTTP/1.1\r\n")) << seen;
      EXPECT_TRUE(seen.ends_with(std::string("\r\n\r\n") + body)) << seen;
      EXPECT_EQ(seen.find("Expect:"), std::string::npos);
      EXPECT_EQ(seen.find("Content-Type:"), std::string::npos);
    }
  }
}

TEST_F(HttpClientTest, HeadHasALengthButNoBody) {
  Recorder recorder("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
  const LoopbackServer server(recorder.script());
  const auto answer = send(request(server.url(), "HEAD"));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->headers, (HttpHeaders{{"content-length", "99999999999"}}));
  EXPECT_EQ(answer->body, "");
}

TEST_F(HttpClientTest, SendsLargeBodiesWithoutWaitingForContinue) {
  std::atomic<std::size_t> received = 0;
  const LoopbackServer server([&](LoopbackPeer& peer) {
    received = peer.read_request().size();
    peer.write(ok_answer);
  });
  HttpRequest sent = request(server.url(), "POST");
  sent.body.assign(3'000'000, 'x');
  const auto answer = send(std::move(sent));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_GT(received, 3'000'000U);
}

TEST_F(HttpClientTest, RefusesWhatIsTheHostsToSet) {
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  for (const char* name : {"Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
                           "TE", "Trailer", "Upgrade", "Expect", "Proxy-Authorization", "Proxy-Connection",
                           "Accept-Encoding", "HTTP2-Settings", "X-Forwarded-For", "Via", "Forwarded"}) {
    HttpRequest sent = request(server.url());
    sent.headers = {{name, "x"}};
    const auto answer = send(std::move(sent));
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::refused) << name;
  }
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(HttpClientTest, RefusesHeadersThatWouldSplit) {
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  const HttpHeaders broken{{"X-A", "a\r\nX-B: b"},
                           {"X-A", "a\nb"},
                           {"X-A", "a\rb"},
                           {"X-A", std::string(1, '\0')},
                           {"X-A", "\x7f"},
                           {"X-A\r\nX-B", "b"},
                           {"X A", "b"},
                           {"X:A", "b"},
                           {"", "b"},
                           {"X-\xc3\xa9", "b"},
                           {"X-A\0", "b"},
                           {"X-A;", "b"}};
  for (const auto& header : broken) {
    HttpRequest sent = request(server.url());
    sent.headers = {header};
    if (header.first == "X-A" && header.second == "b") continue;  // the literal ends at its NUL
    const auto answer = send(std::move(sent));
    ASSERT_FALSE(answer) << header.first << ": " << header.second;
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::invalid);
    EXPECT_EQ(answer.error().to_string().find("X-B"), std::string::npos);
  }
  EXPECT_EQ(server.connections(), 0U);
  EXPECT_TRUE(check_header("Authorization", "Bearer \t\xc3\xa9~"));
}

TEST_F(HttpClientTest, RefusesMethodsThatAreNone) {
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  for (const char* method : {"", "get", "GET /x", "GET\r\n", "A,B", "LONGERTHANTWENTYBYTES"}) {
    EXPECT_EQ(send(request(server.url(), method)).error().code, ErrorCode::invalid_input) << method;
  }
  for (const char* method : {"CONNECT", "TRACE", "TRACK"}) {
    EXPECT_EQ(send(request(server.url(), method)).error().code, ErrorCode::refused) << method;
  }
  HttpRequest head = request(server.url(), "HEAD");
  head.body = "x";
  EXPECT_EQ(send(std::move(head)).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(HttpClientTest, ReturnsRedirectsAsTheyAre) {
  Recorder inner;
  const LoopbackServer target(inner.script());
  Recorder recorder("HTTP/1.1 302 Found\r\nLocation: " + target.url("/private") +
                    "\r\nContent-Length: 0\r\n\r\n");
  const LoopbackServer server(recorder.script());
  const auto answer = get(server.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(answer->headers[0], (std::pair<std::string, std::string>("location", target.url("/private"))));
  EXPECT_EQ(target.connections(), 0U);
}

TEST_F(HttpClientTest, KeepsNoCookies) {
  Recorder recorder("HTTP/1.1 200 OK\r\nSet-Cookie: id=1; Path=/\r\nContent-Length: 0\r\n\r\n");
  const LoopbackServer server(recorder.script());
  ASSERT_TRUE(get(server.url()));
  ASSERT_TRUE(get(server.url()));
  EXPECT_EQ(recorder.requests()[1].find("Cookie"), std::string::npos);
}

TEST_F(HttpClientTest, TakesNothingFromTheEnvironment) {
  Recorder proxied;
  const LoopbackServer proxy(proxied.script());
  const std::string home = testing::TempDir() + "sluice-net-home";
  std::filesystem::create_directories(home);
  std::ofstream(home + "/.netrc") << "machine 127.0.0.1 login marker password marker\n";
  const std::vector<std::pair<std::string, std::string>> variables{
      {"http_proxy", proxy.url()}, {"HTTP_PROXY", proxy.url()}, {"https_proxy", proxy.url()},
      {"all_proxy", proxy.url()},  {"ALL_PROXY", proxy.url()},  {"HOME", home},
  };
  std::vector<std::pair<std::string, std::optional<std::string>>> before;
  for (const auto& [name, value] : variables) {
    const char* old = std::getenv(name.c_str());
    before.emplace_back(name, old == nullptr ? std::nullopt : std::optional<std::string>(old));
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  const auto answer = get(server.url());
  for (const auto& [name, old] : before) {
    if (old) {
      ::setenv(name.c_str(), old->c_str(), 1);
    } else {
      ::unsetenv(name.c_str());
    }
  }
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(proxy.connections(), 0U);
  EXPECT_EQ(recorder.requests()[0].find("Authorization"), std::string::npos);
}

TEST_F(HttpClientTest, RefusesNamesThatResolveToPrivateAddresses) {
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  for (const char* host :
       {"localhost", "name.localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    const std::string url = "http://" + std::string(host) + ":" + std::to_string(server.port()) + "/";
    const auto answer = wait(start(request(url), check_for("http://*.example.org")));
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::refused) << answer.error().to_string();
  }
  EXPECT_EQ(server.connections(), 0U);
  const std::string url = "http://localhost:" + std::to_string(server.port()) + "/";
  const auto granted = wait(start(request(url), check_for("http://localhost")));
  EXPECT_TRUE(granted) << granted.error().to_string();
}

TEST_F(HttpClientTest, ConnectionsAreKeptButCheckedForEachRequest) {
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  ASSERT_TRUE(get(server.url()));
  ASSERT_TRUE(get(server.url("/again")));
  EXPECT_EQ(server.connections(), 1U);
  const auto refused = wait(start(request(server.url("/other")), check_for("https://example.org")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_EQ(recorder.requests().size(), 2U);
}

TEST_F(HttpClientTest, SendsTwiceOnlyWhatDoesNoHarm) {
  std::atomic<unsigned> seen = 0;
  // Takes a second request on each connection and closes without a word, as if it had died at work.
  const LoopbackServer server([&](LoopbackPeer& peer) {
    if (peer.read_request().empty()) return;
    ++seen;
    peer.write(ok_answer);
    if (!peer.read_request().empty()) ++seen;
  });
  ASSERT_TRUE(get(server.url()));
  const auto post = send(request(server.url(), "POST"));
  ASSERT_FALSE(post);
  EXPECT_EQ(post.error().code, ErrorCode::unavailable);
  EXPECT_NE(post.error().why.find("twice"), std::string::npos) << post.error().to_string();
  EXPECT_EQ(seen, 2U);

  ASSERT_TRUE(get(server.url()));
  HttpRequest keyed = request(server.url(), "POST");
  keyed.repeat = Repeat::harmless;
  EXPECT_TRUE(send(std::move(keyed)));
  EXPECT_EQ(seen, 5U);
  EXPECT_TRUE(get(server.url()));
  EXPECT_EQ(seen, 7U);
}

TEST_F(HttpClientTest, ManyAtOnce) {
  Recorder recorder;
  const LoopbackServer server(recorder.script());
  std::vector<std::shared_ptr<Pending>> pending;
  for (int i = 0; i < 200; ++i)
    pending.push_back(start(request(server.url()), check_for("http://127.0.0.1")));
  for (auto& one : pending) EXPECT_TRUE(wait(one));
  EXPECT_EQ(recorder.requests().size(), 200U);
  EXPECT_LE(server.connections(), HttpClientSettings{}.requests_per_origin_max);
  EXPECT_EQ(client_->active(), 0U);
}

// Hangs with the request in hand and reports when the client has gone.
class Hanging {
 public:
  LoopbackServer::Script script() {
    return [this](LoopbackPeer& peer) {
      if (!peer.read_request().empty()) ++asked;
      peer.wait_for_close();
      ++closed;
    };
  }
  std::atomic<unsigned> asked = 0;
  std::atomic<unsigned> closed = 0;
};

TEST_F(HttpClientTest, CancellationEndsTheTransfer) {
  Hanging hanging;
  const LoopbackServer server(hanging.script());
  const auto pending = start(request(server.url()), check_for("http://127.0.0.1"));
  while (hanging.asked == 0) context_->poll(), context_->restart();
  EXPECT_EQ(client_->active(), 1U);
  pending->cancel.emit(asio::cancellation_type::terminal);
  const auto answer = wait(pending);
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::cancelled);
  EXPECT_EQ(client_->active(), 0U);
  while (hanging.closed == 0) context_->poll(), context_->restart();
}

TEST_F(HttpClientTest, ClosingTheClientEndsItsTransfers) {
  Hanging hanging;
  const LoopbackServer server(hanging.script());
  const auto pending = start(request(server.url()), check_for("http://127.0.0.1"));
  while (hanging.asked == 0) context_->poll(), context_->restart();
  client_.reset();
  const auto answer = wait(pending);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::cancelled);
}

TEST_F(HttpClientTest, DestroyingTheLoopFreesWaitingRequests) {
  Hanging hanging;
  const LoopbackServer server(hanging.script());
  const std::weak_ptr<Pending> pending = start(request(server.url()), check_for("http://127.0.0.1"));
  while (hanging.asked == 0) context_->poll(), context_->restart();
  client_.reset();
  context_.reset();
  EXPECT_TRUE(pending.expired());
}

TEST_F(HttpClientTest, ACancelledLookupDoesNotHoldTheLoop) {
  const auto pending = start(request("http://name.invalid/"), check_for("http://name.invalid"));
  context_->poll();
  pending->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_FALSE(wait(pending));
  EXPECT_EQ(client_->active(), 0U);
}

}  // namespace
}  // namespace sluice::net
