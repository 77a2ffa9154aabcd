#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "test/test_plugin.h"

namespace sluice::backends::llama2c::test {
namespace {

using ::testing::HasSubstr;

class Quantized : public ::testing::Test {
 protected:
  const Folder folder_;

  static Said quantize(const std::string& source, const std::string& target, std::string_view type = "Q8_0") {
    sluice_nn_error error{};
    const auto status = llm().quantize(source.c_str(), target.c_str(), text(type), 1, &error);
    return {status, error.text};
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(Quantized, AreAsExportWritesThem) {
  for (const bool shared : {true, false}) {
    const Weights weights = random_weights(even_dims(), shared, 1);
    const std::string target = folder_.path(shared ? "a" : "b");
    const Said said = quantize(folder_.write("source", legacy_file(weights)), target, "q8_0");
    ASSERT_EQ(said.status, SLUICE_NN_OK) << said.text;
    // 64 does not divide 96.
    EXPECT_EQ(read(target), version2_file(weights, 32));
    EXPECT_EQ(quantize(folder_.write("source", version1_file(weights)), target + "1").status, SLUICE_NN_OK);
    EXPECT_EQ(read(target + "1"), read(target));
  }
}

TEST_F(Quantized, ZerosStayZeros) {
  Weights weights = random_weights(even_dims(), true, 1);
  std::fill_n(weights.w1.begin(), 64, 0.0F);
  const Said said = quantize(folder_.write("source", legacy_file(weights)), folder_.path("target"));
  ASSERT_EQ(said.status, SLUICE_NN_OK) << said.text;
  folder_.write("tokenizer.bin", tokenizer_file(320));
  Model model;
  ASSERT_EQ(try_open(folder_.path("target"), model).status, SLUICE_NN_OK);
  const Context context = make_context(model.get());
  for (const float logit : feed(model.get(), context.get(), {1, 2, 3}).back())
    EXPECT_TRUE(std::isfinite(logit));
}

TEST_F(Quantized, RefuseWhatTheyCannotBeMadeOf) {
  const std::string good = folder_.write("good", legacy_file(random_weights(even_dims(), true, 1)));
  EXPECT_THAT(quantize(good, folder_.path("x"), "Q4_0").text, HasSubstr("there is Q8_0"));
  EXPECT_EQ(quantize(folder_.path("none"), folder_.path("x")).status, SLUICE_NN_NOT_FOUND);
  EXPECT_EQ(quantize(folder_.write("bad", "what"), folder_.path("x")).status, SLUICE_NN_CORRUPT);
  const std::string odd = folder_.write("odd", legacy_file(random_weights(odd_dims(), true, 1)));
  EXPECT_EQ(quantize(odd, folder_.path("x")).status, SLUICE_NN_UNSUPPORTED);
  Weights strange = random_weights(even_dims(), true, 1);
  strange.key[5] = INFINITY;
  EXPECT_EQ(quantize(folder_.write("strange", legacy_file(strange)), folder_.path("x")).status,
            SLUICE_NN_CORRUPT);
  EXPECT_FALSE(std::filesystem::exists(folder_.path("x")));
  EXPECT_EQ(quantize(good, folder_.write("there", "something")).status, SLUICE_NN_INVALID);
  EXPECT_EQ(read(folder_.path("there")), "something");
  EXPECT_EQ(quantize(good, folder_.path("no/folder")).status, SLUICE_NN_BROKEN);
  EXPECT_EQ(quantize(good, folder_.write("empty", "")).status, SLUICE_NN_OK);
  EXPECT_THAT(quantize(folder_.path("empty"), folder_.path("x")).text, HasSubstr("quantized already"));
}

}  // namespace
}  // namespace sluice::backends::llama2c::test
