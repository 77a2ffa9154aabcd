#include "base/type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/testing/draw.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing_support::Draw;
using testing_support::draw_type;

TEST(Type, WitSyntax) {
  const Type text(Kind::string);
  const Type record = Type::record({member("path", text), member("line", Type(Kind::u32))});
  const Type files = Type::list(record);
  EXPECT_EQ(Type::result(&files, &text).to_string(),
            "result<list<record { path: string, line: u32 }>, string>");
  EXPECT_EQ(Type::result(nullptr, nullptr).to_string(), "result");
  EXPECT_EQ(Type::result(nullptr, &text).to_string(), "result<_, string>");
  EXPECT_EQ(Type::result(&text, nullptr).to_string(), "result<string>");
  EXPECT_EQ(Type::variant({member("a"), member("b", Type(Kind::character))}).to_string(),
            "variant { a, b(char) }");
  EXPECT_EQ(Type::enumeration({"a", "b"}).to_string(), "enum { a, b }");
  EXPECT_EQ(Type::flags({}).to_string(), "flags { }");
  EXPECT_EQ(Type::tuple({text, Type::option(Type(Kind::boolean))}).to_string(),
            "tuple<string, option<bool>>");
}

TEST(Type, Functions) {
  FunctionType f{"get", {{"owner", Type(Kind::string)}, {"n", Type(Kind::u32)}}, nullptr, "docs"};
  EXPECT_EQ(f.to_string(), "get: func(owner: string, n: u32)");
  FunctionType g = f;
  g.docs = "other docs";
  EXPECT_TRUE(f == g);
  g.result = std::make_shared<const Type>(Kind::boolean);
  EXPECT_FALSE(f == g);
  EXPECT_EQ(g.to_string(), "get: func(owner: string, n: u32) -> bool");
  const InterfaceType interface{"sluice:github/pulls@0.1.0", {f, {"put", {}, nullptr, {}}}};
  EXPECT_EQ(interface.bare_name(), "sluice:github/pulls");
  EXPECT_EQ(interface.find("put"), &interface.functions[1]);
  EXPECT_EQ(interface.find("none"), nullptr);
}

TEST(Type, MembersByName) {
  const Type type = Type::flags({"bb", "c", "a", "ba"});
  EXPECT_THAT(type.by_name(), ElementsAre(2, 3, 0, 1));
  EXPECT_THAT(type.by_length_and_name(), ElementsAre(2, 1, 3, 0));
  for (std::size_t i = 0; i < type.members().size(); ++i) EXPECT_EQ(type.index_of(type.members()[i].name), i);
  EXPECT_EQ(type.index_of("b"), Type::npos);
  EXPECT_EQ(Type(Kind::u8).index_of(""), Type::npos);
}

TEST(Type, EqualityIsStructural) {
  EXPECT_TRUE(rc::check("types drawn from the same bytes are equal, and WIT syntax tells unequal ones apart",
                        [](const std::string& a, const std::string& b) {
                          Draw first(a);
                          Draw again(a);
                          Draw second(b);
                          const Type x = draw_type(first);
                          const Type y = draw_type(second);
                          RC_ASSERT(x == draw_type(again));
                          RC_ASSERT((x == y) == (x.to_string() == y.to_string()));
                        }));
  const Type text(Kind::string);
  EXPECT_FALSE(Type::record({member("a", text)}) == Type::record({member("b", text)}));
  EXPECT_FALSE(Type::record({member("a", text), member("b", text)}) ==
               Type::record({member("b", text), member("a", text)}));
  EXPECT_FALSE(Type::list(text) == Type::option(text));
}

}  // namespace
}  // namespace sluice
