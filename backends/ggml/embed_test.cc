#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "test/test_model.h"

namespace sluice::backends::ggml::test {
namespace {

constexpr std::size_t width = 384;

sluice_nn_context_options embedding_context() {
  return {.tokens = 1024,
          .sequences = 16,
          .batch_tokens = 512,
          .threads = 1,
          .threads_batch = 1,
          .embeddings = 1,
          .separate = 0};
}

struct Texts {
  std::vector<std::int32_t> tokens;
  std::vector<std::size_t> offsets{0};
  void add(const std::vector<std::int32_t>& more) {
    tokens.insert(tokens.end(), more.begin(), more.end());
    offsets.push_back(tokens.size());
  }
};

using Vector = std::vector<float>;

std::vector<Vector> embed(const std::vector<std::string>& texts) {
  static const Context context = make_context(embedding_model(), embedding_context());
  Texts all;
  for (const std::string& each : texts) all.add(tokens_of(embedding_model(), each, 1));
  std::vector<float> flat(texts.size() * width);
  sluice_nn_error error{};
  EXPECT_EQ(
      llm().embed(context.get(), all.tokens.data(), all.offsets.data(), texts.size(), flat.data(), &error),
      SLUICE_NN_OK)
      << error.text;
  std::vector<Vector> vectors;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    vectors.emplace_back(flat.begin() + static_cast<std::ptrdiff_t>(i * width),
                         flat.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
  }
  return vectors;
}

float cosine(const Vector& a, const Vector& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(Embed, LikeSentencesLieClose) {
  const auto vectors =
      embed({"A cat sits on the mat.", "A kitten is resting on a rug.",
             "The stock market fell sharply today.", "Shares dropped a lot on Wall Street."});
  for (const Vector& vector : vectors) EXPECT_NEAR(cosine(vector, vector), 1, 1e-4);
  EXPECT_GT(cosine(vectors[0], vectors[1]), 0.5F);
  EXPECT_GT(cosine(vectors[2], vectors[3]), 0.5F);
  EXPECT_LT(cosine(vectors[0], vectors[2]), 0.2F);
  EXPECT_LT(cosine(vectors[1], vectors[3]), 0.2F);
}

// Sums are rounded otherwise in a large batch (docs/models.md).
TEST(Embed, ManyTextsAtOnceAreAsEachAlone) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) {
    texts.push_back("Sentence " + std::to_string(i) + " speaks of " +
                    std::string(static_cast<std::size_t>(i % 9) * 5, 'x') + " and more.");
  }
  const auto together = embed(texts);
  for (std::size_t i = 0; i < texts.size(); i += 7)
    EXPECT_GT(cosine(together[i], embed({texts[i]})[0]), 0.999F) << i;
}

TEST(Embed, TooLongATextIsRefusedWithNumbers) {
  const Context context = make_context(embedding_model(), embedding_context());
  Texts texts;
  texts.add(tokens_of(embedding_model(), "short", 1));
  std::string text;
  for (int i = 0; i < 600; ++i) text += "word ";
  texts.add(tokens_of(embedding_model(), text, 1));
  std::vector<float> vectors(2 * width);
  sluice_nn_error error{};
  EXPECT_EQ(llm().embed(context.get(), texts.tokens.data(), texts.offsets.data(), 2, vectors.data(), &error),
            SLUICE_NN_INVALID);
  EXPECT_THAT(error.text, testing::HasSubstr("text 2 has 602 tokens and the model sees at most 512"));
  const std::size_t nothing[] = {0, 0};
  EXPECT_EQ(llm().embed(context.get(), texts.tokens.data(), nothing, 1, vectors.data(), &error),
            SLUICE_NN_INVALID);
}

TEST(Embed, ContextsAreForOneThing) {
  const Context for_texts = make_context(embedding_model(), embedding_context());
  sluice_nn_error error{};
  const sluice_nn_item item{.token = 5, .position = 0, .sequence = 0, .output = 1};
  EXPECT_EQ(llm().decode(for_texts.get(), &item, 1, &error), SLUICE_NN_UNSUPPORTED);
  const Context for_answers = make_context(chat_model(), small_context());
  const std::int32_t token = 5;
  const std::size_t offsets[] = {0, 1};
  std::vector<float> vector(576);
  EXPECT_EQ(llm().embed(for_answers.get(), &token, offsets, 1, vector.data(), &error), SLUICE_NN_UNSUPPORTED);
}

}  // namespace
}  // namespace sluice::backends::ggml::test
