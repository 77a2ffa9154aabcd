// The table of functions that this plug-in is. Each function guards against exceptions and goes on to where
// it is done.
#include <dlfcn.h>
#include <ggml-backend.h>
#include <llama.h>
#include <log.h>  // llama.cpp's, another than ours

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>

#include "chat.h"
#include "common/language_calls.h"
#include "context.h"
#include "embed.h"
#include "images.h"
#include "log.h"  // NOLINT(readability-duplicate-include): another file
#include "model.h"
#include "quantize.h"
#include "sluice/nn_backend.h"

namespace sluice::backends::ggml {
namespace {

struct Plugin {
  static constexpr auto* open_model = &ggml::open_model;
  static constexpr auto* fill_info = &ggml::fill_info;
  static constexpr auto* describe = &ggml::describe;
  static constexpr auto* open_context = &ggml::open_context;
  static constexpr auto* decode = &ggml::decode;
  static constexpr auto* remove_range = &ggml::remove_range;
  static constexpr auto* copy_prefix = &ggml::copy_prefix;
  static constexpr auto* quantize = &ggml::quantize;
};
using Calls = LanguageCalls<Plugin>;

// Where llama.cpp's own parts lie: beside its library, which the loader has found.
std::filesystem::path library_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&llama_backend_init), &info) == 0 || info.dli_fname == nullptr)
    return {};
  return std::filesystem::path(info.dli_fname).parent_path();
}

std::int64_t tokenize_text(const sluice_nn_model* model, sluice_nn_text text, int add_special,
                           int parse_special, std::int32_t* tokens, std::size_t capacity) {
  return shielded(std::int64_t{-1}, [&] {
    return tokenize(model->vocab, view(text), add_special != 0, parse_special != 0, tokens, capacity);
  });
}

std::size_t piece_of(const sluice_nn_model* model, std::int32_t token, int special, char* bytes,
                     std::size_t capacity) {
  return shielded(std::size_t{0}, [&] {
    const std::string text = piece(model->vocab, token, special != 0);
    text.copy(bytes, capacity);
    return text.size();
  });
}

int is_end(const sluice_nn_model* model, std::int32_t token) {
  if (token < 0 || static_cast<std::size_t>(token) >= model->vocabulary->size()) return 0;
  return model->vocabulary->ends_answer(token) ? 1 : 0;
}

sluice_nn_status chat_prepare(const sluice_nn_model* model, sluice_nn_text request, sluice_nn_sink sink,
                              sluice_nn_error* error) {
  return guarded(error, [&] { return give(sink, model->templates.prepare(view(request))); });
}

sluice_nn_status chat_parse(const sluice_nn_model* /*model*/, sluice_nn_text parser, sluice_nn_text text,
                            int partial, sluice_nn_sink sink, sluice_nn_error* error) {
  return guarded(error,
                 [&] { return give(sink, ChatTemplates::parse(view(parser), view(text), partial != 0)); });
}

const float* logits_of(sluice_nn_context* context, std::size_t index) {
  if (index >= context->places.size() || context->outputs[context->places[index]] == 0) return nullptr;
  return llama_get_logits_ith(context->context.get(), static_cast<std::int32_t>(context->places[index]));
}

sluice_nn_status embed_texts(sluice_nn_context* context, const std::int32_t* tokens,
                             const std::size_t* offsets, std::size_t count, float* vectors,
                             sluice_nn_error* error) {
  return guarded(error, [&] { return embed(*context, tokens, std::span(offsets, count + 1), vectors); });
}

sluice_nn_status projector_open(sluice_nn_model* model, const char* path, std::uint32_t threads,
                                sluice_nn_projector** projector, sluice_nn_error* error) {
  return guarded(error, [&] { return hand_over(open_projector(*model, path, threads), projector); });
}

void projector_close(sluice_nn_projector* projector) {
  delete projector;
}

sluice_nn_status mixed_open(const sluice_nn_projector* projector, const sluice_nn_text* texts,
                            const sluice_nn_text* images, std::size_t count, int parse_special,
                            sluice_nn_mixed_prompt** prompt, sluice_nn_error* error) {
  const Special special = parse_special != 0 ? Special::recognized : Special::as_text;
  return guarded(error, [&] {
    return hand_over(open_mixed(*projector, std::span(texts, count + 1), std::span(images, count), special),
                     prompt);
  });
}

void mixed_close(sluice_nn_mixed_prompt* prompt) {
  delete prompt;
}

int mixed_stretch(const sluice_nn_mixed_prompt* prompt, std::size_t index, sluice_nn_stretch* stretch) {
  if (index >= prompt->stretches.size()) return 0;
  *stretch = prompt->stretches[index];
  return 1;
}

sluice_nn_status mixed_decode(sluice_nn_context* context, const sluice_nn_mixed_prompt* prompt,
                              std::size_t index, std::int32_t sequence, std::int32_t position,
                              sluice_nn_error* error) {
  return guarded(error, [&] { return decode_mixed(*context, *prompt, index, sequence, position); });
}

constexpr sluice_nn_llm llm{
    .size = sizeof(sluice_nn_llm),
    .model_open = Calls::model_open,
    .model_close = Calls::model_close,
    .model_info = Calls::model_info,
    .model_describe = Calls::model_describe,
    .tokenize = tokenize_text,
    .piece = piece_of,
    .is_end = is_end,
    .chat_prepare = chat_prepare,
    .chat_parse = chat_parse,
    .schema_grammar = Calls::schema_grammar,
    .context_open = Calls::context_open,
    .context_close = Calls::context_close,
    .decode = Calls::decode,
    .logits = logits_of,
    .embed = embed_texts,
    .sequence_remove = Calls::sequence_remove,
    .sequence_copy = Calls::sequence_copy,
    .context_stop = Calls::context_stop,
    .sampler_open = Calls::sampler_open,
    .sampler_close = sampler_close,
    .sampler_see = sampler_see,
    .sampler_draw = sampler_draw,
    .quantize = Calls::quantize,
    .projector_open = projector_open,
    .projector_close = projector_close,
    .mixed_open = mixed_open,
    .mixed_close = mixed_close,
    .mixed_stretch = mixed_stretch,
    .mixed_decode = mixed_decode,
};

sluice_nn_backend_table table{.abi = SLUICE_NN_ABI,
                              .size = sizeof(sluice_nn_backend_table),
                              .name = "ggml",
                              .version = "",
                              .llm = &llm,
                              .tensors = nullptr};

}  // namespace
}  // namespace sluice::backends::ggml

extern "C" __attribute__((visibility("default"))) const sluice_nn_backend_table* sluice_nn_backend(
    const char* folder, void (*log)(int level, const char* line, std::size_t size)) {
  using namespace sluice::backends;
  using namespace sluice::backends::ggml;
  const bool ready = shielded(false, [&] {
    route_logs(log);
    // Threads that wait sleep instead of turning on the spot, where a neighbour may need the core. Read by
    // OpenMP when it is loaded, with the first of the backends below.
    setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
    std::filesystem::path parts = library_folder();
    if (parts.empty() && folder != nullptr) parts = folder;
    ggml_backend_load_all_from_path(parts.c_str());
    llama_backend_init();
    // Its helpers have a log of their own, which goes to standard error.
    common_log_pause(common_log_main());
    table.version = llama_version();
    return ggml_backend_dev_count() > 0;
  });
  return ready ? &table : nullptr;
}
