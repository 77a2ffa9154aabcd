#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llama.h>
#include <mtmd-helper.h>
#include <mtmd.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "test/test_model.h"
#include "test/vision/picture.h"
#include "test/vision/projector_file.h"
#include "test/vision/tiny_model.h"

// What the library has read of a projector that it then refuses, it keeps: the worker ends with the error.
// Asked by the leak sanitizer, where there is one.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libmtmd\n";
}

namespace sluice::backends::ggml::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct CloseProjector {
  void operator()(sluice_nn_projector* projector) const { llm().projector_close(projector); }
};
struct CloseMixed {
  void operator()(sluice_nn_mixed_prompt* prompt) const { llm().mixed_close(prompt); }
};
using Projector = std::unique_ptr<sluice_nn_projector, CloseProjector>;
using Mixed = std::unique_ptr<sluice_nn_mixed_prompt, CloseMixed>;

std::string scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("sluice-" + std::to_string(getpid()) + "-" + name);
}

// Written once for all tests.
const std::string& projector_file(const std::string& kind) {
  static std::map<std::string, std::string> files;
  std::string& path = files[kind];
  if (path.empty()) {
    path = scratch(kind + ".gguf");
    EXPECT_TRUE(write_projector(path, kind, tiny_width));
  }
  return path;
}

const std::string& model_file(const std::string& kind) {
  static std::map<std::string, std::string> files;
  const std::string architecture = kind == "qwen2vl_merger" ? "qwen2vl" : "llama";
  std::string& path = files[architecture];
  if (path.empty()) {
    path = scratch(architecture + ".gguf");
    EXPECT_TRUE(write_tiny_model(path, architecture));
  }
  return path;
}

// That the projectors of a kind are made for.
sluice_nn_model* model_for(const std::string& kind) {
  static std::map<std::string, Model> models;
  Model& model = models[kind];
  if (!model) {
    const Said said = try_open(model_file(kind), model);
    EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  }
  return model.get();
}

Said try_projector(const std::string& path, Projector& projector, const std::string& kind = "mlp") {
  sluice_nn_projector* opened = nullptr;
  sluice_nn_error error{};
  const auto status = llm().projector_open(model_for(kind), path.c_str(), 1, &opened, &error);
  if (status == SLUICE_NN_OK) projector.reset(opened);
  return {status, error.text};
}

Projector open_projector(const std::string& kind) {
  Projector projector;
  const Said said = try_projector(projector_file(kind), projector, kind);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  return projector;
}

Said try_mixed(const sluice_nn_projector* projector, const std::vector<std::string>& texts,
               const std::vector<std::string>& images, Mixed& mixed) {
  std::vector<sluice_nn_text> words;
  std::vector<sluice_nn_text> files;
  for (const std::string& one : texts) words.push_back(text(one));
  for (const std::string& one : images) files.push_back(text(one));
  sluice_nn_mixed_prompt* opened = nullptr;
  sluice_nn_error error{};
  const auto status =
      llm().mixed_open(projector, words.data(), files.data(), files.size(), 1, &opened, &error);
  if (status == SLUICE_NN_OK) mixed.reset(opened);
  return {status, error.text};
}

Mixed make_mixed(const Projector& projector, const std::vector<std::string>& texts,
                 const std::vector<std::string>& images) {
  Mixed mixed;
  const Said said = try_mixed(projector.get(), texts, images, mixed);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  return mixed;
}

std::vector<sluice_nn_stretch> stretches_of(const Mixed& mixed) {
  std::vector<sluice_nn_stretch> all;
  sluice_nn_stretch stretch{};
  while (llm().mixed_stretch(mixed.get(), all.size(), &stretch) == 1) all.push_back(stretch);
  return all;
}

// The logits behind the prompt.
std::vector<float> feed_mixed(sluice_nn_context* context, const Mixed& mixed, std::int32_t sequence,
                              sluice_nn_model* model) {
  std::vector<float> logits;
  std::int32_t position = 0;
  const auto stretches = stretches_of(mixed);
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const auto& [tokens, count, room, image] = stretches[i];
    if (tokens != nullptr) {
      logits = feed(context, {tokens, tokens + count}, sequence, position, model);
    } else {
      sluice_nn_error error{};
      EXPECT_EQ(llm().mixed_decode(context, mixed.get(), i, sequence, position, &error), SLUICE_NN_OK)
          << error.text;
    }
    position += static_cast<std::int32_t>(count);
  }
  return logits;
}

// What the library itself makes of the same, with its own function for prompts.
std::vector<float> natively(const std::string& kind, const std::vector<std::string>& texts,
                            const std::vector<std::string>& images) {
  const std::unique_ptr<llama_model, void (*)(llama_model*)> model(
      llama_model_load_from_file(model_file(kind).c_str(), llama_model_default_params()), llama_model_free);
  llama_context_params params = llama_context_default_params();
  params.n_ctx = small_context().tokens;
  params.n_seq_max = small_context().sequences;
  params.kv_unified = true;
  params.n_threads = params.n_threads_batch = 1;
  const std::unique_ptr<llama_context, void (*)(llama_context*)> context(
      llama_init_from_model(model.get(), params), llama_free);
  mtmd_context_params seen = mtmd_context_params_default();
  seen.use_gpu = false;
  seen.print_timings = false;
  seen.n_threads = 1;
  const mtmd::context_ptr projector(mtmd_init_from_file(projector_file(kind).c_str(), model.get(), seen));
  std::string prompt = texts[0];
  mtmd::bitmaps bitmaps;
  for (std::size_t i = 0; i < images.size(); ++i) {
    prompt += mtmd_default_marker() + texts[i + 1];
    const auto* const bytes = reinterpret_cast<const unsigned char*>(images[i].data());
    bitmaps.entries.emplace_back(mtmd_helper_bitmap_init_from_buf(projector.get(), bytes, images[i].size(),
                                                                  false, mtmd_helper_init_opt_default())
                                     .bitmap);
  }
  mtmd::input_chunks chunks(mtmd_input_chunks_init());
  const mtmd_input_text input{prompt.data(), prompt.size(), true, true};
  const auto list = bitmaps.c_ptr();
  EXPECT_EQ(mtmd_tokenize(projector.get(), chunks.ptr.get(), &input, list.data(), list.size()), 0);
  llama_pos end = 0;
  EXPECT_EQ(mtmd_helper_eval_chunks(projector.get(), context.get(), chunks.ptr.get(), 0, 0, 512, true, &end),
            0);
  const float* const logits = llama_get_logits_ith(context.get(), -1);
  return {logits, logits + vocabulary_size(model_for(kind))};
}

const std::vector<std::string>& texts() {
  static const std::vector<std::string> all{"Here is a picture: ", " And another one: ", " Compare them."};
  return all;
}

class EachKind : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Images, EachKind, testing::Values("mlp", "idefics3", "gemma3", "qwen2vl_merger"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_P(EachKind, LogitsAreTheLibrarysOwn) {
  const std::vector<std::string> images{picture(40, 30, 1), picture(30, 50, 2)};
  const Projector projector = open_projector(GetParam());
  const Mixed mixed = make_mixed(projector, texts(), images);
  sluice_nn_model* const model = model_for(GetParam());
  const Context context = make_context(model, small_context());
  const auto found = feed_mixed(context.get(), mixed, 0, model);
  EXPECT_EQ(found, natively(GetParam(), texts(), images));
  // Another image is another answer.
  const Mixed other = make_mixed(projector, texts(), {images[0], picture(30, 50, 3)});
  EXPECT_NE(feed_mixed(context.get(), other, 1, model), found);
}

TEST_P(EachKind, GoesOnBesideOthersAndInACopy) {
  const Projector projector = open_projector(GetParam());
  const Mixed mixed = make_mixed(projector, texts(), {picture(40, 30, 1), picture(30, 50, 2)});
  sluice_nn_model* const model = model_for(GetParam());
  for (const std::uint32_t separate : {0U, 1U}) {
    sluice_nn_context_options options = small_context();
    options.separate = separate;
    const Context context = make_context(model, options);
    const auto alone = feed_mixed(context.get(), mixed, 0, model);
    feed(context.get(), tokens_of(model, "Another conversation."), 1, 0, model);
    std::int32_t end = 0;
    for (const auto& stretch : stretches_of(mixed)) end += static_cast<std::int32_t>(stretch.count);
    const auto next = tokens_of(model, " Yes");
    ASSERT_EQ(llm().sequence_copy(context.get(), 0, 2, end), 1);
    // The order of tokens in memory is that of a sum.
    const auto near = [](const std::vector<float>& expected) {
      return testing::Pointwise(testing::FloatNear(1e-3F), expected);
    };
    const auto copied = feed(context.get(), next, 2, end, model);
    EXPECT_THAT(copied, near(feed(context.get(), next, 0, end, model)));
    EXPECT_THAT(feed_mixed(context.get(), mixed, 3, model), near(alone));
  }
}

TEST(Images, AnswerWhatTheyTake) {
  const Projector projector = open_projector("idefics3");
  const Mixed mixed = make_mixed(projector, {"a ", " b"}, {picture(64, 64, 1)});
  std::size_t images = 0;
  for (const auto& stretch : stretches_of(mixed)) {
    EXPECT_EQ(stretch.room, stretch.count);
    EXPECT_EQ(stretch.image, 0U);
    images += stretch.tokens == nullptr ? 1 : 0;
  }
  // Four tiles and the overview.
  EXPECT_EQ(images, 5U);
}

// In rows and columns, a picture takes fewer positions than tokens.
TEST(Images, InRowsAndColumnsTakeMoreRoomThanPositions) {
  const Projector projector = open_projector("qwen2vl_merger");
  const Mixed mixed = make_mixed(projector, {"a ", " b"}, {picture(64, 48, 1)});
  const auto stretches = stretches_of(mixed);
  ASSERT_EQ(stretches.size(), 3U);
  EXPECT_EQ(stretches[1].room, 4U * 3U);
  EXPECT_EQ(stretches[1].count, 4U);
}

TEST(Images, ForNamesThatTheModelDoesNotHaveAreRefused) {
  Projector projector;
  const std::string wide = scratch("wide.gguf");
  ASSERT_TRUE(write_projector(wide, "idefics3", 576));
  sluice_nn_projector* opened = nullptr;
  sluice_nn_error error{};
  ASSERT_EQ(llm().projector_open(chat_model(), wide.c_str(), 1, &opened, &error), SLUICE_NN_OK) << error.text;
  projector.reset(opened);
  Mixed mixed;
  const Said said = try_mixed(projector.get(), {"a", "b"}, {picture(20, 20, 1)}, mixed);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("does not know the names"));
}

TEST(Images, ThatAreNoneAreRefused) {
  const Projector projector = open_projector("mlp");
  const std::string good = picture(40, 30, 1);
  std::string wide = picture(1, 1, 1);
  wide.replace(16, 8, std::string("\0\0\x40\0\0\0\0\x01", 8));
  std::string huge = wide;
  huge.replace(16, 8, std::string("\0\0\x40\0\0\0\x40\0", 8));
  struct Case {
    std::string bytes;
    const char* words;
  };
  const std::vector<Case> cases{
      {"", "no PNG"},
      {"RIFF\0\0\0\0WAVEfmt ", "no PNG"},
      {"\x89PNG\r\n\x1a\n", "broken or cut off"},
      {good.substr(0, 20), "broken or cut off"},
      {good.substr(0, good.size() / 2), "broken or cut off"},
      {"\xFF\xD8\xFF\xE0", "broken or cut off"},
      {std::string("\xFF\xD8\xFF\xDA\0\4\0\0", 8), "broken or cut off"},
      {"GIF89a", "broken or cut off"},
      {"BM", "broken or cut off"},
      {wide, "times the other"},
      {huge, "are the most"},
  };
  for (const auto& [bytes, words] : cases) {
    Mixed mixed;
    const Said said = try_mixed(projector.get(), {"a", "b"}, {bytes}, mixed);
    EXPECT_EQ(said.status, SLUICE_NN_INVALID);
    EXPECT_THAT(said.text, HasSubstr(words));
  }
  Mixed mixed;
  EXPECT_EQ(try_mixed(projector.get(), {"a", ""}, {good}, mixed).status, SLUICE_NN_INVALID);
}

// A first chunk that is no header, whose place a reader may skip.
TEST(Images, WithAnotherFirstChunkAreRefused) {
  const Projector projector = open_projector("mlp");
  std::string hidden = picture(40, 30, 1);
  hidden.insert(8, std::string("\0\0\0\4CgBI\x50\0\x20\x02\0\0\0\0", 16));
  Mixed mixed;
  const Said said = try_mixed(projector.get(), {"a", "b"}, {hidden}, mixed);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("header is broken"));
}

TEST(Images, ThatUnpackToMoreThanTheirPixelsAreRefused) {
  const Projector projector = open_projector("mlp");
  std::string bomb = picture(400, 400, 1);
  bomb.replace(16, 8, std::string("\0\0\0\x14\0\0\0\x14", 8));
  Mixed mixed;
  const Said said = try_mixed(projector.get(), {"a", "b"}, {bomb}, mixed);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("unpacks to more than its 20 x 20 pixels"));
}

TEST(Images, BitsThatFlipNeverCrash) {
  const Projector projector = open_projector("idefics3");
  const std::string good = picture(20, 20, 1);
  unsigned state = 1;
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    for (int flips = 0; flips < 3; ++flips) {
      state = state * 1664525U + 1013904223U;
      // Not the sides: large pictures take their time.
      const std::size_t at = 24 + state / 256 % (bytes.size() - 24);
      bytes[at] = static_cast<char>(bytes[at] ^ (1U << state % 8));
    }
    Mixed mixed;
    const Said said = try_mixed(projector.get(), {"a", "b"}, {bytes}, mixed);
    EXPECT_THAT(said.status, testing::AnyOf(SLUICE_NN_OK, SLUICE_NN_INVALID)) << said.text;
  }
}

TEST(Projectors, ThatAreNoneAreRefused) {
  Projector projector;
  EXPECT_EQ(try_projector("/nowhere/mmproj.gguf", projector).status, SLUICE_NN_NOT_FOUND);
  Said said = try_projector(smollm(), projector);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(said.text, HasSubstr("is no projector: its architecture is llama"));
  const std::string narrow = scratch("narrow.gguf");
  ASSERT_TRUE(write_projector(narrow, "mlp", tiny_width / 2));
  said = try_projector(narrow, projector);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(said.text, HasSubstr("mismatch between text model"));
  const std::string cut = scratch("cut.gguf");
  std::filesystem::copy_file(projector_file("mlp"), cut, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  EXPECT_EQ(try_projector(cut, projector).status, SLUICE_NN_CORRUPT);
}

TEST(Images, WithoutRoomLeaveNothing) {
  const Projector projector = open_projector("mlp");
  const Mixed mixed = make_mixed(projector, {"a", "b"}, {picture(40, 30, 1)});
  sluice_nn_context_options options = small_context();
  options.tokens = 256;
  sluice_nn_model* const model = model_for("mlp");
  const Context context = make_context(model, options);
  const auto stretches = stretches_of(mixed);
  ASSERT_EQ(stretches.size(), 3U);
  const auto before = static_cast<std::int32_t>(stretches[0].count);
  feed(context.get(), {stretches[0].tokens, stretches[0].tokens + before}, 0, 0, model);
  feed(context.get(), std::vector<std::int32_t>(245, 100), 1, 0, model);
  sluice_nn_error error{};
  EXPECT_EQ(llm().mixed_decode(context.get(), mixed.get(), 1, 0, before, &error), SLUICE_NN_FULL);
  ASSERT_EQ(llm().sequence_remove(context.get(), 1, 0, -1), 1);
  EXPECT_EQ(llm().mixed_decode(context.get(), mixed.get(), 1, 0, before, &error), SLUICE_NN_OK);
  // A stretch of text, one that there is not, a sequence that there is not.
  EXPECT_EQ(llm().mixed_decode(context.get(), mixed.get(), 0, 2, 0, &error), SLUICE_NN_INVALID);
  EXPECT_EQ(llm().mixed_decode(context.get(), mixed.get(), 9, 2, 0, &error), SLUICE_NN_INVALID);
  EXPECT_EQ(llm().mixed_decode(context.get(), mixed.get(), 1, 99, 0, &error), SLUICE_NN_INVALID);
}

}  // namespace
}  // namespace sluice::backends::ggml::test
