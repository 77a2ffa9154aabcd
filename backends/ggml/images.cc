#include "images.h"

#include <mtmd-helper.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "common/memory.h"
#include "gguf_file.h"
#include "image_file.h"
#include "log.h"

namespace sluice::backends::ggml {
namespace {

mtmd_context_params params_of(const sluice_nn_model& model, std::uint32_t threads) {
  mtmd_context_params params = mtmd_context_params_default();
  params.use_gpu = model.gpu;
  params.print_timings = false;
  params.n_threads = static_cast<int>(std::max(threads, 1U));
  params.warmup = false;
  return params;
}

// Its name is its number, by which it is known again.
Result<mtmd::bitmap> unpacked(const mtmd_context* context, std::string_view file, std::size_t number) {
  if (auto size = check_image(file); !size) return std::unexpected(size.error());
  const Complaints complaints;
  const mtmd_helper_bitmap_wrapper found =
      mtmd_helper_bitmap_init_from_buf(context, reinterpret_cast<const unsigned char*>(file.data()),
                                       file.size(), false, mtmd_helper_init_opt_default());
  mtmd::bitmap bitmap(found.bitmap);
  if (!bitmap.ptr) return failed(SLUICE_NN_INVALID, "the image is broken or cut off");
  bitmap.set_id(std::to_string(number).c_str());
  return bitmap;
}

std::size_t number_of(const mtmd_input_chunk* chunk) {
  const char* const name = mtmd_input_chunk_get_id(chunk);
  const std::string_view text(name == nullptr ? "" : name);
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

sluice_nn_stretch stretch_of(const mtmd_input_chunk* chunk) {
  if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_TEXT) {
    std::size_t count = 0;
    const llama_token* const tokens = mtmd_input_chunk_get_tokens_text(chunk, &count);
    return {tokens, count, count, 0};
  }
  return {nullptr, static_cast<std::size_t>(mtmd_input_chunk_get_n_pos(chunk)),
          mtmd_input_chunk_get_n_tokens(chunk), number_of(chunk)};
}

}  // namespace

Result<std::unique_ptr<sluice_nn_projector>> open_projector(const sluice_nn_model& model,
                                                            const std::string& path, std::uint32_t threads) {
  auto file = check_gguf(path);
  if (!file) return std::unexpected(file.error());
  if (file->architecture != "clip") {
    return failed(SLUICE_NN_CORRUPT,
                  "'" + path + "' is no projector: its architecture is " + file->architecture);
  }
  if (!model.has_weights) return failed(SLUICE_NN_UNSUPPORTED, "the model was loaded without its weights");
  if (const std::uint64_t available = memory_available(); file->file_bytes > available) {
    return failed(SLUICE_NN_NO_MEMORY, "the projector '" + path + "' needs " + mebibytes(file->file_bytes) +
                                           " of memory and " + mebibytes(available) + " are free");
  }
  const Complaints complaints;
  auto projector = std::make_unique<sluice_nn_projector>();
  projector->model = &model;
  projector->context.reset(mtmd_init_from_file(path.c_str(), model.model.get(), params_of(model, threads)));
  if (projector->context == nullptr) {
    return failed(SLUICE_NN_CORRUPT, "cannot load the projector '" + path +
                                         "': " + complaints.text("llama.cpp refuses it without saying why"));
  }
  if (!mtmd_support_vision(projector->context.get())) {
    return failed(SLUICE_NN_UNSUPPORTED, "the projector '" + path + "' is not for images");
  }
  return projector;
}

Result<std::unique_ptr<sluice_nn_mixed_prompt>> open_mixed(const sluice_nn_projector& projector,
                                                           std::span<const sluice_nn_text> texts,
                                                           std::span<const sluice_nn_text> images,
                                                           Special special) {
  const mtmd_context* const context = projector.context.get();
  if (images.empty() || view(texts.back()).empty()) {
    return failed(SLUICE_NN_INVALID, "a prompt with images needs a text behind the last of them");
  }
  std::vector<mtmd::bitmap> bitmaps;
  std::vector<mtmd_input_text> words(texts.size());
  std::vector<mtmd_input_part> parts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string_view text = view(texts[i]);
    words[i] = {text.data(), text.size(), false, special == Special::recognized};
    if (!text.empty()) parts.push_back({&words[i], nullptr});
    if (i == images.size()) break;
    auto bitmap = unpacked(context, view(images[i]), i);
    if (!bitmap) return std::unexpected(bitmap.error());
    bitmaps.push_back(std::move(*bitmap));
    parts.push_back({nullptr, bitmaps.back().ptr.get()});
  }
  std::vector<const mtmd_input_part*> list(parts.size());
  std::ranges::transform(parts, list.begin(), [](const mtmd_input_part& part) { return &part; });

  const Complaints complaints;
  auto prompt = std::make_unique<sluice_nn_mixed_prompt>();
  prompt->projector = &projector;
  prompt->chunks.ptr.reset(mtmd_input_chunks_init());
  if (mtmd_tokenize_from_parts(context, prompt->chunks.ptr.get(), list.data(), list.size(), true) != 0) {
    return failed(SLUICE_NN_INVALID, "the images cannot be prepared for this model: " +
                                         complaints.text("llama.cpp refuses them without saying why"));
  }
  for (std::size_t i = 0; i < prompt->chunks.size(); ++i)
    prompt->stretches.push_back(stretch_of(prompt->chunks[i]));
  const auto is_known = [&](const sluice_nn_stretch& stretch) {
    const std::span tokens(stretch.tokens, stretch.tokens == nullptr ? 0 : stretch.count);
    return std::ranges::none_of(tokens, [](std::int32_t token) { return token < 0; });
  };
  if (!std::ranges::all_of(prompt->stretches, is_known)) {
    return failed(
        SLUICE_NN_INVALID,
        "the model does not know the names that this projector puts around images; take the projector "
        "that came with the model");
  }
  return prompt;
}

Result<void> decode_mixed(sluice_nn_context& context, const sluice_nn_mixed_prompt& prompt, std::size_t index,
                          std::int32_t sequence, std::int32_t position) {
  if (index >= prompt.stretches.size() || prompt.stretches[index].tokens != nullptr || position < 0 ||
      sequence < 0 || static_cast<std::uint32_t>(sequence) >= context.options.sequences) {
    return failed(SLUICE_NN_INVALID, "an image, sequence or position that does not exist");
  }
  if (context.options.embeddings != 0) return failed(SLUICE_NN_UNSUPPORTED, "this context is for embeddings");
  mtmd_context* const projector = prompt.projector->context.get();
  const mtmd_input_chunk* const chunk = prompt.chunks[index];
  context.stop = false;
  const Complaints complaints;
  if (mtmd_encode_chunk(projector, chunk) != 0) {
    return failed(SLUICE_NN_BROKEN,
                  "the image cannot be computed: " + complaints.text("llama.cpp failed without saying why"));
  }
  if (context.stop) return failed(SLUICE_NN_STOPPED, "stopped");
  const auto batch = static_cast<std::int32_t>(llama_n_ubatch(context.context.get()));
  llama_pos end = 0;
  const std::int32_t code =
      mtmd_helper_decode_image_chunk(projector, context.context.get(), chunk, mtmd_get_output_embd(projector),
                                     position, sequence, batch, &end, nullptr, nullptr);
  if (code == 0) {
    llama_synchronize(context.context.get());
    return {};
  }
  llama_memory_seq_rm(llama_get_memory(context.context.get()), sequence, position, -1);
  switch (code) {
    case 1:
      return failed(SLUICE_NN_FULL, "the context has no room for the image");
    case 2:
      return failed(SLUICE_NN_STOPPED, "stopped");
    default:
      return failed(SLUICE_NN_BROKEN, "llama.cpp failed to compute an image (code " + std::to_string(code) +
                                          "): " + complaints.text("without saying why"));
  }
}

}  // namespace sluice::backends::ggml
