// A server for tests on a loopback port: each connection is served by a blocking script on a thread of its
// own.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::net {

// One accepted connection. Reads end and writes fail once the peer or the server closes it.
class LoopbackPeer {
 public:
  explicit LoopbackPeer(boost::asio::ip::tcp::socket& socket) : socket_(socket) {}

  // A request with its body (by content-length); empty when the client has closed.
  std::string read_request() {
    std::size_t end = std::string::npos;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) return {};
    }
    end += 4;
    const std::size_t length = pending_.find("Content-Length: ");
    if (length < end) end += std::stoul(pending_.substr(length + 16));
    while (pending_.size() < end) {
      if (!read_some()) return {};
    }
    std::string request = pending_.substr(0, end);
    pending_.erase(0, end);
    return request;
  }

  // False when the client has closed.
  bool write(std::string_view bytes) {
    boost::system::error_code ec;
    boost::asio::write(socket_, boost::asio::buffer(bytes), ec);
    return !ec;
  }

  void wait_for_close() {
    while (read_some()) pending_.clear();
  }

  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  bool read_some() {
    char buffer[16384];
    boost::system::error_code ec;
    const std::size_t n = socket_.read_some(boost::asio::buffer(buffer), ec);
    pending_.append(buffer, n);
    return !ec;
  }

  boost::asio::ip::tcp::socket& socket_;
  std::string pending_;
};

class LoopbackServer {
 public:
  using Script = std::function<void(LoopbackPeer&)>;

  explicit LoopbackServer(Script script)
      : script_(std::move(script)),
        acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}),
        thread_([this] { serve(); }) {}

  ~LoopbackServer() {
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
    {
      const std::scoped_lock lock(mutex_);
      for (auto& connection : connections_) {
        if (connection.socket.is_open()) ::shutdown(connection.socket.native_handle(), SHUT_RDWR);
      }
    }
    for (auto& connection : connections_) connection.thread.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port()).append(path);
  }
  [[nodiscard]] unsigned connections() const { return count_; }

 private:
  struct Connection {
    boost::asio::ip::tcp::socket socket;
    std::thread thread;
  };

  void serve() {
    while (!stopping_) {
      boost::asio::ip::tcp::socket socket(context_);
      boost::system::error_code ec;
      acceptor_.accept(socket, ec);
      if (ec) return;
      ++count_;
      const std::scoped_lock lock(mutex_);
      Connection& connection = connections_.emplace_back(Connection{std::move(socket), {}});
      connection.thread = std::thread([this, &connection] {
        LoopbackPeer peer(connection.socket);
        script_(peer);
        const std::scoped_lock closing(mutex_);
        boost::system::error_code ignored;
        connection.socket.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
        connection.socket.close(ignored);
      });
    }
  }

  Script script_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_ = false;
  std::atomic<unsigned> count_ = 0;
  std::mutex mutex_;
  std::list<Connection> connections_;
  std::thread thread_;
};

}  // namespace sluice::net
