#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "base/value.h"

namespace sluice {
namespace {

// Decodes by the definition: a lead byte says the length, the value has to need it and be a scalar value.
bool is_utf8_by_definition(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80          ? 1
                               : (lead >> 5U) == 6  ? 2
                               : (lead >> 4U) == 14 ? 3
                               : (lead >> 3U) == 30 ? 4
                                                    : 0;
    if (length == 0 || i + length > text.size()) return false;
    std::uint32_t scalar = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next >> 6U) != 2) return false;
      scalar = (scalar << 6U) | (next & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (scalar < least[length] || scalar > 0x10FFFF || (scalar >= 0xD800 && scalar <= 0xDFFF)) return false;
    i += length;
  }
  return true;
}

TEST(Utf8, EverySequenceOfUpToThreeBytes) {
  std::string text;
  for (unsigned first = 0; first < 256; ++first) {
    text.assign(1, static_cast<char>(first));
    ASSERT_EQ(is_utf8(text), is_utf8_by_definition(text));
    for (unsigned second = 0; second < 256; ++second) {
      text.resize(1);
      text += static_cast<char>(second);
      ASSERT_EQ(is_utf8(text), is_utf8_by_definition(text));
      if (first < 0xE0) continue;
      for (unsigned third = 0; third < 256; ++third) {
        text.resize(2);
        text += static_cast<char>(third);
        ASSERT_EQ(is_utf8(text), is_utf8_by_definition(text)) << first << ' ' << second << ' ' << third;
      }
    }
  }
}

// Bytes that are dense in leads, continuations and edges, with stretches of ASCII that the fast path takes.
rc::Gen<std::string> hostile() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "a", std::string(31, 'x'), std::string(32, 'y'), std::string(65, 'z'), "\x80",
                          "\xBF", "\xC0", "\xC1", "\xC2", "\xC3\xA9", "\xE0\x9F", "\xE0\xA0", "\xE2\x82\xAC",
                          "\xED\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF", "\xF0\x8F", "\xF0\x9F\x99\x82",
                          "\xF4\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5", "\xFF", std::string(1, '\0'))),
                      [](const std::vector<std::string>& parts) {
                        std::string all;
                        for (const std::string& part : parts) all += part;
                        return all;
                      });
}

TEST(Utf8, HostileBytes) {
  EXPECT_TRUE(rc::check("validation agrees with the definition", [] {
    const std::string text = *hostile();
    RC_ASSERT(is_utf8(text) == is_utf8_by_definition(text));
  }));
  EXPECT_TRUE(rc::check("repair makes valid text, and leaves valid text alone", [] {
    const std::string text = *hostile();
    std::size_t replaced = 7;
    const std::string repaired = to_utf8(text, &replaced);
    RC_ASSERT(is_utf8_by_definition(repaired));
    RC_ASSERT((replaced == 0) == is_utf8_by_definition(text));
    if (replaced == 0) RC_ASSERT(repaired == text);
    RC_ASSERT(to_utf8(text, nullptr) == repaired);
  }));
}

// The example of the Unicode standard, section 3.9, table 3-8.
TEST(Utf8, ReplacesMaximalSubparts) {
  const std::string cut = "\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64";
  std::size_t replaced = 0;
  EXPECT_EQ(to_utf8(cut, &replaced),
            "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
            "b\xEF\xBF\xBD"
            "c\xEF\xBF\xBD\xEF\xBF\xBD"
            "d");
  EXPECT_EQ(replaced, 6U);
}

TEST(Utf8, OfScalars) {
  EXPECT_EQ(to_utf8(U'a'), "a");
  EXPECT_EQ(to_utf8(U'\u00E9'), "\xC3\xA9");
  EXPECT_EQ(to_utf8(U'\u20AC'), "\xE2\x82\xAC");
  EXPECT_EQ(to_utf8(U'\U0001F642'), "\xF0\x9F\x99\x82");
}

}  // namespace
}  // namespace sluice
