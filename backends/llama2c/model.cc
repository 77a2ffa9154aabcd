#include "model.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "cells.h"
#include "common/memory.h"
#include "token_table.h"

namespace sluice::backends::llama2c {
namespace {

// So many tokens share the reading of the weights; more of them are not computed faster each.
constexpr std::uint32_t busy_tokens = 32;

// "15.2M".
std::string count_of(std::uint64_t parameters) {
  struct Unit {
    double size;
    const char* name;
  };
  for (const Unit& unit : {Unit{1e9, "B"}, Unit{1e6, "M"}, Unit{1e3, "K"}}) {
    if (static_cast<double>(parameters) < unit.size) continue;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f%s", static_cast<double>(parameters) / unit.size, unit.name);
    return text;
  }
  return std::to_string(parameters);
}

}  // namespace

Result<std::unique_ptr<sluice_nn_model>> open_model(const std::string& path,
                                                    const sluice_nn_model_options& options) {
  const auto goes_on = [&](float done) {
    return options.progress == nullptr || options.progress(options.progress_self, done) != 0;
  };
  const auto stopped = [&] {
    return failed(SLUICE_NN_STOPPED, "loading the checkpoint '" + path + "' was stopped");
  };
  if (!goes_on(0)) return stopped();
  auto checkpoint = Checkpoint::open(path);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  const bool has_weights = options.vocabulary_only == 0 && options.no_weights == 0;
  if (const std::uint64_t bytes = checkpoint->file.bytes().size(), available = memory_available();
      has_weights && bytes > available) {
    return failed(SLUICE_NN_NO_MEMORY, "the checkpoint '" + path + "' needs " + mebibytes(bytes) +
                                           " of memory and " + mebibytes(available) +
                                           " are free; use a smaller one");
  }
  const auto tokenizer_path = find_tokenizer(path);
  if (!tokenizer_path) return std::unexpected(tokenizer_path.error());
  auto table = TokenTable::open(*tokenizer_path, checkpoint->shape.vocabulary);
  if (!table) return std::unexpected(table.error());
  if (options.check_tensors != 0) {
    if (auto checked = check_numbers(*checkpoint, path); !checked) return std::unexpected(checked.error());
  }
  if (!goes_on(1)) return stopped();
  auto model = std::make_unique<sluice_nn_model>(std::move(*checkpoint), Tokenizer(std::move(*table)),
                                                 nullptr, has_weights);
  model->vocabulary = vocabulary_of(model->tokenizer);
  return model;
}

void fill_info(const sluice_nn_model& model, sluice_nn_model_info& info) {
  const Shape& shape = model.checkpoint.shape;
  info = {};
  info.context_trained = shape.context;
  info.vocabulary = shape.vocabulary;
  info.embedding = shape.width;
  info.layers = shape.layers;
  info.parameters = model.checkpoint.parameters;
  info.file_bytes = model.checkpoint.file.bytes().size();
  info.bytes_per_token = Cells::bytes(shape);
  info.steady_batch_least = 1;
  info.steady_batch_most = batch_tokens_max;
  info.busy_batch_least = busy_tokens;
}

std::string describe(const sluice_nn_model& model) {
  const Checkpoint& checkpoint = model.checkpoint;
  const bool quantized = checkpoint.format == Checkpoint::Format::q8_0;
  const std::string quantization = quantized ? "Q8_0" : "F32";
  nlohmann::json json{{"description", "llama2c " + count_of(checkpoint.parameters) + " " + quantization},
                      {"architecture", "llama2c"},
                      {"quantization", quantization},
                      {"devices", "CPU"},
                      {"parts", 1},
                      {"recurrent", false}};
  if (quantized) json["group_size"] = checkpoint.group;
  return json.dump();
}

}  // namespace sluice::backends::llama2c
