#include "net/address.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sluice::net {

namespace ip = boost::asio::ip;

namespace {

struct Block4 {
  std::uint32_t prefix;
  unsigned bits;
  AddressKind kind;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array blocks4{
    Block4{v4(0, 0, 0, 0), 8, AddressKind::unspecified},
    Block4{v4(127, 0, 0, 0), 8, AddressKind::loopback},
    Block4{v4(10, 0, 0, 0), 8, AddressKind::private_use},
    Block4{v4(172, 16, 0, 0), 12, AddressKind::private_use},
    Block4{v4(192, 168, 0, 0), 16, AddressKind::private_use},
    Block4{v4(100, 64, 0, 0), 10, AddressKind::shared},
    Block4{v4(169, 254, 0, 0), 16, AddressKind::link_local},
    Block4{v4(224, 0, 0, 0), 4, AddressKind::multicast},
    Block4{v4(240, 0, 0, 0), 4, AddressKind::reserved},
    Block4{v4(192, 0, 0, 0), 24, AddressKind::reserved},      // IETF protocol assignments
    Block4{v4(192, 0, 2, 0), 24, AddressKind::reserved},      // documentation
    Block4{v4(192, 31, 196, 0), 24, AddressKind::reserved},   // AS112
    Block4{v4(192, 52, 193, 0), 24, AddressKind::reserved},   // AMT
    Block4{v4(192, 88, 99, 0), 24, AddressKind::translated},  // 6to4 relays
    Block4{v4(192, 175, 48, 0), 24, AddressKind::reserved},   // AS112
    Block4{v4(198, 18, 0, 0), 15, AddressKind::reserved},     // benchmarking
    Block4{v4(198, 51, 100, 0), 24, AddressKind::reserved},   // documentation
    Block4{v4(203, 0, 113, 0), 24, AddressKind::reserved},    // documentation
};

using Bytes16 = ip::address_v6::bytes_type;

struct Block6 {
  std::array<std::uint8_t, 12> prefix;
  unsigned bits;
  AddressKind kind;
};

// In order: the first that fits decides.
constexpr std::array blocks6{
    Block6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, AddressKind::translated},  // mapped
    Block6{{}, 96, AddressKind::translated},                                          // compatible
    Block6{{0, 0x64, 0xff, 0x9b}, 96, AddressKind::translated},                       // NAT64
    Block6{{0, 0x64, 0xff, 0x9b, 0, 1}, 48, AddressKind::translated},                 // local NAT64
    Block6{{0xfc}, 7, AddressKind::private_use},
    Block6{{0xfe, 0x80}, 10, AddressKind::link_local},
    Block6{{0xfe, 0xc0}, 10, AddressKind::private_use},
    Block6{{0xff}, 8, AddressKind::multicast},
    Block6{{0x20, 0x02}, 16, AddressKind::translated},               // 6to4
    Block6{{0x20, 0x01, 0, 0}, 32, AddressKind::translated},         // Teredo
    Block6{{0x20, 0x01, 0}, 23, AddressKind::reserved},              // IETF protocol assignments
    Block6{{0x20, 0x01, 0x0d, 0xb8}, 32, AddressKind::reserved},     // documentation
    Block6{{0x26, 0x20, 0, 0x4f, 0x80}, 48, AddressKind::reserved},  // AS112
    Block6{{0x3f, 0xff, 0}, 20, AddressKind::reserved},              // documentation
};

bool has_prefix(const Bytes16& address, const Block6& block) {
  for (unsigned bit = 0; bit < block.bits; bit += 8) {
    const unsigned left = std::min(8U, block.bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xff00U >> left);
    if ((address[bit / 8] & mask) != (block.prefix[bit / 8] & mask)) return false;
  }
  return true;
}

AddressKind classify4(std::uint32_t address) {
  for (const Block4& block : blocks4) {
    if ((address ^ block.prefix) >> (32 - block.bits) == 0) return block.kind;
  }
  return AddressKind::public_unicast;
}

AddressKind classify6(const ip::address_v6& address) {
  if (address.is_unspecified()) return AddressKind::unspecified;
  if (address.is_loopback()) return AddressKind::loopback;
  const Bytes16 bytes = address.to_bytes();
  for (const Block6& block : blocks6) {
    if (has_prefix(bytes, block)) return block.kind;
  }
  // ISATAP: an interface identifier 0000:5efe or 0200:5efe before an IPv4 address.
  if ((bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe) {
    return AddressKind::translated;
  }
  return (bytes[0] & 0xe0) == 0x20 ? AddressKind::public_unicast : AddressKind::reserved;
}

}  // namespace

std::string_view name_of(AddressKind kind) {
  switch (kind) {
    case AddressKind::public_unicast:
      return "public";
    case AddressKind::unspecified:
      return "unspecified";
    case AddressKind::loopback:
      return "loopback";
    case AddressKind::private_use:
      return "private";
    case AddressKind::shared:
      return "carrier-grade NAT";
    case AddressKind::link_local:
      return "link-local";
    case AddressKind::multicast:
      return "multicast";
    case AddressKind::reserved:
      return "reserved";
    case AddressKind::translated:
      return "IPv4-in-IPv6";
  }
  return "unknown";
}

AddressKind classify(const ip::address& address) {
  return address.is_v4() ? classify4(address.to_v4().to_uint()) : classify6(address.to_v6());
}

EgressCheck::EgressCheck(const EgressRule& rule) {
  if (rule.host_match != EgressRule::HostMatch::exact) return;
  if (rule.host.kind == HostKind::name) {
    if (rule.host.text == "localhost") literal_ = Literal::localhost;
    return;
  }
  literal_ = Literal::address;
  boost::system::error_code ignored;  // parse_host has read it before
  address_ = ip::make_address(rule.host.text, ignored);
}

bool EgressCheck::allows(const ip::address& address) const {
  if (literal_ == Literal::address) return address == address_;
  const AddressKind kind = classify(address);
  return kind == AddressKind::public_unicast ||
         (literal_ == Literal::localhost && kind == AddressKind::loopback);
}

}  // namespace sluice::net
