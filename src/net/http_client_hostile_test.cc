// Servers that break the protocol or never end: each must cost a named error and nothing else.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>

#include "net/client_fixture_test.h"
#include "net/loopback_server_test.h"

namespace sluice::net {
namespace {

class HostileTest : public ClientTest {
 protected:
  // What the client says of a server that answers every request with these bytes and closes.
  Result<HttpResponse> answer_with(const std::string& bytes) {
    const LoopbackServer server([&](LoopbackPeer& peer) {
      static_cast<void>(peer.read_request());
      peer.write(bytes);
    });
    return get(server.url());
  }

  void expect_failure(const std::string& bytes, HttpFailure failure) {
    const auto answer = answer_with(bytes);
    ASSERT_FALSE(answer) << bytes.substr(0, 100);
    EXPECT_EQ(http_failure(answer.error().code), failure) << bytes.substr(0, 100) << "\n"
                                                          << answer.error().to_string();
  }

  // A server that repeats a piece after a beginning until the client closes.
  Result<HttpResponse> flood(const std::string& begin, const std::string& piece) {
    const LoopbackServer server([&](LoopbackPeer& peer) {
      static_cast<void>(peer.read_request());
      peer.write(begin);
      while (peer.write(piece)) {
      }
    });
    return get(server.url());
  }
};

std::string bomb() {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/data/net/ten_mib_of_zeros.gz", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string gzip_answer(const std::string& body, const std::string& encoding = "gzip") {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: " + encoding +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(HostileTest, NobodyListens) {
  std::string url;
  {
    const LoopbackServer server([](LoopbackPeer&) {});
    url = server.url();
  }
  const auto answer = get(url);
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::unreachable);
  EXPECT_NE(answer.error().what.find("127.0.0.1"), std::string::npos) << answer.error().to_string();
}

TEST_F(HostileTest, NoSuchName) {
  const auto answer = wait(start(request("http://name.invalid/"), check_for("http://name.invalid")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::unreachable) << answer.error().to_string();
}

TEST_F(HostileTest, ClosesAtOnce) {
  expect_failure("", HttpFailure::unreachable);
}

TEST_F(HostileTest, ClosesInTheHeaders) {
  const std::string whole = "HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: 2\r\n\r\n";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto answer = answer_with(whole.substr(0, size));
    ASSERT_FALSE(answer) << "after " << size << " bytes";
    EXPECT_NE(http_failure(answer.error().code), HttpFailure::refused) << answer.error().to_string();
  }
}

TEST_F(HostileTest, SendsHalfABody) {
  expect_failure("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", HttpFailure::unreachable);
  expect_failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n12345", HttpFailure::unreachable);
  expect_failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
                 HttpFailure::unreachable);
}

TEST_F(HostileTest, SpeaksSomethingElse) {
  expect_failure("<html><body>hello</body></html>", HttpFailure::invalid);
  expect_failure("SSH-2.0-OpenSSH_9.2\r\n", HttpFailure::invalid);
  expect_failure(std::string(4096, '\xff'), HttpFailure::invalid);
  expect_failure(std::string(4096, '\0'), HttpFailure::invalid);
  expect_failure("HTTP/1.1 OK\r\n\r\n", HttpFailure::invalid);
  expect_failure("HTTP/9.9 200 OK\r\n\r\n", HttpFailure::invalid);
  expect_failure("HTTP/1.1 099 Low\r\n\r\n", HttpFailure::invalid);
}

TEST_F(HostileTest, AnErrorPageIsAnAnswer) {
  const auto answer =
      answer_with("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>oops</html>");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502);
  EXPECT_EQ(answer->body, "<html>oops</html>");
}

TEST_F(HostileTest, BreaksTheChunking) {
  for (const char* body : {"zz\r\n12345\r\n0\r\n\r\n", "-1\r\n1\r\n0\r\n\r\n",
                           "fffffffffffffffffffff\r\n1\r\n", "5\r\n1234567890\r\n0\r\n\r\n"}) {
    const auto answer =
        answer_with(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + body);
    ASSERT_FALSE(answer) << body << " gave " << answer->body;
  }
}

TEST_F(HostileTest, LiesAboutTheLength) {
  for (const char* length : {"-1", "x", "1x", "", "0x5", "5, 5", "99999999999999999999999",
                             "5\r\nContent-Length: 6", "10\r\nContent-Length: 5"}) {
    const auto answer =
        answer_with(std::string("HTTP/1.1 200 OK\r\nContent-Length: ") + length + "\r\n\r\n1234567890");
    ASSERT_FALSE(answer) << length << " gave " << answer->body;
  }
  expect_failure("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n1", HttpFailure::too_large);
}

TEST_F(HostileTest, BytesAfterAnAnswerAreNoAnswerToTheNextRequest) {
  const LoopbackServer server([](LoopbackPeer& peer) {
    while (peer.read_request().starts_with("GET /first")) {
      peer.write(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
    }
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest");
  });
  const auto first = get(server.url("/first"));
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_EQ(first->body, "ok");
  const auto second = get(server.url("/second"));
  ASSERT_TRUE(second) << second.error().to_string();
  EXPECT_EQ(second->body, "honest");
}

TEST_F(HostileTest, HeadersWithoutEnd) {
  for (const auto& answer :
       {flood("HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"),
        flood("HTTP/1.1 200 OK\r\n", "X-" + std::string(999, 'a')),
        flood("HTTP/1.1 200 OK\r\nX: ", std::string(1000, 'a')),
        flood("HTTP/1.1 200 OK\r\nX: a\r\n", " folded\r\n"),
        flood("", "HTTP/1.1 100 Continue\r\nX: " + std::string(10'000, 'a') + "\r\n\r\n")}) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::too_large) << answer.error().to_string();
  }
}

TEST_F(HostileTest, TrailersWithoutEnd) {
  const auto answer =
      flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "X: y\r\n");
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::too_large) << answer.error().to_string();
}

TEST_F(HostileTest, TrailersAreNoHeaders) {
  const auto answer = answer_with(
      "HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-B: 2\r\n\r\n");
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers, (HttpHeaders{{"x-a", "1"}, {"transfer-encoding", "chunked"}}));
}

TEST_F(HostileTest, InterimAnswersWithoutEnd) {
  const auto answer = flood("", "HTTP/1.1 103 Early Hints\r\n\r\n");
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::invalid) << answer.error().to_string();
}

TEST_F(HostileTest, InterimAnswersLeaveNothingBehind) {
  const auto answer = answer_with(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\nX: y\r\n\r\n"
      "HTTP/1.1 200 OK\r\nX: z\r\n folded \r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->headers, (HttpHeaders{{"x", "z folded"}, {"content-length", "0"}}));
}

TEST_F(HostileTest, SwitchesProtocolsUnasked) {
  expect_failure("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nraw",
                 HttpFailure::invalid);
}

TEST_F(HostileTest, BodyWithoutEnd) {
  const std::string piece(10'000, 'x');
  for (const auto& answer :
       {flood("HTTP/1.1 200 OK\r\n\r\n", piece),
        flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2710\r\n" + piece + "\r\n")}) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::too_large) << answer.error().to_string();
  }
}

TEST_F(HostileTest, TheBodyLimitIsExact) {
  const LoopbackServer server([](LoopbackPeer& peer) {
    static_cast<void>(peer.read_request());
    peer.write("HTTP/1.1 200 OK\r\n\r\n0123456789");
  });
  HttpRequest fits = request(server.url());
  fits.limits.body_bytes_max = 10;
  const auto fitting = send(std::move(fits));
  ASSERT_TRUE(fitting) << fitting.error().to_string();
  EXPECT_EQ(fitting->body, "0123456789");
  HttpRequest over = request(server.url());
  over.limits.body_bytes_max = 9;
  const auto longer = send(std::move(over));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, ErrorCode::limit);
}

TEST_F(HostileTest, CompressedBodiesCountByWhatTheyHold) {
  const auto large = answer_with(gzip_answer(bomb()));
  ASSERT_FALSE(large);
  EXPECT_EQ(http_failure(large.error().code), HttpFailure::too_large) << large.error().to_string();

  const std::string body = bomb();
  const LoopbackServer server([&](LoopbackPeer& peer) {
    static_cast<void>(peer.read_request());
    peer.write(gzip_answer(body));
  });
  HttpRequest allowed = request(server.url());
  allowed.limits.body_bytes_max = 10 * 1024 * 1024;
  const auto answer = send(std::move(allowed));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->body, std::string(10 * 1024 * 1024, '\0'));
  EXPECT_TRUE(answer->headers.empty());  // what described the compressed form is gone
}

TEST_F(HostileTest, BreaksTheCompression) {
  expect_failure(gzip_answer("not gzip at all"), HttpFailure::invalid);
  expect_failure(gzip_answer(bomb(), "br"), HttpFailure::invalid);
  expect_failure(gzip_answer(bomb(), "gzip\r\nContent-Encoding: gzip"), HttpFailure::invalid);
  expect_failure(gzip_answer(bomb(), "gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip"), HttpFailure::invalid);
  for (const std::size_t at : {0U, 2U, 10'215U}) {  // the magic number, the method, the checksum
    std::string damaged = bomb();
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    const LoopbackServer server([&](LoopbackPeer& peer) {
      static_cast<void>(peer.read_request());
      peer.write(gzip_answer(damaged));
    });
    HttpRequest sent = request(server.url());
    sent.limits.body_bytes_max = 11 * 1024 * 1024;
    const auto answer = send(std::move(sent));
    ASSERT_FALSE(answer) << "damaged at " << at;
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::invalid) << answer.error().to_string();
  }
}

TEST_F(HostileTest, Hangs) {
  for (const char* bytes :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"}) {
    const LoopbackServer server([&](LoopbackPeer& peer) {
      static_cast<void>(peer.read_request());
      peer.write(bytes);
      peer.wait_for_close();
    });
    HttpRequest sent = request(server.url());
    sent.limits.total_timeout = std::chrono::milliseconds(200);
    const auto answer = send(std::move(sent));
    ASSERT_FALSE(answer);
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::timeout) << answer.error().to_string();
  }
}

TEST_F(HostileTest, Drips) {
  const LoopbackServer server([](LoopbackPeer& peer) {
    static_cast<void>(peer.read_request());
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.write("x")) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  HttpRequest sent = request(server.url());
  sent.limits.low_speed_bytes_per_s = 1000;
  sent.limits.low_speed_window = std::chrono::seconds(1);
  const auto answer = send(std::move(sent));
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::timeout) << answer.error().to_string();
}

TEST_F(HostileTest, ThinksLongBeforeTheFirstByteOfTheBody) {
  const std::string_view headers = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
  for (const std::size_t sent_before : {std::size_t{0}, headers.size()}) {
    const LoopbackServer server([&](LoopbackPeer& peer) {
      static_cast<void>(peer.read_request());
      peer.write(headers.substr(0, sent_before));
      std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
      peer.write(std::string(headers.substr(sent_before)) + "late");
    });
    HttpRequest sent = request(server.url(), "POST");
    sent.limits.low_speed_bytes_per_s = 1000;
    sent.limits.low_speed_window = std::chrono::seconds(1);
    const auto answer = send(std::move(sent));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body, "late");
  }
}

TEST_F(HostileTest, DoesNotReadTheRequest) {
  const LoopbackServer server([](LoopbackPeer& peer) {
    peer.socket().set_option(boost::asio::socket_base::receive_buffer_size(4096));
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
  });
  HttpRequest sent = request(server.url(), "POST");
  sent.body.assign(16'000'000, 'x');
  sent.limits.total_timeout = std::chrono::milliseconds(300);
  const auto answer = send(std::move(sent));
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::timeout) << answer.error().to_string();
}

}  // namespace
}  // namespace sluice::net
