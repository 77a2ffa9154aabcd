// The table of functions that this plug-in is. Each function guards against exceptions and goes on to where
// it is done.
#include <algorithm>
#include <span>
#include <string>

#include "common/result.h"
#include "common/sampler_calls.h"
#include "common/schema.h"
#include "context.h"
#include "model.h"
#include "quantize.h"
#include "sluice/nn_backend.h"

namespace sluice::backends::llama2c {
namespace {

sluice_nn_status model_open(const char* path, const sluice_nn_model_options* options, sluice_nn_model** model,
                            sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    auto opened = open_model(path, *options);
    if (!opened) return std::unexpected(opened.error());
    *model = opened->release();
    return {};
  });
}

void model_close(sluice_nn_model* model) {
  delete model;
}

void model_info(const sluice_nn_model* model, sluice_nn_model_info* info) {
  fill_info(*model, *info);
}

void model_describe(const sluice_nn_model* model, sluice_nn_sink sink) {
  guarded(nullptr, [&]() -> Result<void> {
    give(sink, describe(*model));
    return {};
  });
}

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

sluice_nn_status schema_grammar(const sluice_nn_model* /*model*/, sluice_nn_text schema, sluice_nn_sink sink,
                                sluice_nn_error* error) {
  return guarded(error, [&] { return give(sink, schema_to_grammar(view(schema))); });
}

sluice_nn_status context_open(sluice_nn_model* model, const sluice_nn_context_options* options,
                              sluice_nn_context** context, sluice_nn_error* error) {
  return guarded(error, [&]() -> Result<void> {
    auto opened = open_context(*model, *options);
    if (!opened) return std::unexpected(opened.error());
    *context = opened->release();
    return {};
  });
}

void context_close(sluice_nn_context* context) {
  delete context;
}

sluice_nn_status decode_batch(sluice_nn_context* context, const sluice_nn_item* items, std::size_t count,
                              sluice_nn_error* error) {
  return guarded(error, [&] { return decode(*context, std::span(items, count)); });
}

const float* logits_at(sluice_nn_context* context, std::size_t index) {
  return logits_of(*context, index);
}

sluice_nn_status embed_texts(sluice_nn_context* /*context*/, const std::int32_t* /*tokens*/,
                             const std::size_t* /*offsets*/, std::size_t /*count*/, float* /*vectors*/,
                             sluice_nn_error* error) {
  return report({SLUICE_NN_UNSUPPORTED, "models of llama2.c write texts and do not embed any"}, error);
}

int sequence_remove(sluice_nn_context* context, std::int32_t sequence, std::int32_t from, std::int32_t to) {
  return shielded(0, [&] { return remove_range(*context, sequence, from, to) ? 1 : 0; });
}

int sequence_copy(sluice_nn_context* context, std::int32_t source, std::int32_t target, std::int32_t to) {
  return shielded(0, [&] { return copy_prefix(*context, source, target, to) ? 1 : 0; });
}

void context_stop(sluice_nn_context* context) {
  context->stop = true;
}

sluice_nn_status sampler_open(const sluice_nn_model* model, const sluice_nn_sampling* sampling,
                              sluice_nn_sampler** sampler, sluice_nn_error* error) {
  return open_sampler(*model->vocabulary, *sampling, sampler, error);
}

sluice_nn_status quantize_file(const char* source, const char* target, sluice_nn_text type,
                               std::uint32_t /*threads*/, sluice_nn_error* error) {
  return guarded(error, [&] { return quantize(source, target, view(type)); });
}

constexpr sluice_nn_llm llm{
    .size = sizeof(sluice_nn_llm),
    .model_open = model_open,
    .model_close = model_close,
    .model_info = model_info,
    .model_describe = model_describe,
    .tokenize = tokenize_text,
    .piece = piece_of,
    .is_end = is_end,
    .chat_prepare = chat_prepare,
    .chat_parse = chat_parse,
    .schema_grammar = schema_grammar,
    .context_open = context_open,
    .context_close = context_close,
    .decode = decode_batch,
    .logits = logits_at,
    .embed = embed_texts,
    .sequence_remove = sequence_remove,
    .sequence_copy = sequence_copy,
    .context_stop = context_stop,
    .sampler_open = sampler_open,
    .sampler_close = sampler_close,
    .sampler_see = sampler_see,
    .sampler_draw = sampler_draw,
    .quantize = quantize_file,
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
