#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "server/connection.h"

namespace sluice::server {

namespace {

using tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds tick_interval{250};
constexpr std::chrono::milliseconds accept_pause{100};
constexpr auto result_tuple = asio::as_tuple(asio::use_awaitable);

// The connection lives as long as its coroutine, and as the handler that holds its cancellation slot.
Task<void> serve(std::shared_ptr<Connection> connection) {
  co_await connection->serve();
}

}  // namespace

Port::Port(std::shared_ptr<ServerState> state, asio::io_context& context, std::size_t shard,
           tcp::acceptor acceptor)
    : state_(std::move(state)),
      context_(context),
      shard_(shard),
      acceptor_(std::move(acceptor)),
      ticker_(context) {}

void Port::start() {
  Task<void> loop = accept_loop();
  asio::co_spawn(context_, std::move(loop), asio::detached);
}

void Port::wind_down() {
  ending_ = Ending::yes;
  for (Connection* connection : connections_) connection->wind_down();
}

void Port::drain() {
  ending_ = Ending::yes;
  acceptor_.reset();
  const std::vector<Connection*> all(connections_.begin(), connections_.end());
  for (Connection* connection : all) connection->drain();
}

std::size_t Port::cut_off() {
  const std::vector<Connection*> all(connections_.begin(), connections_.end());
  const auto busy = std::ranges::count_if(all, &Connection::is_busy);
  for (Connection* connection : all) connection->cut_off();
  ticker_.reset();
  return static_cast<std::size_t>(busy);
}

Port::Place Port::add(Connection* connection) {
  const Place place = connections_.insert(connections_.end(), connection);
  if (ticking_ == Ticking::no && ticker_) tick();
  return place;
}

void Port::remove(Place place) {
  connections_.erase(place);
}

void Port::tick() {
  ticking_ = Ticking::yes;
  ticker_->expires_after(tick_interval);
  ticker_->async_wait([weak = weak_from_this()](const boost::system::error_code& ec) {
    const auto self = weak.lock();
    if (ec || !self || !self->ticker_) return;
    const auto now = std::chrono::steady_clock::now();
    const std::vector<Connection*> all(self->connections_.begin(), self->connections_.end());
    for (Connection* connection : all) connection->check_deadline(now);
    self->ticking_ = Ticking::no;
    if (!self->connections_.empty()) self->tick();
  });
}

Task<void> Port::accept_loop() {
  const auto self = shared_from_this();  // until the loop ends
  while (acceptor_) {
    auto [ec, socket] = co_await acceptor_->async_accept(result_tuple);
    if (!acceptor_) co_return;
    if (!ec) {
      take(std::move(socket));
      continue;
    }
    // Out of descriptors or memory, most likely: both may pass.
    asio::steady_timer pause(context_, accept_pause);
    co_await pause.async_wait(result_tuple);
  }
}

void Port::take(tcp::socket socket) {
  boost::system::error_code ec;
  tcp::endpoint peer = socket.remote_endpoint(ec);
  if (ec) return;  // gone already
  if (state_->open.fetch_add(1) >= state_->settings.connections_max) {
    --state_->open;
    state_->refused.fetch_add(1, std::memory_order_relaxed);
    const HttpReply reply = state_->settings.error_form(503, "too-many-connections",
                                                        "The server has no room for more connections.");
    const std::string text = write_head(reply, KeepAlive::no) + reply.body;
    // Fits into the empty send buffer of a new connection; whether it arrives doesn't matter.
    static_cast<void>(::send(socket.native_handle(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    return;
  }
  state_->accepted.fetch_add(1, std::memory_order_relaxed);
  socket.set_option(tcp::no_delay(true), ec);
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), std::move(peer));
  const auto slot = connection->slot();
  Task<void> task = serve(connection);
  asio::co_spawn(context_, std::move(task),
                 asio::bind_cancellation_slot(slot, [connection](const std::exception_ptr&) {}));
}

}  // namespace sluice::server
