#include "net/gunzip.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <iterator>

namespace sluice::net {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Decodes in pieces of one size.
Result<std::string> decode(const std::string& bytes, std::size_t piece, std::size_t max = 1 << 24) {
  Gunzip gunzip(max);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (auto ok = gunzip.write(std::string_view(bytes).substr(at, piece), out); !ok)
      return std::unexpected(ok.error());
  }
  if (auto ok = gunzip.finish(); !ok) return std::unexpected(ok.error());
  return out;
}

RC_GTEST_PROP(Gunzip, GivesBackWhatWasCompressed, (const std::string& part)) {
  std::string text;
  for (int left = *rc::gen::inRange(0, 2000); left > 0; --left) text += part;
  const std::string bytes = gzip(text);
  const auto decoded = decode(bytes, *rc::gen::inRange<std::size_t>(1, bytes.size() + 1));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == text);
}

RC_GTEST_PROP(Gunzip, NoticesDamageAndCuts, (const std::string& text)) {
  const std::string bytes = gzip(text);
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!decode(bytes.substr(0, cut), 7).has_value());
  RC_ASSERT(!decode(bytes + "x", 7).has_value());
  RC_ASSERT(!decode(bytes + "x", bytes.size() + 1).has_value());
  // Behind the ten bytes of the header, some of which say nothing about the content.
  std::string damaged = bytes;
  const auto at = *rc::gen::inRange<std::size_t>(10, bytes.size());
  damaged[at] = static_cast<char>(damaged[at] ^ (1 << *rc::gen::inRange(0, 8)));
  const auto decoded = decode(damaged, 7);
  RC_ASSERT(!decoded.has_value() || *decoded == text);
}

TEST(Gunzip, StopsAtTheLimit) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/data/net/ten_mib_of_zeros.gz", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  constexpr std::size_t size = 10 * 1024 * 1024;
  EXPECT_EQ(decode(bytes, 1000, size).value_or("").size(), size);
  Gunzip gunzip(size - 1);
  std::string out;
  const auto status = gunzip.write(bytes, out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::limit);
  EXPECT_LT(out.size(), size);
  EXPECT_FALSE(gunzip.write("x", out));
  EXPECT_FALSE(gunzip.finish());
}

TEST(Gunzip, OtherFormatsAreNone) {
  for (const char* bytes : {"plain text", "\x78\x9c\x03", "\x1f\x8b\x07"}) {
    const auto decoded = decode(bytes, 100);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::invalid_input);
  }
}

}  // namespace
}  // namespace sluice::net
