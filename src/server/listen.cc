#include "server/listen.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>
#include <sstream>

namespace sluice::server {

namespace {

using tcp = asio::ip::tcp;

auto bad(std::string_view text, std::string why) {
  return fail(ErrorCode::invalid_input, fmt::format("listen on '{}'", text), std::move(why),
              "write ADDRESS:PORT, for example 127.0.0.1:8080 or [::1]:8080");
}

std::string to_text(const tcp::endpoint& endpoint) {
  std::ostringstream out;
  out << endpoint;
  return out.str();
}

auto failed(const tcp::endpoint& endpoint, const boost::system::error_code& ec) {
  std::string todo;
  if (ec == asio::error::address_in_use) todo = "stop the program that uses it or choose another port";
  if (ec == asio::error::access_denied) todo = "choose a port from 1024 on";
  return fail(ErrorCode::unavailable, fmt::format("listen on {}", to_text(endpoint)), ec.message(),
              std::move(todo));
}

}  // namespace

Result<tcp::endpoint> parse_listen(std::string_view text) {
  std::string_view host = "127.0.0.1";
  std::string_view port = text;
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) {
    return bad(text, "the port is not a number from 0 to 65535");
  }
  if (host == "localhost") host = "127.0.0.1";
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const std::string bare(bracketed ? host.substr(1, host.size() - 2) : host);
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(bare, ec);
  if (ec || address.is_v6() != bracketed) return bad(text, "the address is not one");
  return tcp::endpoint(address, number);
}

Result<tcp::acceptor> open_acceptor(asio::io_context& context, const tcp::endpoint& endpoint, PortUse use) {
  tcp::acceptor acceptor(context);
  boost::system::error_code ec;
  const auto step = [&ec](auto&& work) {
    if (!ec) work();
  };
  step([&] { acceptor.open(endpoint.protocol(), ec); });
  step([&] { acceptor.set_option(tcp::acceptor::reuse_address(true), ec); });
  step([&] {
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), ec);
  });
  step([&] {
    const int on = use == PortUse::shared ? 1 : 0;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
      ec.assign(errno, boost::system::system_category());
    }
  });
  step([&] { acceptor.bind(endpoint, ec); });
  step([&] { acceptor.listen(asio::socket_base::max_listen_connections, ec); });
  if (ec) return failed(endpoint, ec);
  return acceptor;
}

Status check_free(asio::io_context& context, const tcp::endpoint& endpoint) {
  if (const auto alone = open_acceptor(context, endpoint, PortUse::alone); !alone) {
    return std::unexpected(alone.error());
  }
  return {};
}

}  // namespace sluice::server
