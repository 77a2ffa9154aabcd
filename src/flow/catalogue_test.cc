#include "flow/catalogue.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "flow/catalogue_text.h"

namespace sluice::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string hash(64, 'a');

// As a person writes it: comments, settings, another order, a comment behind a header.
const std::string by_hand = R"(# mine
[model.first] # the good one
path = "first.gguf"   # beside this file
sha256 = ")" + hash + R"("
backend = "ggml"
context-tokens = 4096

# Of the second.
[model.second]
backend = "ggml"
path = "/models/second.gguf"
sha256 = ")" + hash + R"("
description = "plain"
)";

CatalogueEntry entry(const std::string& name) {
  CatalogueEntry made;
  made.spec.name = name;
  made.spec.path = "/models/" + name + " \"x\".gguf";
  made.spec.sha256 = hash;
  made.bytes = 12;
  made.description = "für \\ Menschen";
  return made;
}

class CatalogueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("catalogue-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "packaged");
    packaged_ = folder_ / "packaged" / "models.toml";
    own_ = folder_ / "data" / "sluice" / "models.toml";
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] Catalogue catalogue() const { return Catalogue({own_, {folder_ / "none.toml", packaged_}}); }
  static void write(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::trunc) << text;
  }
  static std::string read(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    const auto entries = catalogue().entries();
    for (const CatalogueEntry& one : entries.value()) found.push_back(one.spec.name);
    return found;
  }

  fs::path folder_;
  fs::path packaged_;
  fs::path own_;
};

TEST_F(CatalogueTest, IsEmptyWhereNothingIs) {
  EXPECT_TRUE(names().empty());
  const auto none = catalogue().find("x");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_THAT(none.error().todo, HasSubstr("sluice model add"));
}

TEST_F(CatalogueTest, AddsAndRemoves) {
  const CatalogueEntry one = entry("one");
  ASSERT_TRUE(catalogue().add(one));
  ASSERT_TRUE(catalogue().add(entry("two")));
  EXPECT_THAT(names(), ElementsAre("one", "two"));
  const CatalogueEntry found = catalogue().find("one").value();
  EXPECT_EQ(found.spec, one.spec);
  EXPECT_EQ(found.description, one.description);
  EXPECT_EQ(found.bytes, 12U);
  EXPECT_TRUE(found.is_own);
  EXPECT_EQ(catalogue().remove("one").value().spec, one.spec);
  EXPECT_THAT(names(), ElementsAre("two"));
  EXPECT_TRUE(catalogue().remove("two"));
  EXPECT_TRUE(names().empty());
  EXPECT_THAT(read(own_), HasSubstr("# The models of this user"));
}

TEST_F(CatalogueTest, ATakenNameIsRefused) {
  write(packaged_, "[model.given]\nbackend = \"ggml\"\npath = \"g\"\nsha256 = \"" + hash + "\"\n");
  ASSERT_TRUE(catalogue().add(entry("one")));
  const std::string before = read(own_);
  for (const char* name : {"one", "given"}) {
    const auto taken = catalogue().add(entry(name));
    ASSERT_FALSE(taken) << name;
    EXPECT_EQ(taken.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(taken.error().why, HasSubstr("one of this name"));
  }
  EXPECT_EQ(read(own_), before);
  // What came with the program stays.
  const auto packaged = catalogue().remove("given");
  ASSERT_FALSE(packaged);
  EXPECT_THAT(packaged.error().why, HasSubstr(packaged_.string()));
  EXPECT_EQ(catalogue().remove("none").error().code, ErrorCode::not_found);
}

TEST_F(CatalogueTest, TheUsersModelCountsBeforeAPackagedOne) {
  write(packaged_, "[model.one]\nbackend = \"ggml\"\npath = \"g\"\nsha256 = \"" + hash + "\"\n");
  write(own_, "[model.one]\nbackend = \"ggml\"\npath = \"/mine\"\nsha256 = \"" + hash + "\"\n");
  EXPECT_EQ(catalogue().find("one")->spec.path, "/mine");
  EXPECT_TRUE(catalogue().remove("one"));
  EXPECT_EQ(catalogue().find("one")->spec.path, packaged_.parent_path() / "g");
}

TEST_F(CatalogueTest, SuggestsOnlyNamesThatAModelCanHave) {
  EXPECT_THAT(catalogue().find("coder").error().todo, HasSubstr("--name coder"));
  EXPECT_THAT(catalogue().find("m/c.gguf").error().todo, testing::Not(HasSubstr("--name")));
}

TEST_F(CatalogueTest, TellsWhichModelsCannotReviewCode) {
  write(packaged_,
        "[model.tiny]\nbackend = \"ggml\"\npath = \"g\"\nsha256 = \"" + hash + "\"\nreviews-code = false\n");
  ASSERT_TRUE(catalogue().add(entry("large")));
  auto small = entry("small");
  small.reviews_code = false;
  ASSERT_TRUE(catalogue().add(small));
  EXPECT_FALSE(catalogue().find("tiny")->reviews_code);
  EXPECT_FALSE(catalogue().find("small")->reviews_code);
  EXPECT_TRUE(catalogue().find("large")->reviews_code);
}

TEST_F(CatalogueTest, WhatAPersonWroteStays) {
  write(own_, by_hand);
  EXPECT_EQ(catalogue().find("first")->spec.path, own_.parent_path() / "first.gguf");
  ASSERT_TRUE(catalogue().add(entry("new")));
  EXPECT_TRUE(read(own_).starts_with(by_hand));
  EXPECT_EQ(catalogue().find("first")->spec.context_tokens, 4096U);
  ASSERT_TRUE(catalogue().remove("second"));
  EXPECT_THAT(names(), ElementsAre("first", "new"));
  EXPECT_THAT(read(own_), HasSubstr("# beside this file"));
  ASSERT_TRUE(catalogue().remove("first"));
  EXPECT_THAT(names(), ElementsAre("new"));
}

// Where lines do not tell what belongs to what, nothing is changed.
TEST_F(CatalogueTest, WhatCannotBeCutOutIsLeftToThePerson) {
  const std::string inlined =
      "model = { a = { backend = \"ggml\", path = \"a\", sha256 = \"" + hash + "\" } }\n";
  write(own_, inlined);
  const auto added = catalogue().add(entry("b"));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(added.error().todo, HasSubstr("by hand"));
  const auto removed = catalogue().remove("a");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(removed.error().todo, HasSubstr("by hand"));
  EXPECT_EQ(read(own_), inlined);
  const std::string misleading = by_hand + "source = \"\"\"\n[model.third]\n\"\"\"\n";
  write(own_, misleading);
  EXPECT_FALSE(catalogue().remove("second"));
  EXPECT_EQ(read(own_), misleading);
}

TEST_F(CatalogueTest, BadFilesAreErrorsWithTheirPlace) {
  const struct {
    std::string text;
    std::string error;
  } cases[] = {
      {"[model.a\n", "models.toml:1:"},
      {"[model.a]\npath = \"a\"\nsha256 = \"" + hash + "\"\n", "model.a.backend"},
      {"[model.a]\nbackend = \"gml\"\npath = \"a\"\nsha256 = \"" + hash + "\"\n", "did you mean `ggml`?"},
      {"[model.a]\nbackend = \"ggml\"\npath = \"a\"\nsha256 = \"12\"\n", "64 hexadecimal digits"},
      {"[model.a]\nbackend = \"ggml\"\npath = \"a\"\nsha256 = \"" + hash + "\"\nsize = 1\n",
       "model.a.size: unknown key"},
      {"[model.A]\nbackend = \"ggml\"\npath = \"a\"\nsha256 = \"" + hash + "\"\n", "not a name"},
      {"[models.a]\n", "did you mean `model`?"},
      {"[model.a]\n[model.a]\n", "models.toml:2:"},
      {"model = 1\n", "models.toml:1:"},
      {std::string("\xff\n"), "is not UTF-8 text"},
  };
  for (const auto& one : cases) {
    write(own_, one.text);
    const auto entries = catalogue().entries();
    ASSERT_FALSE(entries) << one.text;
    EXPECT_EQ(entries.error().code, ErrorCode::invalid_input) << one.text;
    EXPECT_THAT(entries.error().to_string(), HasSubstr(one.error));
    EXPECT_THAT(entries.error().to_string(), HasSubstr(own_.string()));
    EXPECT_FALSE(catalogue().add(entry("b")));
    EXPECT_FALSE(catalogue().remove("a"));
    EXPECT_EQ(read(own_), one.text);
  }
}

TEST_F(CatalogueTest, WhereNothingCanBeWrittenItSaysSo) {
  write(folder_ / "file", "");
  const Catalogue nowhere({folder_ / "file" / "models.toml", {}});
  const auto status = nowhere.add(entry("a"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::unavailable);
  EXPECT_THAT(status.error().to_string(), HasSubstr("models.toml"));
  const Catalogue homeless({{}, {}});
  const auto none = homeless.add(entry("a"));
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().why, HasSubstr("HOME"));
  EXPECT_FALSE(homeless.remove("a"));
}

TEST_F(CatalogueTest, ManyAddAtATime) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([this, i] { EXPECT_TRUE(catalogue().add(entry("m" + std::to_string(i)))); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names().size(), 16U);
}

TEST(CatalogueText, CutsOutOneSection) {
  EXPECT_EQ(without_entry("[model.a]\nx\n[model.b]\ny\n", "a"), "[model.b]\ny\n");
  EXPECT_EQ(without_entry("[model.a]\nx\n\n[model.b]\ny", "b"), "[model.a]\nx\n");
  EXPECT_EQ(without_entry(" [ model.a ] \nx\n", "a"), " [ model.a ] \nx\n");
  EXPECT_EQ(without_entry("[model.ab]\nx\n", "a"), "[model.ab]\nx\n");
  EXPECT_EQ(without_entry("", "a"), "");
}

}  // namespace
}  // namespace sluice::flow
