#include "test_plugin.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace sluice::backends::llama2c::test {
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

}  // namespace

const sluice_nn_backend_table& plugin() {
  static const sluice_nn_backend_table& table = load();
  return table;
}

const sluice_nn_llm& llm() {
  return *plugin().llm;
}

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "llama2c_test.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(std::string_view name, std::string_view bytes) const {
  // A new file: one that is cut and written again is kept safe by some file systems, which takes long.
  std::filesystem::remove(path(name));
  std::ofstream file(path(name), std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path(name);
}

Said try_open(const std::string& path, Model& model, const sluice_nn_model_options& options) {
  sluice_nn_model* opened = nullptr;
  sluice_nn_error error{};
  const sluice_nn_status status = llm().model_open(path.c_str(), &options, &opened, &error);
  if (status == SLUICE_NN_OK) model.reset(opened);
  return {status, error.text};
}

Model open_bytes(std::string_view bytes, std::int32_t vocabulary) {
  const Folder folder;
  folder.write("tokenizer.bin", tokenizer_file(vocabulary));
  Model model;
  const Said said = try_open(folder.write("model.bin", bytes), model);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  return model;
}

sluice_nn_model_info info_of(sluice_nn_model* model) {
  sluice_nn_model_info info{};
  llm().model_info(model, &info);
  return info;
}

sluice_nn_context_options small_context() {
  return {.tokens = 256,
          .sequences = 8,
          .batch_tokens = 128,
          .threads = 1,
          .threads_batch = 1,
          .embeddings = 0,
          .separate = 0};
}

Context make_context(sluice_nn_model* model, const sluice_nn_context_options& options) {
  sluice_nn_context* context = nullptr;
  sluice_nn_error error{};
  EXPECT_EQ(llm().context_open(model, &options, &context, &error), SLUICE_NN_OK) << error.text;
  return Context(context);
}

Said try_decode(sluice_nn_context* context, const std::vector<sluice_nn_item>& items) {
  sluice_nn_error error{};
  const auto status = llm().decode(context, items.data(), items.size(), &error);
  return {status, error.text};
}

std::vector<Logits> feed(sluice_nn_model* model, sluice_nn_context* context,
                         const std::vector<std::int32_t>& tokens, std::int32_t sequence,
                         std::int32_t position) {
  std::vector<sluice_nn_item> items;
  for (const std::int32_t token : tokens) items.push_back({token, position++, sequence, 1});
  const Said said = try_decode(context, items);
  EXPECT_EQ(said.status, SLUICE_NN_OK) << said.text;
  std::vector<Logits> all;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const float* row = llm().logits(context, i);
    EXPECT_NE(row, nullptr);
    if (row != nullptr) all.emplace_back(row, row + info_of(model).vocabulary);
  }
  return all;
}

std::vector<std::int32_t> tokens_of(sluice_nn_model* model, std::string_view of, Begin begin,
                                    int parse_special) {
  std::vector<std::int32_t> tokens(of.size() + 8);
  const auto count = llm().tokenize(model, text(of), begin == Begin::with_token ? 1 : 0, parse_special,
                                    tokens.data(), tokens.size());
  EXPECT_GE(count, 0);
  tokens.resize(static_cast<std::size_t>(count));
  return tokens;
}

std::string text_of(sluice_nn_model* model, const std::vector<std::int32_t>& tokens, int special) {
  std::string all;
  for (const std::int32_t token : tokens) {
    std::array<char, 256> bytes{};
    all.append(bytes.data(), llm().piece(model, token, special, bytes.data(), bytes.size()));
  }
  return all;
}

std::string described(sluice_nn_model* model) {
  std::string out;
  llm().model_describe(model, into(out));
  return out;
}

sluice_nn_sink into(std::string& out) {
  return {[](void* self, const char* data, std::size_t size) {
            static_cast<std::string*>(self)->assign(data, size);
          },
          &out};
}

std::vector<std::int32_t> some_tokens(std::size_t count, unsigned seed, std::int32_t vocabulary) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::int32_t> token(0, vocabulary - 1);
  std::vector<std::int32_t> tokens(count);
  for (std::int32_t& each : tokens) each = token(random);
  return tokens;
}

}  // namespace sluice::backends::llama2c::test
