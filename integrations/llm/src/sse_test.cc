#include "sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace llm {
namespace {

std::vector<std::string> datas(std::string_view text) {
  std::vector<std::string> found;
  for (const ServerEvent& event : parse_events(text)) found.push_back(event.name + "|" + event.data);
  return found;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Sse, EventsWithEveryLineEnd) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const std::string text =
        "event: a" + end + "data: 1" + end + end + "data:2" + end + "data:  3" + end + end;
    EXPECT_THAT(datas(text), ElementsAre("a|1", "|2\n 3")) << testing::PrintToString(end);
  }
  EXPECT_THAT(datas("data: 1\r\rdata: 2\n\r\ndata: 3\r\n\n"), ElementsAre("|1", "|2", "|3"));
}

TEST(Sse, WhatIsNoData) {
  EXPECT_THAT(datas(": comment\n\nid: 7\nretry: 10\n\nevent: lonely\n\nunknown: x\n\n"), IsEmpty());
  EXPECT_THAT(datas("\n\n\n"), IsEmpty());
  EXPECT_THAT(datas(""), IsEmpty());
  EXPECT_THAT(datas("data\n\n"), ElementsAre("|"));
  EXPECT_THAT(datas(":data: a\ndata: b\n:\n\n"), ElementsAre("|b"));
}

TEST(Sse, AnEventNameIsOfItsEventAlone) {
  EXPECT_THAT(datas("event: a\ndata: 1\n\ndata: 2\n\nevent: b\n\ndata: 3\n\n"),
              ElementsAre("a|1", "|2", "|3"));
}

TEST(Sse, WhatWasCutOffIsLeftOut) {
  const std::string whole = "data: first\n\ndata: second\n\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto found = datas(std::string_view(whole).substr(0, size));
    EXPECT_EQ(found.size(), size >= 13 ? 1U : 0U) << size;
  }
  EXPECT_THAT(datas(whole), ElementsAre("|first", "|second"));
}

TEST(Sse, AByteOrderMarkIsNotPartOfTheFirstField) {
  EXPECT_THAT(datas("\xEF\xBB\xBF"
                    "data: 1\n\n"),
              ElementsAre("|1"));
}

TEST(Sse, TellsStreamsFromOtherAnswers) {
  for (const char* text : {"data: 1\n\n", ": hi\n\n", "\n\nevent: a\n",
                           "\xEF\xBB\xBF"
                           "data:1",
                           "id:1\n", "retry: 1"}) {
    EXPECT_TRUE(looks_like_events(text)) << text;
  }
  for (const char* text : {"", "\n", "{}", "<html>data: 1", "datum: 1", " data: 1"})
    EXPECT_FALSE(looks_like_events(text)) << text;
}

RC_GTEST_PROP(Sse, GivesBackWhatWasWritten, ()) {
  const auto texts = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab :\n{}\"\xC3\xA4"))));
  const auto end = *rc::gen::element<std::string>("\n", "\r\n", "\r");
  std::string stream;
  std::vector<std::string> expected;
  for (const std::string& text : texts) {
    stream += "data: ";
    for (const char c : text) stream += c == '\n' ? end + "data: " : std::string(1, c);
    stream += end + end;
    expected.push_back("|" + text);
  }
  RC_ASSERT(datas(stream) == expected);
}

}  // namespace
}  // namespace llm
