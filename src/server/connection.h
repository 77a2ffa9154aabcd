// One connection of the HTTP server, and the port of a shard that it belongs to. For http_server.cc alone.
#pragma once

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "base/task.h"
#include "server/http_server.h"

namespace sluice::server {

// What the shards share.
struct ServerState {
  HttpServerSettings settings;
  HttpHandler handler;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> bad_requests = 0;

  // Open connections, and requests that an end waits for; `changed` is told when one of either goes.
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<std::uint64_t> open = 0;
  std::uint64_t finishing = 0;  // under the mutex

  void report(std::string_view what) const {
    if (settings.on_error) settings.on_error(what);
  }
};

class Connection;

// The listening socket of one shard and its connections. On the shard's thread but for the constructor.
class Port : public std::enable_shared_from_this<Port> {
 public:
  Port(std::shared_ptr<ServerState> state, asio::io_context& context, std::size_t shard,
       asio::ip::tcp::acceptor acceptor);

  void start();
  // The end begins: connections are closed after their next reply, and requests under way are counted in
  // `finishing` until they are done.
  void wind_down();
  // Stops accepting; connections end as soon as they are between requests.
  void drain();
  // Cancels what still runs; returns how many requests were under way.
  std::size_t cut_off();

  [[nodiscard]] ServerState& state() { return *state_; }
  [[nodiscard]] std::size_t shard() const { return shard_; }
  [[nodiscard]] bool ending() const { return ending_ == Ending::yes; }

  using Place = std::list<Connection*>::iterator;
  Place add(Connection* connection);
  void remove(Place place);

 private:
  Task<void> accept_loop();
  void take(asio::ip::tcp::socket socket);
  void tick();

  std::shared_ptr<ServerState> state_;
  asio::io_context& context_;
  std::size_t shard_;
  std::optional<asio::ip::tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> ticker_;
  enum class Ticking { no, yes } ticking_ = Ticking::no;
  enum class Ending { no, yes } ending_ = Ending::no;
  std::list<Connection*> connections_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Port> port, asio::ip::tcp::socket socket, asio::ip::tcp::endpoint peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Until the connection ends.
  Task<void> serve();

  // Ends what has taken too long.
  void check_deadline(std::chrono::steady_clock::time_point now);
  void wind_down();
  void drain();
  void cut_off();
  [[nodiscard]] bool is_busy() const { return phase_ != Phase::idle; }
  [[nodiscard]] asio::cancellation_slot slot() { return cancel_.slot(); }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase { idle, reading, handling, writing };
  enum class ReadOutcome { complete, failed, timed_out, closed };

  void enter(Phase phase, std::chrono::milliseconds timeout);
  // What an end waited for is done.
  void finish();
  Task<ReadOutcome> read_request(RequestParser& parser);
  Task<bool> read_some(std::size_t bytes);
  Task<HttpReply> handle(HttpCall call);
  enum class Body { send, leave_out };
  Task<bool> write(const HttpReply& reply, KeepAlive keep_alive, Body body);
  // The whole reply, streamed. False: it did not end well, and neither does the connection.
  class ChunkedBody;
  Task<bool> write_stream(HttpReply& reply, KeepAlive keep_alive, Framing framing);
  Task<bool> write_piece(std::string_view bytes);
  // Ends what runs for the client once it is gone.
  void watch();
  void stop_watching();
  Task<void> linger();

  std::shared_ptr<Port> port_;
  Port::Place place_;
  asio::ip::tcp::socket socket_;
  asio::ip::tcp::endpoint peer_;
  asio::cancellation_signal cancel_;
  boost::beast::flat_buffer buffer_;
  Phase phase_ = Phase::idle;
  Clock::time_point deadline_ = Clock::time_point::max();
  enum class Expired { no, yes } expired_ = Expired::no;
  enum class CutOff { no, yes } cut_off_ = CutOff::no;
  enum class Watching { no, yes } watching_ = Watching::no;
  enum class Finishing { no, yes } finishing_ = Finishing::no;
};

}  // namespace sluice::server
