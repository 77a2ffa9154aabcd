#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "test/test_plugin.h"

namespace sluice::backends::llama2c::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Models, SayWhatTheyAre) {
  EXPECT_STREQ(plugin().name, "llama2c");
  const Dims dims = odd_dims();
  const std::string bytes = legacy_file(random_weights(dims, false, 1));
  const Model model = open_bytes(bytes, dims.vocabulary);
  const sluice_nn_model_info info = info_of(model.get());
  EXPECT_EQ(info.context_trained, 48U);
  EXPECT_EQ(info.vocabulary, 320U);
  EXPECT_EQ(info.embedding, 36U);
  EXPECT_EQ(info.layers, 3U);
  EXPECT_EQ(info.is_embedding, 0U);
  EXPECT_EQ(info.has_chat_template, 0U);
  EXPECT_EQ(info.file_bytes, bytes.size());
  EXPECT_EQ(info.bytes_per_token, 3U * 12 * 2 * 4);
  EXPECT_EQ(info.steady_batch_least, 1U);
  EXPECT_GE(info.steady_batch_most, 4096U);
  // All numbers of the file, without the header and the tables of positions.
  EXPECT_EQ(info.parameters, (bytes.size() - 28) / 4 - 48 * 6);
  const auto json = nlohmann::json::parse(described(model.get()));
  EXPECT_EQ(json["architecture"], "llama2c");
  EXPECT_EQ(json["quantization"], "F32");
  EXPECT_THAT(json["description"].get<std::string>(), HasSubstr("K F32"));
  const Model small = open_bytes(version2_file(random_weights(even_dims(), true, 1), 32), 320);
  EXPECT_EQ(nlohmann::json::parse(described(small.get()))["quantization"], "Q8_0");
}

TEST(Models, ChatsAreRefusedWithAReason) {
  const Model model = open_bytes(legacy_file(random_weights(odd_dims(), true, 1)), 320);
  std::string out;
  sluice_nn_error error{};
  EXPECT_EQ(llm().chat_prepare(model.get(), text(R"({"messages":[]})"), into(out), &error),
            SLUICE_NN_INVALID);
  EXPECT_THAT(error.text, AllOf(HasSubstr("no chat template"), HasSubstr("completion")));
  EXPECT_EQ(llm().chat_parse(model.get(), text("{}"), text("a"), 0, into(out), nullptr), SLUICE_NN_INVALID);
}

// A folder with a checkpoint, "model.bin".
class Files : public ::testing::Test {
 protected:
  const Folder folder_;
  const std::string bytes_ = legacy_file(random_weights(odd_dims(), true, 1));
  const std::string path_ = folder_.write("model.bin", bytes_);
  Model model_;

  Said open(const sluice_nn_model_options& options = {}) { return try_open(path_, model_, options); }
};

TEST_F(Files, TheTokenizerLiesBesideTheCheckpoint) {
  const Said said = open();
  EXPECT_EQ(said.status, SLUICE_NN_NOT_FOUND);
  EXPECT_THAT(said.text, AllOf(HasSubstr("model.tokenizer.bin"),
                               HasSubstr("tokenizer.bin in the folder '" +
                                         folder_.path("").substr(0, folder_.path("").size() - 1))));
  folder_.write("tokenizer.bin", tokenizer_file(320));
  EXPECT_EQ(open().status, SLUICE_NN_OK);
  // The one that bears its name comes first.
  folder_.write("model.tokenizer.bin", tokenizer_file(319));
  const Said other = open();
  EXPECT_EQ(other.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(other.text, AllOf(HasSubstr("model.tokenizer.bin"), HasSubstr("319 tokens and the model 320")));
  folder_.write("model.tokenizer.bin", tokenizer_file(321));
  EXPECT_THAT(open().text, HasSubstr("more tokens than the 320"));
}

TEST_F(Files, LinksLeadToTheTokenizer) {
  folder_.write("tokenizer.bin", tokenizer_file(320));
  const Folder elsewhere;
  std::filesystem::create_symlink(path_, elsewhere.path("link.bin"));
  EXPECT_EQ(try_open(elsewhere.path("link.bin"), model_).status, SLUICE_NN_OK);
  // As a worker opens a file that it has looked at already.
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  const Said said = try_open("/proc/self/fd/" + std::to_string(file), model_);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  std::filesystem::remove(path_);
  EXPECT_EQ(try_open("/proc/self/fd/" + std::to_string(file), model_).status, SLUICE_NN_NOT_FOUND);
  ::close(file);
}

TEST_F(Files, WithoutWeightsThereIsNoContext) {
  folder_.write("tokenizer.bin", tokenizer_file(320));
  for (const auto member :
       {&sluice_nn_model_options::vocabulary_only, &sluice_nn_model_options::no_weights}) {
    sluice_nn_model_options options{};
    options.*member = 1;
    ASSERT_EQ(open(options).status, SLUICE_NN_OK);
    EXPECT_EQ(text_of(model_.get(), tokens_of(model_.get(), "hello")), " hello");
    const sluice_nn_context_options with = small_context();
    sluice_nn_context* context = nullptr;
    EXPECT_EQ(llm().context_open(model_.get(), &with, &context, nullptr), SLUICE_NN_UNSUPPORTED);
  }
}

TEST_F(Files, ProgressMayGiveUp) {
  folder_.write("tokenizer.bin", tokenizer_file(320));
  sluice_nn_model_options options{};
  float last = -1;
  options.progress_self = &last;
  options.progress = [](void* self, float done) { return *static_cast<float*>(self) = done, 1; };
  EXPECT_EQ(open(options).status, SLUICE_NN_OK);
  EXPECT_EQ(last, 1);
  options.progress = [](void*, float) { return 0; };
  EXPECT_EQ(open(options).status, SLUICE_NN_STOPPED);
}

TEST_F(Files, NumbersThatAreNoneAreFoundWhereAsked) {
  folder_.write("tokenizer.bin", tokenizer_file(320));
  sluice_nn_model_options options{};
  options.check_tensors = 1;
  EXPECT_EQ(open(options).status, SLUICE_NN_OK);
  Weights weights = random_weights(odd_dims(), true, 1);
  weights.w2.back() = std::nanf("");
  folder_.write("model.bin", legacy_file(weights));
  EXPECT_EQ(open().status, SLUICE_NN_OK);
  const Said said = open(options);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(said.text, HasSubstr("layer 2"));
}

TEST_F(Files, OtherThingsAreNoCheckpoints) {
  folder_.write("tokenizer.bin", tokenizer_file(320));
  EXPECT_EQ(try_open(folder_.path("none.bin"), model_).status, SLUICE_NN_NOT_FOUND);
  EXPECT_THAT(try_open(folder_.path(""), model_).text, HasSubstr("a folder"));
  EXPECT_THAT(try_open(folder_.write("empty", ""), model_).text, HasSubstr("is empty"));
  EXPECT_THAT(try_open(folder_.write("gguf", "GGUF" + std::string(60, 'x')), model_).text,
              HasSubstr("backend ggml"));
  EXPECT_THAT(try_open(folder_.write("text", std::string(60, 'x')), model_).text, HasSubstr("dim"));
  std::string version = version1_file(random_weights(even_dims(), true, 1));
  version[4] = 3;
  const Said said = try_open(folder_.write("new", version), model_);
  EXPECT_EQ(said.status, SLUICE_NN_UNSUPPORTED);
  EXPECT_THAT(said.text, HasSubstr("version 3"));
}

// Opens it, and where that works computes with it.
void survive(const std::string& path) {
  Model model;
  const Said said = try_open(path, model);
  if (said.status != SLUICE_NN_OK) {
    EXPECT_FALSE(said.text.empty());
    return;
  }
  const Context context = make_context(model.get());
  ASSERT_NE(context, nullptr);
  feed(model.get(), context.get(), {0, static_cast<std::int32_t>(info_of(model.get()).vocabulary) - 1});
}

constexpr Dims tiny{
    .dim = 4, .hidden = 4, .layers = 1, .heads = 2, .heads_kv = 1, .vocabulary = 260, .context = 4};

TEST(DamagedFiles, EveryOtherLengthIsRefused) {
  const Folder folder;
  folder.write("tokenizer.bin", tokenizer_file(tiny.vocabulary));
  const Weights weights = random_weights(tiny, false, 1);
  for (const std::string& bytes : {legacy_file(weights), version1_file(weights), version2_file(weights, 4)}) {
    Model model;
    EXPECT_EQ(try_open(folder.write("model.bin", bytes), model).status, SLUICE_NN_OK);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Said said = try_open(folder.write("model.bin", std::string_view(bytes).substr(0, size)), model);
      ASSERT_EQ(said.status, SLUICE_NN_CORRUPT) << size << " bytes";
    }
    const Said said = try_open(folder.write("model.bin", bytes + "x"), model);
    EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
    EXPECT_THAT(said.text,
                AllOf(HasSubstr(std::to_string(bytes.size() + 1)), HasSubstr(std::to_string(bytes.size()))));
  }
}

TEST(DamagedFiles, TokenizersOfEveryOtherLengthAreRefused) {
  const Folder folder;
  const std::string path = folder.write("model.bin", legacy_file(random_weights(tiny, true, 1)));
  const std::string bytes = tokenizer_file(tiny.vocabulary);
  Model model;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    folder.write("tokenizer.bin", std::string_view(bytes).substr(0, size));
    ASSERT_EQ(try_open(path, model).status, SLUICE_NN_CORRUPT) << size << " bytes";
  }
  for (const std::int32_t size : {-1, 1 << 30, std::numeric_limits<std::int32_t>::min()}) {
    std::string wrong = bytes;
    std::memcpy(wrong.data() + 8, &size, sizeof size);
    folder.write("tokenizer.bin", wrong);
    EXPECT_THAT(try_open(path, model).text, HasSubstr("token 0 has " + std::to_string(size)));
  }
  // Scores that are no numbers join nothing, and do no harm.
  std::string strange = bytes;
  const float none = std::nanf("");
  std::memcpy(strange.data() + strange.size() - 9, &none, sizeof none);
  folder.write("tokenizer.bin", strange);
  if (try_open(path, model).status == SLUICE_NN_OK) tokens_of(model.get(), "hello");
}

TEST(DamagedFiles, HeadersThatSayNonsenseAreRefused) {
  const Folder folder;
  folder.write("tokenizer.bin", tokenizer_file(tiny.vocabulary));
  const Weights weights = random_weights(tiny, true, 1);
  struct Kind {
    std::string bytes;
    std::size_t header;
    std::size_t numbers;
  };
  for (const Kind& kind : {Kind{legacy_file(weights), 0, 7}, Kind{version2_file(weights, 4), 4, 7}}) {
    for (std::size_t field = 0; field < kind.numbers; ++field) {
      for (const std::int32_t value :
           {0, -1, 1, 3, 5, 1 << 17, (1 << 24) + 1, std::numeric_limits<std::int32_t>::max(),
            std::numeric_limits<std::int32_t>::min()}) {
        std::string bytes = kind.bytes;
        const char* const before = bytes.data() + kind.header + field * 4;
        if (std::memcmp(before, &value, sizeof value) == 0) continue;
        std::memcpy(bytes.data() + kind.header + field * 4, &value, sizeof value);
        Model model;
        const Said said = try_open(folder.write("model.bin", bytes), model);
        EXPECT_NE(said.status, SLUICE_NN_OK) << "field " << field << " is " << value;
        EXPECT_FALSE(said.text.empty());
      }
    }
  }
}

TEST(DamagedFiles, RandomOnesDoNoHarm) {
  const Folder folder;
  folder.write("tokenizer.bin", tokenizer_file(tiny.vocabulary));
  std::mt19937 random = seeded(1);
  const Weights weights = random_weights(tiny, true, 1);
  const std::string files[] = {legacy_file(weights), version1_file(weights), version2_file(weights, 4)};
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = files[random() % 3];
    for (std::size_t changes = random() % 4 + 1; changes > 0; --changes) {
      // Small numbers are those that may pass.
      const std::size_t at = random() % 12 * 4;
      const auto value =
          random() % 2 == 0 ? static_cast<std::int32_t>(random() % 9) : static_cast<std::int32_t>(random());
      std::memcpy(bytes.data() + at, &value, sizeof value);
    }
    survive(folder.write("model.bin", bytes));
  }
}

}  // namespace
}  // namespace sluice::backends::llama2c::test
