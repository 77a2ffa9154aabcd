#include "server/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

namespace sluice::server {

namespace {

using tcp = asio::ip::tcp;

constexpr std::size_t read_bytes = 8 * 1024;
constexpr std::size_t read_bytes_max = 64 * 1024;
constexpr std::size_t idle_buffer_bytes_max = 32 * 1024;
constexpr std::size_t linger_bytes_max = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds linger_timeout{2'000};
constexpr auto result_tuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

Connection::Connection(std::shared_ptr<Port> port, tcp::socket socket, tcp::endpoint peer)
    : port_(std::move(port)), place_(port_->add(this)), socket_(std::move(socket)), peer_(std::move(peer)) {}

Connection::~Connection() {
  finish();
  port_->remove(place_);
  ServerState& state = port_->state();
  const std::scoped_lock lock(state.mutex);
  --state.open;
  state.changed.notify_all();
}

void Connection::check_deadline(Clock::time_point now) {
  if (now < deadline_) return;
  expired_ = Expired::yes;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::wind_down() {
  if (phase_ == Phase::idle || finishing_ == Finishing::yes) return;
  finishing_ = Finishing::yes;
  const std::scoped_lock lock(port_->state().mutex);
  ++port_->state().finishing;
}

void Connection::finish() {
  if (finishing_ == Finishing::no) return;
  finishing_ = Finishing::no;
  ServerState& state = port_->state();
  const std::scoped_lock lock(state.mutex);
  --state.finishing;
  state.changed.notify_all();
}

void Connection::drain() {
  boost::system::error_code ignored;
  if (phase_ == Phase::idle) socket_.close(ignored);
}

void Connection::cut_off() {
  cut_off_ = CutOff::yes;
  stop_watching();  // which would keep the connection
  cancel_.emit(asio::cancellation_type::terminal);
}

void Connection::enter(Phase phase, std::chrono::milliseconds timeout) {
  if (phase == Phase::idle) finish();
  phase_ = phase;
  expired_ = Expired::no;
  deadline_ = Clock::now() + timeout;
}

Task<void> Connection::serve() {
  for (;;) {
    RequestParser parser(port_->state().settings.limits);
    const ReadOutcome outcome = co_await read_request(parser);
    if (outcome == ReadOutcome::closed) co_return;
    KeepAlive keep_alive = KeepAlive::no;
    Body body = Body::send;
    HttpReply reply;
    if (outcome == ReadOutcome::complete) {
      keep_alive = parser.wants_keep_alive() ? KeepAlive::yes : KeepAlive::no;
      HttpCall call = std::move(parser.call());
      if (call.method == "HEAD") body = Body::leave_out;
      call.peer = peer_;
      call.shard = port_->shard();
      call.takes_chunks = parser.takes_chunks();
      const Framing framing = call.takes_chunks ? Framing::chunks : Framing::close;
      phase_ = Phase::handling;
      deadline_ = Clock::time_point::max();
      port_->state().requests.fetch_add(1, std::memory_order_relaxed);
      watch();
      reply = co_await handle(std::move(call));
      if (reply.stream && body == Body::send) {
        if (port_->ending() || framing == Framing::close) keep_alive = KeepAlive::no;
        const bool whole = co_await write_stream(reply, keep_alive, framing);
        stop_watching();
        if (!whole) co_return;
        // The end may have begun meanwhile.
        if (keep_alive == KeepAlive::yes && !port_->ending()) continue;
        co_await linger();
        co_return;
      }
      stop_watching();
    } else {
      port_->state().bad_requests.fetch_add(1, std::memory_order_relaxed);
      ParseFailure failure{408, "request-timeout", "The request did not arrive in time."};
      if (outcome == ReadOutcome::failed) failure = parser.failure();
      reply = port_->state().settings.error_form(failure.status, failure.code, failure.message);
    }
    if (port_->ending()) keep_alive = KeepAlive::no;
    const bool written = co_await write(reply, keep_alive, body);
    if (!written) co_return;
    if (keep_alive == KeepAlive::no || port_->ending()) {
      co_await linger();
      co_return;
    }
  }
}

Task<Connection::ReadOutcome> Connection::read_request(RequestParser& parser) {
  const HttpServerSettings& settings = port_->state().settings;
  enum class Stage { idle, headers, body } stage = Stage::idle;
  enter(Phase::idle, settings.idle_timeout);
  if (buffer_.size() == 0 && buffer_.capacity() > idle_buffer_bytes_max) buffer_ = {};
  for (;;) {
    if (buffer_.size() > 0) {
      if (stage == Stage::idle) {
        stage = Stage::headers;
        enter(Phase::reading, settings.header_timeout);
      }
      std::string_view bytes(static_cast<const char*>(buffer_.data().data()), buffer_.size());
      const auto progress = parser.parse(bytes);
      buffer_.consume(buffer_.size() - bytes.size());
      if (progress == RequestParser::Progress::complete) co_return ReadOutcome::complete;
      if (progress == RequestParser::Progress::failed) co_return ReadOutcome::failed;
    }
    if (stage == Stage::headers && parser.headers_done()) {
      stage = Stage::body;
      enter(Phase::reading, settings.body_timeout);
      if (parser.expects_continue()) {
        static constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(interim), result_tuple);
        if (ec) co_return ReadOutcome::closed;
      }
    }
    const bool more = co_await read_some(parser.body_bytes_left());
    if (more) continue;
    if (expired_ == Expired::yes && stage != Stage::idle) co_return ReadOutcome::timed_out;
    co_return ReadOutcome::closed;
  }
}

// Reads what is there, about as much as is wanted. False at the end, after an error and when time is up.
Task<bool> Connection::read_some(std::size_t bytes) {
  if (expired_ == Expired::yes) co_return false;
  const std::size_t wanted = std::clamp(bytes, read_bytes, read_bytes_max);
  const auto space = buffer_.prepare(std::max(wanted, buffer_.capacity() - buffer_.size()));
  const auto [ec, n] = co_await socket_.async_read_some(space, result_tuple);
  if (ec) co_return false;
  buffer_.commit(n);
  co_return true;
}

Task<HttpReply> Connection::handle(HttpCall call) {
  std::string problem;
  try {
    Task<HttpReply> task = port_->state().handler(std::move(call));
    co_return co_await std::move(task);
  } catch (const std::exception& exception) {
    if (cut_off_ == CutOff::yes) throw;
    problem = exception.what();
  }
  port_->state().report(fmt::format("a request's handler threw: {}", problem));
  co_return port_->state().settings.error_form(500, "internal", "The server failed to handle the request.");
}

void Connection::watch() {
  if (port_->state().settings.client_gone == HttpServerSettings::ClientGone::ignored) return;
  watching_ = Watching::yes;
  socket_.async_wait(
      tcp::socket::wait_read, [self = shared_from_this()](const boost::system::error_code& ec) {
        if (ec || self->watching_ == Watching::no) return;
        char byte = 0;
        const ssize_t count = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (count > 0)
          return;  // it sends its next request already, so it is there; its end isn't seen any more
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return self->watch();
        self->cut_off();
      });
}

void Connection::stop_watching() {
  if (watching_ == Watching::no) return;
  watching_ = Watching::no;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

class Connection::ChunkedBody : public HttpBody {
 public:
  ChunkedBody(Connection& connection, Framing framing) : connection_(connection), framing_(framing) {}
  Task<bool> write(std::string_view piece) override {
    if (piece.empty() || broken_) co_return !broken_;
    const std::string framed = framing_ == Framing::chunks ? write_chunk(piece) : std::string(piece);
    const bool written = co_await connection_.write_piece(framed);
    broken_ = !written;
    co_return written;
  }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  Connection& connection_;
  Framing framing_;
  bool broken_ = false;
};

Task<bool> Connection::write_piece(std::string_view bytes) {
  enter(Phase::writing, port_->state().settings.write_timeout);
  const auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(bytes), result_tuple);
  phase_ = Phase::handling;
  deadline_ = Clock::time_point::max();
  co_return !ec;
}

Task<bool> Connection::write_stream(HttpReply& reply, KeepAlive keep_alive, Framing framing) {
  const std::string head = write_head(reply, keep_alive, framing);
  if (head.empty()) {
    port_->state().report("a handler's reply has a status or header that can't be sent");
    co_return false;
  }
  const bool begun = co_await write_piece(head);
  if (!begun) co_return false;
  ChunkedBody body(*this, framing);
  std::string problem;
  try {
    Task<void> task = reply.stream(body);
    co_await std::move(task);
  } catch (const std::exception& exception) {
    if (cut_off_ == CutOff::yes) throw;
    problem = exception.what();
  }
  if (!problem.empty()) {
    port_->state().report(fmt::format("a reply's stream threw: {}", problem));
    co_return false;
  }
  if (body.broken()) co_return false;
  if (framing == Framing::close) co_return true;
  co_return co_await write_piece(last_chunk);
}

Task<bool> Connection::write(const HttpReply& reply, KeepAlive keep_alive, Body body) {
  enter(Phase::writing, port_->state().settings.write_timeout);
  std::string head = write_head(reply, keep_alive);
  HttpReply instead;
  const HttpReply* sent = &reply;
  if (head.empty()) {
    port_->state().report("a handler's reply has a status or header that can't be sent");
    instead =
        port_->state().settings.error_form(500, "internal", "The server made a reply that can't be sent.");
    sent = &instead;
    head = write_head(instead, keep_alive);
  }
  const bool without_body = body == Body::leave_out || sent->status == 204 || sent->status == 304;
  const std::array<asio::const_buffer, 2> buffers{
      asio::buffer(head), without_body ? asio::const_buffer() : asio::buffer(sent->body)};
  const auto [ec, n] = co_await asio::async_write(socket_, buffers, result_tuple);
  co_return !ec;
}

// Closing with bytes unread would make the kernel reset the connection and the client lose the reply.
Task<void> Connection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  enter(Phase::idle, linger_timeout);
  for (std::size_t left = linger_bytes_max; left > 0;) {
    buffer_.clear();
    const bool more = co_await read_some(read_bytes_max);
    if (!more) co_return;
    left -= std::min(left, buffer_.size());
  }
}

}  // namespace sluice::server
