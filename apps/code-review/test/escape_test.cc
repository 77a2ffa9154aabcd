#include "escape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace review {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(EscapeTest, HiddenCharactersAreShown) {
  EXPECT_EQ(visible("a\x1b[31mb"), "a⟨U+001B⟩[31mb");
  EXPECT_EQ(visible("if (x\u202e) {"), "if (x⟨U+202E⟩) {");
  EXPECT_EQ(visible("\u2066x\u2069"), "⟨U+2066⟩x⟨U+2069⟩");
  EXPECT_EQ(visible("a\u200bb"), "a⟨U+200B⟩b");
  EXPECT_EQ(visible("\U000E0041"), "⟨U+E0041⟩");
  EXPECT_EQ(visible("a\tb\r\nc"), "a\tb  c");
  EXPECT_EQ(visible("é漢😀"), "é漢😀");
  EXPECT_EQ(visible("a\xff"), "a\uFFFD");
}

TEST(EscapeTest, ProseMentionsNobodyAndClosesNothing) {
  EXPECT_EQ(markdown_prose("thanks @octocat"), "thanks @\u200Boctocat");
  EXPECT_EQ(markdown_prose("fixes #12"), "fixes #\u200B12");
  EXPECT_EQ(markdown_prose("closes octo/app#12"), "closes octo/app#\u200B12");
  EXPECT_EQ(markdown_prose("fixes GH-12"), "fixes GH\u200B-12");
  EXPECT_EQ(markdown_prose("fixes https://x.example/1"), "fixes https:\u200B//x.example/1");
  EXPECT_EQ(markdown_prose("www.example.com"), "www\u200B.example.com");
  EXPECT_EQ(markdown_prose("/approve it"), "/\u200Bapprove it");
}

TEST(EscapeTest, ProseHasNoMarkdownOfItsOwn) {
  EXPECT_EQ(markdown_prose("![x](http://e.example/a.png)"), "!\\[x\\](http:\u200B//e.example/a.png)");
  EXPECT_EQ(markdown_prose("<img src=x>"), "&lt;img src=x&gt;");
  EXPECT_EQ(markdown_prose("a | b *c* ~~d~~ $e$"), "a \\| b \\*c\\* \\~\\~d\\~\\~ \\$e\\$");
  EXPECT_EQ(markdown_prose("snake_case and _this_"), "snake_case and \\_this\\_");
  EXPECT_EQ(markdown_prose("a\n\n# b\n- c"), "a  #\u200B b - c");
  EXPECT_EQ(markdown_prose("&lt;"), "&amp;lt;");
}

TEST(EscapeTest, OrdinaryProseStaysReadable) {
  EXPECT_EQ(markdown_prose("1 high, 2 low. See `parse()` - twice."), "1 high, 2 low. See `parse()` - twice.");
}

TEST(EscapeTest, BackticksMakeCodeInPairs) {
  EXPECT_EQ(markdown_prose("use `a_b` here"), "use `a_b` here");
  EXPECT_EQ(markdown_prose("one ` alone"), "one \\` alone");
  EXPECT_EQ(html_prose("use `<a>` & b"), "use <code>&lt;a&gt;</code> &amp; b");
}

TEST(EscapeTest, CodeThatCouldBeACommandIsWrittenInNumbers) {
  EXPECT_EQ(markdown_code("src/a.c"), "`src/a.c`");
  EXPECT_EQ(markdown_code("a`b"), "<code>a&#96;b</code>");
  EXPECT_EQ(markdown_code("@octocat"), "<code>&#64;octocat</code>");
  EXPECT_EQ(markdown_code("a|b"), "<code>a&#124;b</code>");
  EXPECT_EQ(markdown_code("x #1"), "<code>x &#35;1</code>");
  EXPECT_EQ(markdown_code("<!-- sluice:finding"), "<code>&#60;&#33;&#45;&#45; sluice&#58;finding</code>");
  EXPECT_EQ(markdown_code("a\nb"), "`a b`");
}

TEST(EscapeTest, DiffsAreFencedOrWrittenInNumbers) {
  const std::vector<std::string> plain = {"-a", "+b"};
  EXPECT_EQ(markdown_diff(plain), "```diff\n-a\n+b\n```\n");
  const std::vector<std::string> fences = {"+```", "+````x"};
  EXPECT_EQ(markdown_diff(fences), "`````diff\n+```\n+````x\n`````\n");
  const std::vector<std::string> mention = {"+@dependabot merge"};
  EXPECT_EQ(markdown_diff(mention), "<pre lang=\"diff\">\n&#43;&#64;dependabot merge\n</pre>\n");
  const std::vector<std::string> command = {" /approve"};
  EXPECT_THAT(markdown_diff(command), Not(HasSubstr("/approve")));
  const std::vector<std::string> closing = {"+</pre><script>@x"};
  EXPECT_THAT(markdown_diff(closing), Not(HasSubstr("<script")));
}

TEST(EscapeTest, HtmlAndUris) {
  EXPECT_EQ(html_text("<a href=\"x\" o='y'>&"), "&lt;a href=&quot;x&quot; o=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(uri_path("a b/ü?#.c"), "a%20b/%C3%BC%3F%23.c");
}

RC_GTEST_PROP(EscapeTest, NoTextEscapesItsPlace, (const std::string& text)) {
  const std::string html = html_text(text);
  RC_ASSERT(html.find_first_of("<>\"'") == std::string::npos);
  const std::string prose = markdown_prose(text);
  RC_ASSERT(prose.find('\n') == std::string::npos);
  RC_ASSERT(prose.find("<!--") == std::string::npos);
  const std::string code = markdown_code(text);
  RC_ASSERT(code.find('\n') == std::string::npos);
  RC_ASSERT(code.starts_with('`') || code.starts_with("<code>"));
}

}  // namespace
}  // namespace review
