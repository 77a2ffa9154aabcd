// Networks that nobody vouches for, although a person named them: the program can write where they lie.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "wasi_nn/session_fixture_test.h"

namespace sluice::wasi_nn {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

// A network that says whether it can open files: in this process it can.
constexpr const char* tries = "FAKE NET try:file";

class Foreign : public SessionTest {
 protected:
  void SetUp() override {
    top_ = fs::temp_directory_path() / ("sluice-foreign-" + std::to_string(getpid()));
    fs::remove_all(top_);
    fs::create_directories(top_ / "mine" / "deep");
    fs::create_directories(top_ / "theirs");
  }
  void TearDown() override {
    SessionTest::TearDown();
    fs::remove_all(top_);
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(top_ / name) << text; }
  [[nodiscard]] NamedNetwork at(const std::string& name, const std::string& encoding = "onnx") const {
    return {"net", encoding, "cpu", {(top_ / name).string()}};
  }
  // Loads it; what was said.
  std::string load(const NamedNetwork& network, bool is_writable) {
    open({network}, {{"theirs", (top_ / "theirs").string(), is_writable}});
    last_ = guest->call("load_by_name", {guest->put("net"), 3, guest->put_numbers({0})});
    return testing::PrintToString(guest->told);
  }

  fs::path top_;
  std::int32_t last_ = -1;
};

TEST_F(Foreign, WhereTheProgramCanWriteTheyAreLockedIn) {
  write("mine/net.onnx", tries);
  write("theirs/net.onnx", tries);
  EXPECT_THAT(load(at("mine/net.onnx"), true), HasSubstr("is open"));
  EXPECT_THAT(load(at("theirs/net.onnx"), false), HasSubstr("is open"));
  EXPECT_THAT(load(at("theirs/net.onnx"), true), HasSubstr("is closed"));
  EXPECT_THAT(load(at("mine/../theirs/net.onnx"), true), HasSubstr("is closed"));
}

TEST_F(Foreign, LinksAreFollowed) {
  write("mine/net.onnx", tries);
  write("theirs/net.onnx", tries);
  fs::create_symlink(top_ / "theirs" / "net.onnx", top_ / "mine" / "in.onnx");
  fs::create_symlink(top_ / "mine" / "net.onnx", top_ / "theirs" / "out.onnx");
  fs::create_directory_symlink(top_ / "mine" / "deep", top_ / "theirs" / "deep");
  write("mine/deep/net.onnx", tries);
  EXPECT_THAT(load(at("mine/in.onnx"), true), HasSubstr("is closed"));
  EXPECT_THAT(load(at("theirs/out.onnx"), true), HasSubstr("is closed")) << "the link could lead elsewhere";
  EXPECT_THAT(load(at("theirs/deep/net.onnx"), true), HasSubstr("is closed"));
}

TEST_F(Foreign, ComputeAllTheSame) {
  write("theirs/net.onnx", "FAKE NET add");
  load(at("theirs/net.onnx"), true);
  ASSERT_EQ(last_, 0) << testing::PrintToString(guest->told);
  const std::uint32_t context = guest->start(0);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->floats({1})}), 0);
  EXPECT_EQ(guest->call("set_input", {context, 1, guest->floats({2})}), 0);
  EXPECT_EQ(guest->call("compute", {context}), 0);
}

TEST_F(Foreign, FoldersAreRefused) {
  fs::create_directories(top_ / "theirs" / "saved");
  EXPECT_THAT(load(at("theirs/saved"), true), HasSubstr("is no plain file"));
  EXPECT_NE(last_, 0);
}

TEST_F(Foreign, TooManyWorkersAreRefused) {
  const std::string text = "FAKE NET add";
  open({});
  Guest another(*graphs);
  int opened = 0;
  for (Guest* const one : {guest.get(), &another}) {
    for (int i = 0; i < 40; ++i) {
      const std::uint32_t parts = one->put_numbers({one->put(text), Guest::size_of(text)});
      opened += one->call("load", {parts, 1, 1, 0, one->put_numbers({0})}) == 0 ? 1 : 0;
    }
  }
  EXPECT_EQ(opened, 64);
  EXPECT_THAT(another.told, Contains(HasSubstr("as many as may be: 64")));
}

// Settings that nobody uses any more take nothing.
TEST_F(Foreign, EnginesEndWithTheirSettings) {
  write("mine/lm", "FAKE MODEL ");
  open({at("mine/lm", "ggml")});
  const std::uint32_t graph = guest->load_by_name("net", R"({"temp":0,"n-predict":2})");
  const auto set = [&](std::uint32_t context, int size) {
    const std::string options = R"({"ctx-size":)" + std::to_string(size) + "}";
    EXPECT_EQ(guest->call("set_input", {context, 1, guest->tensor({1}, 2, options)}), 0);
    EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({1}, 2, "hello")}), 0);
    return guest->call("compute", {context});
  };
  const std::uint32_t one = guest->start(graph);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(set(one, 100 + i), 0) << testing::PrintToString(guest->told);
  EXPECT_EQ(set(one, 100), 0) << "and back";
  // As many as contexts use, up to a limit.
  int good = 0;
  for (int i = 0; i < 20; ++i) {
    const std::int32_t number = set(guest->start(graph), 200 + i);
    good += number == 0 ? 1 : 0;
    EXPECT_THAT(number, testing::AnyOf(0, 4));
  }
  EXPECT_EQ(good, 15);
  EXPECT_THAT(guest->told.back(), HasSubstr("as many as may be: 16"));
}

TEST_F(Foreign, AnotherNameOfTheFileMayLieThere) {
  write("mine/net.onnx", tries);
  fs::create_hard_link(top_ / "mine" / "net.onnx", top_ / "theirs" / "net.onnx");
  EXPECT_THAT(load(at("mine/net.onnx"), true), HasSubstr("is closed"));
}

TEST_F(Foreign, ProcessorsThatAreNotThereAreRefused) {
  write("mine/lm", "FAKE MODEL ");
  NamedNetwork model = at("mine/lm", "ggml");
  model.target = "gpu";
  EXPECT_THAT(load(model, false), HasSubstr("a GPU is to compute it"));
  EXPECT_NE(last_, 0);
  model.target = "tpu";
  EXPECT_THAT(load(model, false), HasSubstr("on a TPU"));
  EXPECT_NE(last_, 0);
}

}  // namespace
}  // namespace sluice::wasi_nn
