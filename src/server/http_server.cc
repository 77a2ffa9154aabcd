#include "server/http_server.h"

#include <boost/asio/ip/tcp.hpp>

#include "server/connection.h"
#include "server/listen.h"

namespace sluice::server {

namespace {

// For handlers to notice that they were cancelled.
constexpr std::chrono::milliseconds cut_off_grace{2'000};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(Shards& shards, HttpServerSettings settings,
                                                      HttpHandler handler) {
  if (auto free = check_free(shards.context(0), settings.listen); !free) return std::unexpected(free.error());
  auto state = std::make_shared<ServerState>();
  state->settings = std::move(settings);
  state->handler = std::move(handler);
  std::unique_ptr<HttpServer> server(new HttpServer(shards, state));
  const PortUse use = shards.count() == 1 ? PortUse::alone : PortUse::shared;
  server->endpoint_ = state->settings.listen;
  for (std::size_t i = 0; i < shards.count(); ++i) {
    auto acceptor = open_acceptor(shards.context(i), server->endpoint_, use);
    if (!acceptor) return std::unexpected(acceptor.error());
    server->endpoint_ = acceptor->local_endpoint();
    server->ports_.push_back(std::make_shared<Port>(state, shards.context(i), i, *std::move(acceptor)));
  }
  for (std::size_t i = 0; i < shards.count(); ++i) {
    shards.post(i, [port = server->ports_[i]] { port->start(); });
  }
  return server;
}

HttpServer::HttpServer(Shards& shards, std::shared_ptr<ServerState> state)
    : shards_(shards), state_(std::move(state)) {}

HttpServer::~HttpServer() {
  stop(std::chrono::milliseconds(0));
}

asio::ip::tcp::endpoint HttpServer::endpoint() const {
  return endpoint_;
}

std::size_t HttpServer::stop(std::chrono::milliseconds limit, NewRequests meanwhile) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(state_->mutex, std::defer_lock);
  if (meanwhile == NewRequests::handled) {
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      shards_.run(i, [&] { ports_[i]->wind_down(); });
    }
    lock.lock();
    state_->changed.wait_until(lock, end, [this] { return state_->finishing == 0; });
    lock.unlock();
  }
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    shards_.run(i, [&] { ports_[i]->drain(); });
  }
  const auto none_left = [this] { return state_->open == 0; };
  lock.lock();
  state_->changed.wait_until(lock, end, none_left);
  lock.unlock();
  std::size_t left = 0;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    shards_.run(i, [&] { left += ports_[i]->cut_off(); });
  }
  lock.lock();
  state_->changed.wait_for(lock, cut_off_grace, none_left);
  ports_.clear();
  return left;
}

HttpServer::Stats HttpServer::stats() const {
  return {.connections_open = state_->open,
          .connections_accepted = state_->accepted,
          .connections_refused = state_->refused,
          .requests = state_->requests,
          .bad_requests = state_->bad_requests};
}

}  // namespace sluice::server
