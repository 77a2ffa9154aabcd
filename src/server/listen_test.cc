#include "server/listen.h"

#include <gtest/gtest.h>

#include <sstream>

namespace sluice::server {
namespace {

TEST(ParseListen, ReadsAddressAndPort) {
  const auto read = [](std::string_view text) {
    std::ostringstream out;
    if (const auto endpoint = parse_listen(text)) {
      out << *endpoint;
    } else {
      out << "!" << endpoint.error().why;
    }
    return out.str();
  };
  EXPECT_EQ(read("127.0.0.1:8080"), "127.0.0.1:8080");
  EXPECT_EQ(read("0.0.0.0:80"), "0.0.0.0:80");
  EXPECT_EQ(read("[::1]:8080"), "[::1]:8080");
  EXPECT_EQ(read("[::]:0"), "[::]:0");
  EXPECT_EQ(read("localhost:8080"), "127.0.0.1:8080");
  EXPECT_EQ(read("8080"), "127.0.0.1:8080");
  for (const char* text :
       {"", ":", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1: 80"}) {
    EXPECT_EQ(read(text), "!the port is not a number from 0 to 65535") << text;
  }
  for (const char* text :
       {":8080", "example.org:80", "::1:80", "[127.0.0.1]:80", "[::1:80", "127.1:80", "[]:80"}) {
    EXPECT_EQ(read(text), "!the address is not one") << text;
  }
}

}  // namespace
}  // namespace sluice::server
