// Where a server listens.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "base/error.h"
#include "base/task.h"

namespace sluice::server {

// "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (127.0.0.1) or "8080" (127.0.0.1). Port 0 lets the system
// choose. Other names are refused: a listening address is meant exactly.
[[nodiscard]] Result<asio::ip::tcp::endpoint> parse_listen(std::string_view text);

// A listening socket. With `shared`, several sockets of this process may listen on the same endpoint and the
// kernel spreads connections over them. An endpoint that another process uses is an error in both cases.
enum class PortUse { alone, shared };
[[nodiscard]] Result<asio::ip::tcp::acceptor> open_acceptor(asio::io_context& context,
                                                            const asio::ip::tcp::endpoint& endpoint,
                                                            PortUse use);

// Errors unless the endpoint is free for `open_acceptor`; with PortUse::shared the kernel alone would not
// tell.
[[nodiscard]] Status check_free(asio::io_context& context, const asio::ip::tcp::endpoint& endpoint);

}  // namespace sluice::server
