// A small HTTP/1.1 server: on each shard an acceptor of its own for the same port, and a coroutine a
// connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shards.h"
#include "base/task.h"
#include "server/http_message.h"
#include "server/request_parser.h"

namespace sluice::server {

struct HttpServerSettings {
  asio::ip::tcp::endpoint listen = {asio::ip::address_v4::loopback(), 0};
  ParseLimits limits = {};
  std::size_t connections_max = 4096;  // more get 503 and are closed
  // Each ends the connection; times are kept to within a quarter of a second.
  std::chrono::milliseconds idle_timeout{75'000};    // between requests
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the end of the headers
  std::chrono::milliseconds body_timeout{60'000};    // for the whole body
  std::chrono::milliseconds write_timeout{30'000};   // for the whole reply
  // Whether a handler is cancelled (terminal) when its client has closed the connection. A client that merely
  // will not send more (half-closed) is taken for one that left.
  enum class ClientGone : std::uint8_t { ignored, cancels };
  ClientGone client_gone = ClientGone::ignored;
  // How requests are answered that no handler sees (not HTTP, too large, too slow, one connection too many)
  // and those whose handler threw.
  std::function<HttpReply(unsigned status, std::string_view code, std::string_view message)> error_form =
      error_reply;
  // Told of handlers that threw and of replies that can't be sent; from any shard's thread. May be empty.
  std::function<void(std::string_view)> on_error = {};
};

// Runs on the shard's thread; HttpCall::shard says which. What it throws becomes a reply with status 500.
// Requests of one connection are handled one after the other. When the server stops for good it is cancelled
// (terminal).
using HttpHandler = std::function<Task<HttpReply>(HttpCall)>;

class Port;
struct ServerState;

class HttpServer {
 public:
  // Listens and serves from now on. `shards` must outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(Shards& shards, HttpServerSettings settings,
                                                                 HttpHandler handler);
  // stop(0) if it was not called.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it listens, with the port that the system chose.
  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const;

  // What becomes of requests that come while those under way finish.
  enum class NewRequests : std::uint8_t {
    refused,  // connections that are idle are closed at once, and no more are accepted
    handled   // the handler says that this is the end; their connections are closed after the reply
  };
  // Lets requests under way finish within the limit, then stops accepting, closes what is idle and cuts off
  // what still runs. Returns how many were cut off. Not from a shard's thread.
  std::size_t stop(std::chrono::milliseconds limit, NewRequests meanwhile = NewRequests::refused);

  struct Stats {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0;  // beyond connections_max
    std::uint64_t requests = 0;             // handed to the handler
    std::uint64_t bad_requests = 0;         // answered without the handler
  };
  // Any thread.
  [[nodiscard]] Stats stats() const;

 private:
  HttpServer(Shards& shards, std::shared_ptr<ServerState> state);

  Shards& shards_;
  std::shared_ptr<ServerState> state_;
  std::vector<std::shared_ptr<Port>> ports_;
  asio::ip::tcp::endpoint endpoint_;
};

}  // namespace sluice::server
