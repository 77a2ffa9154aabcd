// Images through the ABI, with the fake model: what it says follows from texts and pictures.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "nn/testing/fake_language.h"
#include "wasi_nn/session_fixture_test.h"

namespace sluice::wasi_nn {
namespace {

using nn::testing::answer_to;
using nn::testing::picture_tokens;
using nn::testing::prompt_tokens;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* cat = "PICTURE 7 of a cat";

std::vector<std::int32_t> with_picture(std::string_view before, std::string_view picture,
                                       std::string_view after) {
  auto tokens = prompt_tokens(before);
  const auto places = picture_tokens(picture);
  tokens.insert(tokens.end(), places.begin(), places.end());
  for (const char c : after) tokens.push_back(static_cast<unsigned char>(c));
  return tokens;
}

std::string tag(std::string_view picture) {
  return "<img src=\"data:image/png;base64," + to_base64(picture) + "\">";
}

class Images : public SessionTest {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("sluice-images-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_ / "deep");
    std::ofstream(folder_ / "cat.png") << cat;
    std::ofstream(folder_ / "mmproj.gguf") << "FAKE PROJECTOR";
    std::ofstream(folder_ / "none.gguf") << "something else";
    std::error_code error;
    std::filesystem::remove(folder_ / "out.png", error);
    std::filesystem::create_symlink("/etc/passwd", folder_ / "out.png");
    open({named("lm", "ggml", "FAKE MODEL "), named("eyes", "ggml", "FAKE PROJECTOR")},
         {{"pictures", folder_.string()}});
  }
  void TearDown() override {
    SessionTest::TearDown();
    std::filesystem::remove_all(folder_);
  }
  std::uint32_t start(const std::string& options) {
    return guest->start(guest->load_by_name("lm", R"({"temp":0,"n-predict":20,)" + options + "}"));
  }
  std::int32_t compute(std::uint32_t context, std::string_view prompt) {
    EXPECT_EQ(set(context, prompt), 0);
    return guest->call("compute", {context});
  }
  std::int32_t set(std::uint32_t context, std::string_view text, std::uint32_t index = 0) {
    return guest->call("set_input", {context, index, guest->tensor({1}, 2, text)});
  }

  std::filesystem::path folder_;
};

TEST_F(Images, InThePrompt) {
  const std::uint32_t context = start(R"("mmproj":"eyes")");
  EXPECT_EQ(compute(context, "Look: " + tag(cat) + " Well?"), 0);
  const auto tokens = with_picture("Look: ", cat, " Well?");
  EXPECT_EQ(guest->output(context), answer_to(tokens, 20));
  EXPECT_EQ(nlohmann::json::parse(guest->output(context, 1))["input_tokens"], tokens.size());
  // Without one, it is a model as any other.
  EXPECT_EQ(compute(context, "No picture."), 0);
  EXPECT_EQ(guest->output(context), answer_to("No picture.", 20));
}

TEST_F(Images, InAFileOfTheProgramsFolders) {
  const std::uint32_t context = start(R"("mmproj":"pictures/mmproj.gguf","image":"pictures/cat.png")");
  EXPECT_EQ(compute(context, "<image>Well?"), 0);
  EXPECT_EQ(guest->output(context), answer_to(with_picture("", cat, "Well?"), 20));
  // It may become another one.
  std::ofstream(folder_ / "deep" / "dog.png") << "PICTURE 9 of a dog";
  EXPECT_EQ(set(context, R"({"image":"pictures/deep/dog.png"})", 1), 0);
  EXPECT_EQ(guest->call("compute", {context}), 0);
  EXPECT_EQ(guest->output(context), answer_to(with_picture("", "PICTURE 9 of a dog", "Well?"), 20));
  EXPECT_EQ(nlohmann::json::parse(guest->output(context, 1))["input_tokens"], 1 + 9 + 5);
}

TEST_F(Images, AProjectorMayComeLater) {
  const std::uint32_t context = start(R"("ctx-size":512)");
  EXPECT_EQ(compute(context, tag(cat) + "Well?"), 1);
  EXPECT_THAT(guest->told, Contains(HasSubstr("no projector is named")));
  EXPECT_EQ(set(context, R"({"mmproj":"eyes"})", 1), 0);
  EXPECT_EQ(guest->call("compute", {context}), 0);
  EXPECT_EQ(guest->output(context), answer_to(with_picture("", cat, "Well?"), 20));
}

TEST_F(Images, OutsideOfTheFoldersAreNotReached) {
  const std::uint32_t context = start(R"("mmproj":"eyes")");
  for (const char* const path : {"/etc/passwd", "pictures/../../etc/passwd", "pictures/out.png",
                                 "pictures/none.png", "pictures", "/proc/self/environ"}) {
    EXPECT_EQ(set(context, nlohmann::json{{"image", path}}.dump(), 1), 0);
    EXPECT_EQ(compute(context, "<image>Well?"), 8) << path;
  }
  for (const char* const path : {"/etc/passwd", "pictures/../../etc/passwd", "pictures/out.png", "nobody"}) {
    EXPECT_EQ(set(context, nlohmann::json{{"mmproj", path}}.dump(), 1), 0);
    EXPECT_EQ(compute(context, "Well?"), 8) << path;
  }
}

TEST_F(Images, ThatAreNoneAreRefused) {
  const std::uint32_t context = start(R"("mmproj":"eyes")");
  EXPECT_EQ(compute(context, tag("no picture") + "Well?"), 1);
  EXPECT_EQ(compute(context, "<img src=\"data:image/png;base64,?\">Well?"), 1);
  EXPECT_EQ(compute(context, tag("PICTURE 5 !broken") + "Well?"), 5);
  EXPECT_EQ(set(context, R"({"mmproj":"pictures/none.gguf"})", 1), 0);
  EXPECT_EQ(compute(context, tag(cat) + "Well?"), 1);
  EXPECT_EQ(set(context, R"({"mmproj":"eyes","image":5})", 1), 1);
  EXPECT_EQ(set(context, R"({"mmproj":"eyes"})", 1), 0);
  EXPECT_EQ(compute(context, tag(cat) + "Well?"), 0) << "and all goes on";
}

TEST_F(Images, AProjectorThatIsWrongIsToldAtASecondLoad) {
  const std::uint32_t graph = guest->load_by_name("lm", R"({"temp":0,"n-predict":20})");
  const auto load = [&](const std::string& options) {
    const std::uint32_t out = guest->put_numbers({0});
    return guest->call("load_by_name_with_config",
                       {guest->put("lm"), 2, guest->put(options), Guest::size_of(options), out});
  };
  EXPECT_EQ(load(R"({"mmproj":"nobody"})"), 8);
  EXPECT_EQ(compute(guest->start(graph), "hello"), 0) << "nothing has changed";
  EXPECT_EQ(load(R"({"mmproj":"eyes"})"), 0);
  EXPECT_EQ(compute(guest->start(graph), tag(cat) + "Well?"), 0);
}

TEST_F(Images, FilesThatAreTooLargeAreNotRead) {
  std::ofstream(folder_ / "large.png") << cat;
  std::filesystem::resize_file(folder_ / "large.png", 3'000'000'000);
  const std::uint32_t context = start(R"("mmproj":"eyes","image":"pictures/large.png")");
  EXPECT_EQ(compute(context, "<image>Well?"), 7);
}

TEST_F(Images, TooLargeForTheContextSaySo) {
  const std::uint32_t context = start(R"("mmproj":"eyes","ctx-size":100)");
  EXPECT_EQ(compute(context, tag("PICTURE 200 of a whale") + "Well?"), 102);
}

}  // namespace
}  // namespace sluice::wasi_nn
