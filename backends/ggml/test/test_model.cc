#include "test_model.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace sluice::backends::ggml::test {
namespace {

const sluice_nn_backend_table& load() {
  const std::filesystem::path plugin = SLUICE_PLUGIN;
  void* library = dlopen(plugin.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "cannot load the plug-in: %s\n", dlerror());
    std::abort();
  }
  const auto make = reinterpret_cast<sluice_nn_backend_function>(dlsym(library, "sluice_nn_backend"));
  const sluice_nn_backend_table* table =
      make == nullptr ? nullptr : make(plugin.parent_path().c_str(), nullptr);
  if (table == nullptr || table->abi != SLUICE_NN_ABI || table->llm == nullptr) {
    std::fprintf(stderr, "the plug-in gives no table of this version\n");
    std::abort();
  }
  return *table;
}

std::string model_path(const char* name) {
  return std::string(SLUICE_MODELS) + "/" + name;
}

sluice_nn_model* open_or_fail(const std::string& path) {
  Model model;
  const Said said = try_open(path, model);
  if (said.status != SLUICE_NN_OK) {
    std::fprintf(stderr, "%s\nWhat to do: script/bootstrap models\n", said.text.c_str());
    std::abort();
  }
  return model.release();
}

}  // namespace

const sluice_nn_llm& llm() {
  static const sluice_nn_backend_table& table = load();
  return *table.llm;
}

std::string smollm() {
  return model_path("smollm2-135m-instruct-q4_0.gguf");
}
std::string minilm() {
  return model_path("all-minilm-l6-v2-q8_0.gguf");
}

void CloseModel::operator()(sluice_nn_model* model) const {
  llm().model_close(model);
}
void CloseContext::operator()(sluice_nn_context* context) const {
  llm().context_close(context);
}
void CloseSampler::operator()(sluice_nn_sampler* sampler) const {
  llm().sampler_close(sampler);
}

Said try_open(const std::string& path, Model& model) {
  sluice_nn_model* opened = nullptr;
  sluice_nn_error error{};
  const sluice_nn_model_options options{};
  const sluice_nn_status status = llm().model_open(path.c_str(), &options, &opened, &error);
  if (status == SLUICE_NN_OK) model.reset(opened);
  return {status, error.text};
}

sluice_nn_model* chat_model() {
  static const Model model(open_or_fail(smollm()));
  return model.get();
}

sluice_nn_model* embedding_model() {
  static const Model model(open_or_fail(minilm()));
  return model.get();
}

sluice_nn_context_options small_context() {
  return {.tokens = 2048,
          .sequences = 8,
          .batch_tokens = 512,
          .threads = 1,
          .threads_batch = 1,
          .embeddings = 0,
          .separate = 0};
}

Context make_context(sluice_nn_model* model, sluice_nn_context_options options) {
  sluice_nn_context* context = nullptr;
  sluice_nn_error error{};
  EXPECT_EQ(llm().context_open(model, &options, &context, &error), SLUICE_NN_OK) << error.text;
  return Context(context);
}

std::vector<std::int32_t> tokens_of(sluice_nn_model* model, std::string_view of, int add_special,
                                    int parse_special) {
  std::vector<std::int32_t> tokens(of.size() + 8);
  const auto count =
      llm().tokenize(model, text(of), add_special, parse_special, tokens.data(), tokens.size());
  EXPECT_GE(count, 0);
  tokens.resize(static_cast<std::size_t>(count));
  return tokens;
}

std::string text_of(sluice_nn_model* model, const std::vector<std::int32_t>& tokens) {
  std::string all;
  for (const std::int32_t token : tokens) {
    std::array<char, 256> bytes{};
    all.append(bytes.data(), llm().piece(model, token, 0, bytes.data(), bytes.size()));
  }
  return all;
}

std::size_t vocabulary_size(sluice_nn_model* model) {
  sluice_nn_model_info info{};
  llm().model_info(model, &info);
  return info.vocabulary;
}

sluice_nn_sink into(std::string& out) {
  return {[](void* self, const char* data, std::size_t size) {
            static_cast<std::string*>(self)->assign(data, size);
          },
          &out};
}

sluice_nn_sampling greedy() {
  sluice_nn_sampling sampling{};
  sampling.top_p = 1;
  sampling.repeat_penalty = 1;
  return sampling;
}

Said make_sampler(const sluice_nn_sampling& sampling, Sampler& sampler) {
  sluice_nn_sampler* made = nullptr;
  sluice_nn_error error{};
  const sluice_nn_status status = llm().sampler_open(chat_model(), &sampling, &made, &error);
  if (status == SLUICE_NN_OK) sampler.reset(made);
  return {status, error.text};
}

bool would_draw(sluice_nn_sampler* sampler, std::int32_t token, std::int32_t other) {
  std::vector<float> logits(vocabulary_size(chat_model()), -20);
  logits[static_cast<std::size_t>(other)] = 5;
  logits[static_cast<std::size_t>(token)] = 10;
  sluice_nn_drawn drawn{};
  sluice_nn_error error{};
  return llm().sampler_draw(sampler, logits.data(), -1, &drawn, nullptr, &error) == SLUICE_NN_OK &&
         drawn.token == token;
}

std::int32_t end_token() {
  return tokens_of(chat_model(), "<|im_end|>", 0, 1).at(0);
}

Fate fate_of(const sluice_nn_sampling& sampling, std::string_view answer) {
  Sampler sampler;
  const Said said = make_sampler(sampling, sampler);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  if (sampler == nullptr) return Fate::refused;
  for (const std::int32_t token : tokens_of(chat_model(), answer)) {
    if (!would_draw(sampler.get(), token, end_token())) return Fate::refused;
  }
  return would_draw(sampler.get(), end_token(), 300) ? Fate::whole : Fate::beginning;
}

std::vector<float> feed(sluice_nn_context* context, const std::vector<std::int32_t>& tokens,
                        std::int32_t sequence, std::int32_t position, sluice_nn_model* model) {
  std::vector<sluice_nn_item> items;
  for (const std::int32_t token : tokens) items.push_back({token, position++, sequence, 0});
  items.back().output = 1;
  sluice_nn_error error{};
  EXPECT_EQ(llm().decode(context, items.data(), items.size(), &error), SLUICE_NN_OK) << error.text;
  const float* row = llm().logits(context, items.size() - 1);
  EXPECT_NE(row, nullptr);
  return {row, row + vocabulary_size(model)};
}

std::vector<std::int32_t> generate(sluice_nn_context* context, sluice_nn_sampler* sampler,
                                   std::vector<float> logits, std::int32_t sequence, std::int32_t position,
                                   int count) {
  std::vector<std::int32_t> answer;
  for (int i = 0; i < count; ++i) {
    sluice_nn_drawn drawn{};
    sluice_nn_error error{};
    EXPECT_EQ(llm().sampler_draw(sampler, logits.data(), -1, &drawn, nullptr, &error), SLUICE_NN_OK)
        << error.text;
    if (llm().is_end(chat_model(), drawn.token) != 0) break;
    answer.push_back(drawn.token);
    logits = feed(context, {drawn.token}, sequence, position++);
  }
  return answer;
}

}  // namespace sluice::backends::ggml::test
