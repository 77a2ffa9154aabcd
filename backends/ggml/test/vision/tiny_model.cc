#include "tiny_model.h"

#include <array>
#include <cstdint>
#include <vector>

#include "gguf_writer.h"

namespace sluice::backends::ggml::test {
namespace {

constexpr std::uint32_t heads = 2;
constexpr std::uint32_t feed_forward = 96;
constexpr std::uint32_t layers = 2;

// Bytes are written as OpenAI's GPT-2 does it: those that are no visible character of Latin-1 follow from 256
// on.
std::string byte_name(unsigned byte) {
  static unsigned hidden = 0;
  const bool is_visible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const unsigned code = is_visible ? byte : 256 + hidden++;
  if (code < 128) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0U | code >> 6U), static_cast<char>(0x80U | (code & 0x3FU))};
}

void add_vocabulary(GgufWriter& file) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (unsigned byte = 0; byte < 256; ++byte) all.push_back(byte_name(byte));
    return all;
  }();
  constexpr std::int32_t plain = 1;
  constexpr std::int32_t control = 3;
  std::vector<std::string> tokens = names;
  std::vector<std::int32_t> types(tokens.size(), plain);
  // Two newlines are one token of most vocabularies.
  const std::string& newline = names[10];
  tokens.push_back(newline + newline);
  types.push_back(plain);
  for (const char* const special :
       {"<end>", "<|vision_start|>", "<|vision_end|>", "<fake_token_around_image>", "<global-img>",
        "<row_1_col_1>", "<row_1_col_2>", "<row_2_col_1>", "<row_2_col_2>"}) {
    tokens.emplace_back(special);
    types.push_back(control);
  }
  file.text("tokenizer.ggml.model", "gpt2");
  file.text("tokenizer.ggml.pre", "default");
  file.texts("tokenizer.ggml.tokens", tokens);
  file.numbers("tokenizer.ggml.token_type", types);
  file.texts("tokenizer.ggml.merges", {newline + " " + newline});
  file.number("tokenizer.ggml.eos_token_id", 257);
  file.tensor("token_embd.weight", {tiny_width, static_cast<std::int64_t>(tokens.size())}, 0.5F);
}

}  // namespace

bool write_tiny_model(const std::string& path, std::string_view architecture) {
  GgufWriter file;
  const std::string name(architecture);
  const auto key = [&](const char* rest) { return name + "." + rest; };
  file.text("general.architecture", name);
  file.number(key("context_length").c_str(), 2048);
  file.number(key("embedding_length").c_str(), tiny_width);
  file.number(key("block_count").c_str(), layers);
  file.number(key("feed_forward_length").c_str(), feed_forward);
  file.number(key("attention.head_count").c_str(), heads);
  file.number(key("attention.head_count_kv").c_str(), heads);
  file.real(key("attention.layer_norm_rms_epsilon").c_str(), 1e-6F);
  if (architecture == "qwen2vl") {
    file.numbers(key("rope.dimension_sections").c_str(), std::array<std::int32_t, 4>{4, 6, 6, 0});
  } else {
    file.number(key("rope.dimension_count").c_str(), tiny_width / heads);
  }
  add_vocabulary(file);
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    file.tensor(block + "attn_norm.weight", {tiny_width}, 0.1F, 1);
    for (const char* const part : {"attn_q", "attn_k", "attn_v"})
      file.linear(block + part, tiny_width, tiny_width);
    file.tensor(block + "attn_output.weight", {tiny_width, tiny_width}, 0.3F);
    file.tensor(block + "ffn_norm.weight", {tiny_width}, 0.1F, 1);
    file.tensor(block + "ffn_gate.weight", {tiny_width, feed_forward}, 0.3F);
    file.tensor(block + "ffn_up.weight", {tiny_width, feed_forward}, 0.3F);
    file.tensor(block + "ffn_down.weight", {feed_forward, tiny_width}, 0.3F);
  }
  file.tensor("output_norm.weight", {tiny_width}, 0.1F, 1);
  return file.write(path);
}

}  // namespace sluice::backends::ggml::test
