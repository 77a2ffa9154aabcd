// The table of functions that this plug-in is. Each function guards against exceptions and goes on to where
// it is done.
#include <algorithm>
#include <span>
#include <string>

#include "common/language_calls.h"
#include "context.h"
#include "model.h"
#include "quantize.h"
#include "sluice/nn_backend.h"

namespace sluice::backends::llama2c {
namespace {

struct Plugin {
  static constexpr auto* open_model = &llama2c::open_model;
  static constexpr auto* fill_info = &llama2c::fill_info;
  static constexpr auto* describe = &llama2c::describe;
  static constexpr auto* open_context = &llama2c::open_context;
  static constexpr auto* decode = &llama2c::decode;
  static constexpr auto* remove_range = &llama2c::remove_range;
  static constexpr auto* copy_prefix = &llama2c::copy_prefix;
  static Result<void> quantize(const char* source, const char* target, std::string_view type,
                               std::uint32_t /*threads*/) {
    return llama2c::quantize(source, target, type);
  }
};
using Calls = LanguageCalls<Plugin>;

std::int64_t tokenize_text(const sluice_nn_model* model, sluice_nn_text text, int add_special,
                           int parse_special, std::int32_t* tokens, std::size_t capacity) {
  return shielded(std::int64_t{-1}, [&] {
    const auto all = model->tokenizer.encode(
        view(text), add_special != 0 ? Tokenizer::Begin::with_token : Tokenizer::Begin::plain,
        parse_special != 0 ? Tokenizer::Names::are_tokens : Tokenizer::Names::are_text);
    std::copy_n(all.begin(), std::min(all.size(), capacity), tokens);
    return static_cast<std::int64_t>(all.size());
  });
}

std::size_t piece_of(const sluice_nn_model* model, std::int32_t token, int special, char* bytes,
                     std::size_t capacity) {
  return shielded(std::size_t{0}, [&] {
    const std::string text = model->tokenizer.piece(
        token, special != 0 ? Tokenizer::Names::are_tokens : Tokenizer::Names::are_text);
    text.copy(bytes, capacity);
    return text.size();
  });
}

int is_end(const sluice_nn_model* /*model*/, std::int32_t token) {
  return ends_answer(token) ? 1 : 0;
}

sluice_nn_status chat_prepare(const sluice_nn_model* /*model*/, sluice_nn_text /*request*/,
                              sluice_nn_sink /*sink*/, sluice_nn_error* error) {
  return report({SLUICE_NN_INVALID,
                 "this model has no chat template: it goes on with a text and knows no turns of a "
                 "conversation; ask it for a completion instead"},
                error);
}

sluice_nn_status chat_parse(const sluice_nn_model* /*model*/, sluice_nn_text /*parser*/,
                            sluice_nn_text /*text*/, int /*partial*/, sluice_nn_sink /*sink*/,
                            sluice_nn_error* error) {
  return report({SLUICE_NN_INVALID, "this model has no chat template, and so no answers to a chat"}, error);
}

const float* logits_at(sluice_nn_context* context, std::size_t index) {
  return logits_of(*context, index);
}

sluice_nn_status embed_texts(sluice_nn_context* /*context*/, const std::int32_t* /*tokens*/,
                             const std::size_t* /*offsets*/, std::size_t /*count*/, float* /*vectors*/,
                             sluice_nn_error* error) {
  return report({SLUICE_NN_UNSUPPORTED, "models of llama2.c write texts and do not embed any"}, error);
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
    .logits = logits_at,
    .embed = embed_texts,
    .sequence_remove = Calls::sequence_remove,
    .sequence_copy = Calls::sequence_copy,
    .context_stop = Calls::context_stop,
    .sampler_open = Calls::sampler_open,
    .sampler_close = sampler_close,
    .sampler_see = sampler_see,
    .sampler_draw = sampler_draw,
    .quantize = Calls::quantize,
    .projector_open = nullptr,
    .projector_close = nullptr,
    .mixed_open = nullptr,
    .mixed_close = nullptr,
    .mixed_stretch = nullptr,
    .mixed_decode = nullptr,
};

constexpr sluice_nn_backend_table table{.abi = SLUICE_NN_ABI,
                                        .size = sizeof(sluice_nn_backend_table),
                                        .name = "llama2c",
                                        .version = "1",
                                        .llm = &llm,
                                        .tensors = nullptr};

}  // namespace
}  // namespace sluice::backends::llama2c

extern "C" __attribute__((visibility("default"))) const sluice_nn_backend_table* sluice_nn_backend(
    const char* /*folder*/, void (* /*log*/)(int level, const char* line, std::size_t size)) {
  return &sluice::backends::llama2c::table;
}
