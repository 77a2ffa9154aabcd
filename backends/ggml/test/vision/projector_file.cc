#include "projector_file.h"

#include <array>
#include <cstdint>

#include "gguf_writer.h"

namespace sluice::backends::ggml::test {
namespace {

constexpr std::uint32_t image_side = 32;
constexpr std::uint32_t patch_side = 8;
constexpr std::uint32_t patches = (image_side / patch_side) * (image_side / patch_side);
constexpr std::uint32_t inner = 32;
constexpr std::uint32_t feed_forward = 64;

void add_encoder(GgufWriter& file, std::string_view kind, unsigned width) {
  file.text("general.architecture", "clip");
  file.yes("clip.has_vision_encoder");
  file.text("clip.projector_type", std::string(kind));
  file.number("clip.vision.image_size", image_side);
  file.number("clip.vision.patch_size", patch_side);
  file.number("clip.vision.embedding_length", inner);
  file.number("clip.vision.feed_forward_length", feed_forward);
  file.number("clip.vision.projection_dim", width);
  file.number("clip.vision.block_count", 2);
  file.number("clip.vision.attention.head_count", 2);
  file.real("clip.vision.attention.layer_norm_epsilon", 1e-6F);
  file.reals("clip.vision.image_mean", {0.5F, 0.5F, 0.5F});
  file.reals("clip.vision.image_std", {0.5F, 0.5F, 0.5F});
  file.yes("clip.use_gelu");
  file.tensor("v.patch_embd.weight", {patch_side, patch_side, 3, inner}, 0.1F);
  for (int block = 0; block < 2; ++block) {
    const std::string name = "v.blk." + std::to_string(block) + ".";
    for (const char* const part : {"attn_q", "attn_k", "attn_v", "attn_out"})
      file.linear(name + part, inner, inner);
    file.norm(name + "ln1", inner);
    file.norm(name + "ln2", inner);
    file.linear(name + "ffn_up", inner, feed_forward);
    file.linear(name + "ffn_down", feed_forward, inner);
  }
  file.norm("v.post_ln", inner);
}

bool add_projection(GgufWriter& file, std::string_view kind, unsigned width) {
  if (kind != "qwen2vl_merger") {
    file.tensor("v.patch_embd.bias", {inner}, 0.1F);
    file.tensor("v.position_embd.weight", {inner, patches}, 0.1F);
  }
  if (kind == "mlp") {
    file.linear("mm.0", inner, width);
    file.linear("mm.2", width, width);
  } else if (kind == "idefics3") {
    file.number("clip.vision.projector.scale_factor", 2);
    file.number("clip.vision.preproc_image_size", 2 * image_side);
    file.tensor("mm.model.fc.weight", {4 * inner, width}, 0.1F);
  } else if (kind == "gemma3") {
    file.number("clip.vision.projector.scale_factor", 2);
    file.tensor("mm.input_projection.weight", {width, inner}, 0.1F);
    file.tensor("mm.soft_emb_norm.weight", {inner}, 0.1F, 1);
  } else if (kind == "qwen2vl_merger") {
    file.tensor("v.patch_embd.weight.1", {patch_side, patch_side, 3, inner}, 0.1F);
    file.linear("mm.0", 4 * inner, 4 * inner);
    file.linear("mm.2", 4 * inner, width);
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool write_projector(const std::string& path, std::string_view kind, unsigned width) {
  GgufWriter file;
  add_encoder(file, kind, width);
  return add_projection(file, kind, width) && file.write(path);
}

}  // namespace sluice::backends::ggml::test
