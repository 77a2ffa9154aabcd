// A server for tests and a client that writes and reads bytes as they are.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http_server.h"

namespace sluice::server {

// Blocking. Reads give up after 20 seconds, so that a test fails rather than hangs.
class RawClient {
 public:
  explicit RawClient(const asio::ip::tcp::endpoint& to) : socket_(context_) {
    socket_.connect(to);
    const timeval patience{20, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  // False when the server has closed.
  bool send(std::string_view bytes) {
    boost::system::error_code ec;
    asio::write(socket_, asio::buffer(bytes), ec);
    return !ec;
  }

  // One reply, its body by content-length: "200 body". Empty when the server closes first.
  std::string reply() {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return {};
    }
    head_ = pending_.substr(0, end + 2);
    pending_.erase(0, end + 4);
    const std::size_t length_at = head_.find("content-length: ");
    const std::size_t length = length_at == std::string::npos ? 0 : std::stoul(head_.substr(length_at + 16));
    while (pending_.size() < length) {
      if (!receive()) return "cut off";
    }
    std::string text = head_.substr(9, 3) + " " + pending_.substr(0, length);
    pending_.erase(0, length);
    return text;
  }
  // Status line and headers of the last reply.
  [[nodiscard]] const std::string& head() const { return head_; }

  // What still comes until the server closes.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(pending_, {});
  }

  void end_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }
  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  bool receive() {
    char buffer[16384];
    const ssize_t n = ::recv(socket_.native_handle(), buffer, sizeof buffer, 0);
    EXPECT_FALSE(n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        << "the server neither answered nor closed";
    if (n <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  asio::io_context context_;
  asio::ip::tcp::socket socket_;
  std::string pending_;
  std::string head_;
};

class ServerTest : public testing::Test {
 protected:
  void start(HttpHandler handler, std::size_t shards = 1) {
    shards_ = std::make_unique<Shards>(shards, "test");
    settings_.on_error = [this](std::string_view what) {
      const std::scoped_lock lock(mutex_);
      errors_.emplace_back(what);
    };
    auto server = HttpServer::start(*shards_, settings_, std::move(handler));
    ASSERT_TRUE(server) << server.error().to_string();
    server_ = *std::move(server);
  }

  // Answers with what was asked: "METHOD TARGET BODY".
  void start_echo() {
    start([](HttpCall call) -> Task<HttpReply> {
      HttpReply reply;
      reply.content_type = "text/plain";
      reply.body = call.method + " " + call.target + " " + call.body;
      co_return reply;
    });
  }

  [[nodiscard]] RawClient connect() const { return RawClient(server_->endpoint()); }

  // The reply to one request, after which the server must have closed.
  std::string answer_and_close(std::string_view request) {
    RawClient client = connect();
    client.send(request);
    std::string reply = client.reply();
    EXPECT_EQ(client.rest(), "");
    return reply;
  }

  std::vector<std::string> errors() {
    const std::scoped_lock lock(mutex_);
    return errors_;
  }

  HttpServerSettings settings_;
  std::mutex mutex_;
  std::vector<std::string> errors_;
  std::unique_ptr<Shards> shards_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace sluice::server
