#include "gate/redact.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <nlohmann/json.hpp>
#include <random>

#include "gate/unescape.h"

namespace sluice::gate {
namespace {

SecretText secret_of(std::string_view text) {
  return SecretText{WipedBytes{text.begin(), text.end()}};
}

Redactor redactor_of(const std::vector<std::pair<std::string, std::string>>& secrets) {
  std::vector<SecretText> texts;
  for (const auto& [name, text] : secrets) texts.push_back(secret_of(text));
  std::vector<Redactor::Named> named;
  for (std::size_t i = 0; i < secrets.size(); ++i) named.push_back({secrets[i].first, &texts[i]});
  return Redactor{named};
}

// Encoders written apart from those under test, in the plainest way.

std::string bits_of(std::string_view text) {
  std::string bits;
  for (const char c : text) {
    for (unsigned bit = 8; bit-- > 0;) bits += ((static_cast<unsigned char>(c) >> bit) & 1U) != 0 ? '1' : '0';
  }
  return bits;
}

std::string base64(std::string_view text, std::string_view last_two, std::string_view padding) {
  const std::string letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string{last_two};
  std::string bits = bits_of(text);
  std::string out;
  while (bits.size() % 6 != 0) bits += '0';
  for (std::size_t at = 0; at < bits.size(); at += 6)
    out += letters[std::stoul(bits.substr(at, 6), nullptr, 2)];
  while (!padding.empty() && out.size() % 4 != 0) out += padding;
  return out;
}

std::string hex(std::string_view text, bool upper) {
  std::string out;
  for (const char c : text)
    out += fmt::format(fmt::runtime(upper ? "{:02X}" : "{:02x}"), static_cast<unsigned char>(c));
  return out;
}

std::string wrap(std::string_view text, std::size_t width, std::string_view line_break) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += width) {
    if (at > 0) out += line_break;
    out += text.substr(at, width);
  }
  return out;
}

// Each character is left, or written as an escape of its code, as `choose` says.
template <class Choose, class Escape>
std::string escape_some(std::string_view text, const Choose& choose, const Escape& escape) {
  std::string out;
  for (const char c : text) out += choose(c) ? escape(static_cast<unsigned char>(c)) : std::string(1, c);
  return out;
}

std::string percent(unsigned c) {
  return fmt::format("%{:02X}", c);
}
std::string percent_lower(unsigned c) {
  return fmt::format("%{:02x}", c);
}
std::string json_code(unsigned c) {
  return fmt::format("\\u{:04x}", c);
}
std::string html_decimal(unsigned c) {
  return fmt::format("&#{};", c);
}
std::string html_hex(unsigned c) {
  return fmt::format("&#X{:04X};", c);
}

rc::Gen<std::string> any_secret() {
  return rc::gen::suchThat(
      rc::gen::mapcat(rc::gen::inRange<std::size_t>(secret_bytes_min, 120),
                      [](std::size_t size) {
                        return rc::gen::container<std::string>(size, rc::gen::inRange<char>('!', '~'));
                      }),
      // A secret of few different characters also stands in the text around it.
      [](const std::string& s) { return std::set<char>(s.begin(), s.end()).size() > 4; });
}

const auto always = [](char) { return true; };
const auto unsafe = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };

std::vector<std::string> disguises(const std::string& secret, const std::string& before,
                                   const std::string& after) {
  const auto some = [](char c) { return c % 3 == 0 || c == '%' || c == '\\' || c == '&'; };
  std::vector<std::string> all = {secret, hex(secret, true), hex(secret, false),
                                  hex(before + secret + after, false)};
  for (const auto* last_two : {"+/", "-_"}) {
    for (const auto* padding : {"=", ""}) {
      all.push_back(base64(secret, last_two, padding));
      all.push_back(base64(before + secret + after, last_two, padding));
      all.push_back(wrap(base64(before + secret + after, last_two, padding), 20, "\n"));
      all.push_back(wrap(base64(before + secret + after, last_two, padding), 12, "\r\n  "));
      all.push_back(wrap(base64(before + secret + after, last_two, padding), 12, "\\n"));
      all.push_back(escape_some(base64(before + secret, last_two, padding), unsafe, percent));
    }
  }
  for (const auto& escape : {percent, percent_lower, json_code, html_decimal, html_hex}) {
    all.push_back(escape_some(secret, always, escape));
    all.push_back(escape_some(secret, some, escape));
  }
  all.push_back(escape_some(escape_some(secret, some, percent), unsafe, percent));
  all.push_back(nlohmann::json(secret).dump());
  all.push_back(nlohmann::json(nlohmann::json(secret).dump()).dump());
  all.push_back(nlohmann::json(escape_some(secret, unsafe, html_hex)).dump());
  return all;
}

TEST(Redactor, FindsASecretInEveryDisguise) {
  EXPECT_TRUE(rc::check([] {
    const std::string secret = *any_secret();
    const Redactor redactor = redactor_of({{"github.token", secret}});
    // Characters that no disguise uses, so that what stays can be compared.
    const std::string left = *rc::gen::container<std::string>(rc::gen::element(' ', '~', '?', '\t'));
    const std::string right = *rc::gen::container<std::string>(rc::gen::element(' ', '~', '?', '\t'));
    const std::string before = *rc::gen::element<std::string>("", "x", "x-", "user:", "  abcd");
    for (const std::string& hidden : disguises(secret, before, "tail")) {
      const std::string cut = redactor.cut(left + " " + hidden + " " + right);
      RC_ASSERT(cut.find("[secret:github.token]") != std::string::npos);
      RC_ASSERT(!redactor.finds(cut));
      RC_ASSERT(cut.starts_with(left + " "));
      RC_ASSERT(cut.ends_with(" " + right));
    }
  }));
}

TEST(Redactor, CutsNothingBesidesTheSecret) {
  EXPECT_TRUE(rc::check([](const std::string& left, const std::string& right) {
    const std::string secret = "N0t-in~any(text)";
    const Redactor redactor = redactor_of({{"key", secret}});
    RC_ASSERT(redactor.cut(left + right) == left + right);
    RC_ASSERT(!redactor.finds(left + right));
    RC_ASSERT(redactor.cut(left + secret + right) == left + "[secret:key]" + right);
  }));
}

TEST(Redactor, CutsTheWholeOfALongerBase64Text) {
  const Redactor redactor = redactor_of({{"key", "s3cr3t-text"}});
  // printf 'user:s3cr3t-text' | base64
  EXPECT_EQ(redactor.cut("Authorization: Basic dXNlcjpzM2NyM3QtdGV4dA==\n"),
            "Authorization: Basic dXNlcj[secret:key]\n");
  EXPECT_EQ(redactor.cut("{\"a\":\"czNjcjN0LXRleHQ=\"}"), "{\"a\":\"[secret:key]\"}");
}

TEST(Redactor, TellsSecretsApart) {
  const Redactor redactor =
      redactor_of({{"short", "abcdefgh"}, {"long", "abcdefghijklmnop"}, {"next", "mnopqrstuv"}});
  EXPECT_EQ(redactor.cut("abcdefgh, abcdefghijklmnop"), "[secret:short], [secret:long]");
  EXPECT_EQ(redactor.cut("mnopqrstuvabcdefgh"), "[secret:next][secret:short]");
  // Two that overlap go together.
  EXPECT_EQ(redactor.cut("<abcdefghijklmnopqrstuv>"), "<[secret:long]>");
}

TEST(Redactor, EqualSecretsAreCutOnce) {
  const Redactor redactor = redactor_of({{"a", "abcdefgh"}, {"b", "abcdefgh"}});
  EXPECT_EQ(redactor.cut("abcdefgh"), "[secret:a]");
}

TEST(Redactor, CutsRepetitions) {
  const Redactor redactor = redactor_of({{"dull", "aaaaaaaa"}});
  EXPECT_EQ(redactor.cut(std::string(1000, 'a') + "b"), "[secret:dull]b");
  EXPECT_EQ(redactor.cut("aaaaaaa"), "aaaaaaa");
}

TEST(Redactor, FindsManyLinesInJson) {
  const std::string key = "-----BEGIN KEY-----\nMIIB\"x\"\\y/z\n-----END KEY-----";
  const Redactor redactor = redactor_of({{"pem", key}});
  EXPECT_EQ(redactor.cut(key), "[secret:pem]");
  EXPECT_EQ(redactor.cut(nlohmann::json{{"key", key}}.dump()), "{\"key\":\"[secret:pem]\"}");
  EXPECT_EQ(redactor.cut(nlohmann::json(nlohmann::json{{"key", key}}.dump()).dump()),
            "\"{\\\"key\\\":\\\"[secret:pem]\\\"}\"");
}

TEST(Redactor, FindsLettersOutsideAscii) {
  const Redactor redactor = redactor_of({{"word", "pässwörd-😀"}});
  EXPECT_EQ(redactor.cut("p\\u00e4ssw\\u00F6rd-\\ud83d\\ude00."), "[secret:word].");
  EXPECT_EQ(redactor.cut("p%C3%A4ssw%c3%b6rd-%F0%9F%98%80."), "[secret:word].");
  EXPECT_EQ(redactor.cut("p&#228;ssw&#xf6;rd-&#128512;."), "[secret:word].");
}

TEST(Redactor, WithoutSecretsGivesTheTextBack) {
  const Redactor none;
  EXPECT_EQ(none.cut("anything %41 \\u0041"), "anything %41 \\u0041");
  EXPECT_FALSE(none.finds("anything"));
}

TEST(Redactor, SurvivesBrokenEscapes) {
  const Redactor redactor = redactor_of({{"key", "abcdefgh"}});
  for (const std::string text :
       {"%", "%4", "%4g", "\\", "\\u", "\\u00", "\\ud800", "\\ud800\\u", "\\ud800\\u0041", "&", "&#", "&#;",
        "&#x;", "&#99999999999;", "&#x110000;", "&#12", "\n", "\r\n", "\r"}) {
    EXPECT_EQ(redactor.cut(text), text);
    EXPECT_EQ(redactor.cut(text + "abcdefgh"), text + "[secret:key]");
    EXPECT_EQ(redactor.cut("abcdefgh" + text + "abcdefgh").find("abcdefgh"), std::string::npos) << text;
  }
}

TEST(Unescaped, KnowsWhereEachByteStood) {
  const Unescaped undone("a%41%42b%zz%43", Escape::percent);
  EXPECT_EQ(undone.text(), "aABb%zzC");
  const std::array<std::size_t, 9> places = {0, 1, 4, 7, 8, 9, 10, 11, 14};
  for (std::size_t at = 0; at < places.size(); ++at)
    EXPECT_EQ(undone.original_begin(at), places.at(at)) << at;
}

TEST(Unescaped, KnowsWhereLinesWere) {
  const Unescaped undone("ab\r\n  cd\n\nef\n", Escape::lines);
  EXPECT_EQ(undone.text(), "abcdef");
  EXPECT_EQ(undone.original_begin(0), 0U);
  EXPECT_EQ(undone.original_end(2), 2U);
  EXPECT_EQ(undone.original_begin(2), 6U);
  EXPECT_EQ(undone.original_end(4), 8U);
  EXPECT_EQ(undone.original_begin(4), 10U);
  EXPECT_EQ(undone.original_end(6), 12U);
}

TEST(Unescaped, LeavesAPlainTextAlone) {
  EXPECT_FALSE(Unescaped("100 % of \\ & #", Escape::percent).changed());
  EXPECT_FALSE(Unescaped("", Escape::json).changed());
  EXPECT_FALSE(Unescaped("AT&T; a & b", Escape::html).changed());
}

}  // namespace
}  // namespace sluice::gate
