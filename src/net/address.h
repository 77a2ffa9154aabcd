// Which addresses a request may connect to, whatever its host's name resolves to.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string_view>

#include "net/egress.h"
#include "net/url.h"

namespace sluice::net {

enum class AddressKind : std::uint8_t {
  public_unicast,
  unspecified,  // 0.0.0.0/8, ::
  loopback,     // 127.0.0.0/8, ::1
  private_use,  // 10/8, 172.16/12, 192.168/16, fc00::/7, fec0::/10
  shared,       // 100.64/10 (carrier-grade NAT)
  link_local,   // 169.254/16 (cloud metadata among them), fe80::/10
  multicast,    // 224/4, ff00::/8
  reserved,     // documentation, benchmarking, 240/4 with broadcast, everything outside 2000::/3
  translated,   // an IPv4 address inside IPv6: mapped, compatible, NAT64, 6to4, Teredo, ISATAP
};

[[nodiscard]] std::string_view name_of(AddressKind kind);

// By IANA's special-purpose registries (RFC 6890 and its updates). What is translated stays refused even
// where the inner address is public: networks differ on where such packets go.
[[nodiscard]] AddressKind classify(const boost::asio::ip::address& address);

// Decides on connected addresses: public ones only, but for a host that was granted literally.
class EgressCheck {
 public:
  // For a rule that grants the request: an address written in it is itself allowed, `localhost` allows
  // loopback.
  explicit EgressCheck(const EgressRule& rule);

  [[nodiscard]] bool allows(const boost::asio::ip::address& address) const;

 private:
  enum class Literal : std::uint8_t { none, localhost, address };
  Literal literal_ = Literal::none;
  boost::asio::ip::address address_;
};

}  // namespace sluice::net
