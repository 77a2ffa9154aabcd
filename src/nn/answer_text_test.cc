#include "nn/answer_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/value.h"

namespace sluice::nn {
namespace {

TEST(AnswerText, HoldsBackWhatMayBecomeAStopText) {
  AnswerText text({"STOP"});
  EXPECT_TRUE(text.push("go ST"));
  EXPECT_EQ(text.sure(), 3U);
  EXPECT_TRUE(text.push("A"));
  EXPECT_EQ(text.sure(), 6U);
  EXPECT_TRUE(text.push("S"));
  EXPECT_FALSE(text.push("TOP and more"));
  EXPECT_EQ(text.text(), "go STA");
}

TEST(AnswerText, HoldsBackAPartOfACharacterButNotWhatIsNone) {
  AnswerText text({""});
  EXPECT_TRUE(text.push("a\xf0\x9f"));
  EXPECT_EQ(text.sure(), 1U);
  EXPECT_TRUE(text.push("\x98\x80"));
  EXPECT_EQ(text.sure(), 5U);
  EXPECT_TRUE(text.push("\xff"));
  EXPECT_EQ(text.sure(), 6U);
}

// Whatever the pieces: the text is all before the first stop text, and what was sure stays.
RC_GTEST_PROP(AnswerText, EndsAtTheFirstStopText, ()) {
  const auto letters = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab")));
  const auto pieces = *rc::gen::container<std::vector<std::string>>(letters);
  const auto stop = *rc::gen::container<std::vector<std::string>>(letters);
  AnswerText text(stop);
  std::string all;
  std::string sent;
  bool ended = false;
  for (const std::string& piece : pieces) {
    all += piece;
    ended = !text.push(piece);
    RC_ASSERT(text.text().starts_with(sent));
    if (ended) break;
    sent = text.text().substr(0, text.sure());
  }
  std::size_t first = std::string::npos;
  for (const std::string& one : stop) {
    if (!one.empty()) first = std::min(first, all.find(one));
  }
  RC_ASSERT(ended == (first != std::string::npos));
  RC_ASSERT(text.text() == all.substr(0, first));
}

}  // namespace
}  // namespace sluice::nn
