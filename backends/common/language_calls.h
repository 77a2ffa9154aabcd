// The functions of a language plug-in's table that only guard against exceptions and go on to what the
// plug-in does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "common/result.h"
#include "common/sampler_calls.h"
#include "common/schema.h"
#include "sluice/nn_backend.h"

namespace sluice::backends {

// What was opened goes to whoever asked for it.
template <class T>
Result<void> hand_over(Result<std::unique_ptr<T>> opened, T** to) {
  if (!opened) return std::unexpected(std::move(opened.error()));
  *to = opened->release();
  return {};
}

// `Plugin` has, as static members, the plug-in's own functions: open_model, fill_info, describe,
// open_context, decode, remove_range, copy_prefix, quantize (a file, a file, a type, threads). Its models
// have a `vocabulary`, its contexts an atomic `stop`.
// Both types are complete only in the plug-in itself.
template <class Plugin, class Model = sluice_nn_model, class Context = sluice_nn_context>
struct LanguageCalls {
  static sluice_nn_status model_open(const char* path, const sluice_nn_model_options* options, Model** model,
                                     sluice_nn_error* error) {
    return guarded(error, [&] { return hand_over(Plugin::open_model(path, *options), model); });
  }
  static void model_close(Model* model) { delete model; }
  static void model_info(const Model* model, sluice_nn_model_info* info) { Plugin::fill_info(*model, *info); }
  static void model_describe(const Model* model, sluice_nn_sink sink) {
    guarded(nullptr, [&]() -> Result<void> {
      give(sink, Plugin::describe(*model));
      return {};
    });
  }
  static sluice_nn_status schema_grammar(const Model* /*model*/, sluice_nn_text schema, sluice_nn_sink sink,
                                         sluice_nn_error* error) {
    return guarded(error, [&] { return give(sink, schema_to_grammar(view(schema))); });
  }

  static sluice_nn_status context_open(Model* model, const sluice_nn_context_options* options,
                                       Context** context, sluice_nn_error* error) {
    return guarded(error, [&] { return hand_over(Plugin::open_context(*model, *options), context); });
  }
  static void context_close(Context* context) { delete context; }
  static sluice_nn_status decode(Context* context, const sluice_nn_item* items, std::size_t count,
                                 sluice_nn_error* error) {
    return guarded(error, [&] { return Plugin::decode(*context, std::span(items, count)); });
  }
  static int sequence_remove(Context* context, std::int32_t sequence, std::int32_t from, std::int32_t to) {
    return shielded(0, [&] { return Plugin::remove_range(*context, sequence, from, to) ? 1 : 0; });
  }
  static int sequence_copy(Context* context, std::int32_t source, std::int32_t target, std::int32_t to) {
    return shielded(0, [&] { return Plugin::copy_prefix(*context, source, target, to) ? 1 : 0; });
  }
  static void context_stop(Context* context) { context->stop = true; }

  static sluice_nn_status sampler_open(const Model* model, const sluice_nn_sampling* sampling,
                                       sluice_nn_sampler** sampler, sluice_nn_error* error) {
    return open_sampler(*model->vocabulary, *sampling, sampler, error);
  }
  static sluice_nn_status quantize(const char* source, const char* target, sluice_nn_text type,
                                   std::uint32_t threads, sluice_nn_error* error) {
    return guarded(error, [&] { return Plugin::quantize(source, target, view(type), threads); });
  }
};

}  // namespace sluice::backends
