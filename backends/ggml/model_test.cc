#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

using testing::HasSubstr;

class ModelFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("sluice-ggml-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  static std::string head_of_model(std::size_t bytes) {
    std::string head(bytes, '\0');
    std::ifstream file(smollm(), std::ios::binary);
    file.read(head.data(), static_cast<std::streamsize>(bytes));
    EXPECT_TRUE(file.good());
    return head;
  }
  static Said open(const std::string& path) {
    Model model;
    return try_open(path, model);
  }
  std::filesystem::path folder_;
};

template <typename T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

TEST_F(ModelFiles, MissingIsNotFound) {
  const Said said = open(folder_ / "none.gguf");
  EXPECT_EQ(said.status, SLUICE_NN_NOT_FOUND);
  EXPECT_THAT(said.text, HasSubstr("none.gguf"));
  EXPECT_THAT(said.text, HasSubstr("No such file"));
}

TEST_F(ModelFiles, FolderIsNoModel) {
  const Said said = open(folder_);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(said.text, HasSubstr("folder"));
}

TEST_F(ModelFiles, OtherContentsAreNoModel) {
  EXPECT_THAT(open(write("empty.gguf", "")).text, HasSubstr("0 bytes"));
  EXPECT_THAT(open(write("text.gguf", "# a model, surely\n")).text, HasSubstr("does not begin with GGUF"));
  std::mt19937 random(7);
  std::string noise(100'000, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  EXPECT_EQ(open(write("noise.gguf", noise)).status, SLUICE_NN_CORRUPT);
  // Noise behind a good beginning.
  for (int round = 0; round < 50; ++round) {
    const std::string start = "GGUF" + bytes_of(std::uint32_t{3});
    for (char& byte : noise) byte = static_cast<char>(random());
    EXPECT_EQ(open(write("noise.gguf", start + noise)).status, SLUICE_NN_CORRUPT);
  }
}

TEST_F(ModelFiles, OtherVersionIsNamed) {
  EXPECT_THAT(open(write("v1.gguf", "GGUF" + bytes_of(std::uint32_t{1}) + std::string(64, '\0'))).text,
              HasSubstr("version 1"));
  EXPECT_THAT(open(write("v9.gguf", "GGUF" + bytes_of(std::uint32_t{9}) + std::string(64, '\0'))).text,
              HasSubstr("version 9"));
}

TEST_F(ModelFiles, AbsurdCountsAreRefused) {
  const std::string start = "GGUF" + bytes_of(std::uint32_t{3});
  const Said counts =
      open(write("counts.gguf", start + bytes_of(std::uint64_t{1} << 60U) +
                                    bytes_of(std::uint64_t{1} << 61U) + std::string(100, '\0')));
  EXPECT_EQ(counts.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(counts.text, HasSubstr("more than a file of"));
  const std::string one_value = start + bytes_of(std::uint64_t{0}) + bytes_of(std::uint64_t{1});
  // A key, an array and a text that are longer than anything.
  EXPECT_EQ(open(write("key.gguf", one_value + bytes_of(~std::uint64_t{0}) + std::string(50, 'k'))).status,
            SLUICE_NN_CORRUPT);
  EXPECT_EQ(open(write("array.gguf", one_value + bytes_of(std::uint64_t{1}) + "k" +
                                         bytes_of(std::uint32_t{9}) + bytes_of(std::uint32_t{4}) +
                                         bytes_of(~std::uint64_t{0} / 4) + std::string(50, '\0')))
                .status,
            SLUICE_NN_CORRUPT);
}

TEST_F(ModelFiles, CutOffAnywhereIsSaid) {
  const auto whole = static_cast<std::size_t>(std::filesystem::file_size(smollm()));
  for (const std::size_t bytes : {std::size_t{4}, std::size_t{23}, std::size_t{100}, std::size_t{5000},
                                  std::size_t{1'000'000}, std::size_t{3'000'000}, whole / 2, whole - 1}) {
    const Said said = open(write("cut.gguf", head_of_model(bytes)));
    EXPECT_EQ(said.status, SLUICE_NN_CORRUPT) << bytes;
    EXPECT_THAT(said.text, testing::AnyOf(HasSubstr("cut off"), HasSubstr("ends within its header")))
        << bytes;
  }
}

// llama.cpp gives up (abort) on some header values that it holds impossible, which is why plug-ins run in a
// worker: each damaged file is opened in a process of its own, as there. None may hang it.
TEST_F(ModelFiles, DamageInTheHeaderEndsInAnErrorOrInTheWorkersEnd) {
  const std::string whole = [] {
    std::ifstream file(minilm(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  // Loaded here, so that the processes have it.
  ASSERT_NE(llm().model_open, nullptr);
  std::mt19937 random(11);
  int told = 0;
  for (int round = 0; round < 30; ++round) {
    std::string damaged = whole;
    damaged[4 + random() % 600] = static_cast<char>(random());
    const std::string path = write("damaged.gguf", damaged);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(60);
      Model model;
      const Said said = try_open(path, model);
      _exit(said.status == SLUICE_NN_OK ? 0 : said.text.empty() ? 2 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
      EXPECT_LE(WEXITSTATUS(status), 1) << round;
      told += WEXITSTATUS(status);
    } else {
      EXPECT_NE(WTERMSIG(status), SIGALRM) << round;
    }
  }
  EXPECT_GT(told, 0);
}

TEST(ModelInfo, SaysWhatTheFileSays) {
  sluice_nn_model_info info{};
  llm().model_info(chat_model(), &info);
  EXPECT_EQ(info.context_trained, 8192U);
  EXPECT_EQ(info.vocabulary, 49152U);
  EXPECT_EQ(info.embedding, 576U);
  EXPECT_EQ(info.layers, 30U);
  EXPECT_EQ(info.is_embedding, 0U);
  EXPECT_EQ(info.has_chat_template, 1U);
  EXPECT_EQ(info.file_bytes, std::filesystem::file_size(smollm()));
  // 30 layers, 3 heads of 64 values, keys and values, 2 bytes each.
  EXPECT_EQ(info.bytes_per_token, 30U * 3 * 64 * 2 * 2);
  llm().model_info(embedding_model(), &info);
  EXPECT_EQ(info.is_embedding, 1U);
  EXPECT_EQ(info.embedding, 384U);
  EXPECT_EQ(info.has_chat_template, 0U);

  std::string json;
  llm().model_describe(chat_model(), into(json));
  const auto described = nlohmann::json::parse(json);
  EXPECT_EQ(described.at("architecture"), "llama");
  EXPECT_EQ(described.at("quantization"), "Q4_0");
  EXPECT_EQ(described.at("license"), "apache-2.0");
  EXPECT_THAT(described.at("devices").get<std::string>(), HasSubstr("CPU"));
}

// A value of a GGUF header: its key, its type, its bytes.
std::string header_value(const std::string& key, std::uint32_t type, const std::string& value) {
  return bytes_of(std::uint64_t{key.size()}) + key + bytes_of(type) + value;
}

TEST_F(ModelFiles, AdviceOnSamplingIsToldOf) {
  constexpr std::uint32_t int32_type = 5;
  constexpr std::uint32_t float_type = 6;
  constexpr std::uint32_t string_type = 8;
  std::ifstream original(minilm(), std::ios::binary);
  std::string file(std::istreambuf_iterator<char>(original), {});
  std::string values = header_value("general.sampling.temp", float_type, bytes_of(0.25F)) +
                       header_value("general.sampling.top_k", int32_type, bytes_of(std::int32_t{7}));
  // What follows the header stays aligned.
  const std::size_t filler =
      32 - (values.size() + header_value("sluice.filler", string_type, "").size() + 8) % 32;
  values +=
      header_value("sluice.filler", string_type, bytes_of(std::uint64_t{filler}) + std::string(filler, '.'));
  constexpr std::size_t count_at = 16;
  std::uint64_t count = 0;
  std::memcpy(&count, file.data() + count_at, sizeof count);
  file.replace(count_at, sizeof count, bytes_of(count + 3));
  file.insert(count_at + sizeof count, values);
  Model model;
  const Said said = try_open(write("advice.gguf", file), model);
  ASSERT_EQ(said.status, SLUICE_NN_OK) << said.text;
  std::string described;
  llm().model_describe(model.get(), into(described));
  EXPECT_EQ(nlohmann::json::parse(described).at("sampling"),
            (nlohmann::json{{"temperature", 0.25}, {"top_k", 7}}));
  llm().model_describe(embedding_model(), into(described));
  EXPECT_FALSE(nlohmann::json::parse(described).contains("sampling"));
}

TEST(ModelOpen, StopsWhenTheProgressSaysSo) {
  sluice_nn_model_options options{};
  options.progress = [](void* self, float) { return --*static_cast<int*>(self) > 0 ? 1 : 0; };
  int left = 2;
  options.progress_self = &left;
  sluice_nn_model* model = nullptr;
  sluice_nn_error error{};
  EXPECT_EQ(llm().model_open(smollm().c_str(), &options, &model, &error), SLUICE_NN_STOPPED);
  EXPECT_EQ(model, nullptr);
}

TEST(ModelOpen, VocabularyAloneTokenizesButMakesNoContext) {
  sluice_nn_model_options options{};
  options.vocabulary_only = 1;
  sluice_nn_model* opened = nullptr;
  sluice_nn_error error{};
  ASSERT_EQ(llm().model_open(smollm().c_str(), &options, &opened, &error), SLUICE_NN_OK) << error.text;
  const Model model(opened);
  EXPECT_EQ(tokens_of(model.get(), "Hello there"), tokens_of(chat_model(), "Hello there"));
  const auto context_options = small_context();
  sluice_nn_context* context = nullptr;
  EXPECT_EQ(llm().context_open(model.get(), &context_options, &context, &error), SLUICE_NN_UNSUPPORTED);
}

TEST(ModelOpen, ALookWithoutWeightsTellsTheSame) {
  sluice_nn_model_options options{};
  options.no_weights = 1;
  for (const std::string& path : {smollm(), minilm()}) {
    sluice_nn_model* opened = nullptr;
    sluice_nn_error error{};
    ASSERT_EQ(llm().model_open(path.c_str(), &options, &opened, &error), SLUICE_NN_OK) << error.text;
    const Model model(opened);
    Model whole;
    ASSERT_EQ(try_open(path, whole).status, SLUICE_NN_OK);
    sluice_nn_model_info seen{};
    sluice_nn_model_info loaded{};
    llm().model_info(model.get(), &seen);
    llm().model_info(whole.get(), &loaded);
    EXPECT_EQ(seen.context_trained, loaded.context_trained);
    EXPECT_EQ(seen.vocabulary, loaded.vocabulary);
    EXPECT_EQ(seen.embedding, loaded.embedding);
    EXPECT_EQ(seen.layers, loaded.layers);
    EXPECT_EQ(seen.is_embedding, loaded.is_embedding);
    EXPECT_EQ(seen.has_chat_template, loaded.has_chat_template);
    EXPECT_EQ(seen.parameters, loaded.parameters);
    EXPECT_EQ(seen.file_bytes, loaded.file_bytes);
    EXPECT_EQ(seen.bytes_per_token, loaded.bytes_per_token);
    std::string seen_words;
    std::string loaded_words;
    llm().model_describe(model.get(), into(seen_words));
    llm().model_describe(whole.get(), into(loaded_words));
    EXPECT_EQ(seen_words, loaded_words);
    const auto context_options = small_context();
    sluice_nn_context* context = nullptr;
    EXPECT_EQ(llm().context_open(model.get(), &context_options, &context, &error), SLUICE_NN_UNSUPPORTED);
  }
}

TEST(ContextOpen, RefusesWhatIsMoreThanThereIs) {
  sluice_nn_context_options options = small_context();
  options.tokens = 2'000'000'000;
  sluice_nn_context* context = nullptr;
  sluice_nn_error error{};
  EXPECT_EQ(llm().context_open(chat_model(), &options, &context, &error), SLUICE_NN_NO_MEMORY);
  EXPECT_THAT(error.text, HasSubstr("2000000000 tokens needs about"));
  EXPECT_THAT(error.text, HasSubstr("are free"));
  options = small_context();
  options.sequences = 1'000'000;
  EXPECT_EQ(llm().context_open(chat_model(), &options, &context, &error), SLUICE_NN_INVALID);
  options.sequences = 0;
  EXPECT_EQ(llm().context_open(chat_model(), &options, &context, &error), SLUICE_NN_INVALID);
  EXPECT_EQ(context, nullptr);
}

TEST(Quantize, WritesASmallerModel) {
  const std::string target = std::filesystem::temp_directory_path() /
                             ("sluice-quantized-" + std::to_string(std::random_device{}()) + ".gguf");
  sluice_nn_error error{};
  ASSERT_EQ(llm().quantize(minilm().c_str(), target.c_str(), text("q4_0"), 1, &error), SLUICE_NN_OK)
      << error.text;
  EXPECT_LT(std::filesystem::file_size(target), std::filesystem::file_size(minilm()));
  Model model;
  EXPECT_EQ(try_open(target, model).status, SLUICE_NN_OK);
  // What is there is not overwritten.
  EXPECT_EQ(llm().quantize(minilm().c_str(), target.c_str(), text("q4_0"), 1, &error), SLUICE_NN_INVALID);
  EXPECT_THAT(error.text, HasSubstr("there already"));
  std::filesystem::remove(target);
  EXPECT_EQ(llm().quantize(minilm().c_str(), target.c_str(), text("Q99"), 1, &error), SLUICE_NN_INVALID);
  EXPECT_THAT(error.text, HasSubstr("Q4_K_M"));
  EXPECT_EQ(llm().quantize("/nowhere/a.gguf", target.c_str(), text("Q4_0"), 1, &error), SLUICE_NN_NOT_FOUND);
  EXPECT_EQ(llm().quantize(minilm().c_str(), "/nowhere/b.gguf", text("Q4_0"), 1, &error), SLUICE_NN_BROKEN);
  EXPECT_THAT(error.text, HasSubstr("No such file or directory"));
  EXPECT_EQ(llm().quantize(minilm().c_str(), "/dev/full", text("Q4_0"), 1, &error), SLUICE_NN_BROKEN);
  EXPECT_THAT(error.text, HasSubstr("No space left on device"));
  EXPECT_FALSE(std::filesystem::exists(target));
}

}  // namespace
}  // namespace sluice::backends::ggml::test
