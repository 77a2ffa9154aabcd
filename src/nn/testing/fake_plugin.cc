// A backend for tests: its tokens are bytes, its answers are a function of all that came before, and prompts
// command its faults. Its model files begin with "FAKE MODEL"; the words `embedding`, `cold` (it advises the
// temperature 0), `abort` and `hang` in them say what kind it is and what happens when it is loaded.
#include <sluice/nn_backend.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "nn/testing/fake_context.h"
#include "nn/testing/fake_language.h"
#include "nn/testing/fake_pictures.h"
#include "nn/testing/fake_tensors.h"

using namespace sluice::nn::testing;
using nlohmann::json;

namespace {

constexpr std::uint32_t steady_batch_least = 2;
constexpr std::uint32_t steady_batch_most = 63;
constexpr std::uint32_t busy_batch_least = 200;
constexpr std::uint32_t batch_block = 4;
constexpr std::uint32_t batch_block_large = 16;
constexpr std::size_t hunger_bytes = std::size_t{64} << 20U;

}  // namespace

struct sluice_nn_model {
  bool is_embedding = false;
  bool is_cold = false;
};

struct sluice_nn_sampler {
  float temperature = 0;
  std::uint64_t state = 0;
};

namespace {

sluice_nn_status model_open(const char* path, const sluice_nn_model_options* /*options*/,
                            sluice_nn_model** model, sluice_nn_error* error) {
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!text.starts_with("FAKE MODEL")) return failed(error, SLUICE_NN_CORRUPT, "it is no fake model");
  if (text.contains("abort")) {
    std::fputs("the fake model aborts while it is loaded\n", stderr);
    std::abort();
  }
  if (text.contains("hang")) pause();
  *model = new sluice_nn_model{text.contains("embedding"), text.contains("cold")};
  return SLUICE_NN_OK;
}

void model_close(sluice_nn_model* model) {
  delete model;
}

void model_info(const sluice_nn_model* model, sluice_nn_model_info* info) {
  *info = {4096,
           vocabulary,
           8,
           1,
           model->is_embedding ? 1U : 0U,
           1,
           1000,
           1000,
           64U << 10U,
           steady_batch_least,
           steady_batch_most,
           busy_batch_least,
           batch_block,
           batch_block_large};
}

void model_describe(const sluice_nn_model* model, sluice_nn_sink sink) {
  json about{{"description", "fake 1K"}, {"architecture", "fake"}, {"devices", "CPU"}};
  // An advice that makes no sense is left out of account.
  if (model->is_cold) about["sampling"] = {{"temperature", 0}, {"top_p", 7}, {"top_k", "many"}};
  const std::string text = about.dump();
  sink.write(sink.self, text.data(), text.size());
}

std::int64_t tokenize(const sluice_nn_model* /*model*/, sluice_nn_text text, int add_special,
                      int /*parse_special*/, std::int32_t* tokens, std::size_t capacity) {
  std::vector<std::int32_t> all;
  if (add_special == 1) all.push_back(begin_token);
  for (const char c : view(text)) all.push_back(static_cast<unsigned char>(c));
  std::copy_n(all.begin(), std::min(capacity, all.size()), tokens);
  return static_cast<std::int64_t>(all.size());
}

std::size_t piece(const sluice_nn_model* /*model*/, std::int32_t token, int /*special*/, char* bytes,
                  std::size_t capacity) {
  if (token >= 256 || capacity == 0) return token >= 256 ? 0 : 1;
  *bytes = static_cast<char>(token);
  return 1;
}

int is_end(const sluice_nn_model* /*model*/, std::int32_t token) {
  return token == end_token ? 1 : 0;
}

sluice_nn_status chat_prepare(const sluice_nn_model* /*model*/, sluice_nn_text request, sluice_nn_sink sink,
                              sluice_nn_error* error) {
  const json asked = json::parse(view(request), nullptr, false);
  if (!asked.is_object()) return failed(error, SLUICE_NN_INVALID, "the request is not JSON");
  std::string prompt;
  for (const json& message : asked["messages"]) prompt += message["content"].get<std::string>();
  json prepared{{"prompt", prompt}, {"grammar", ""}, {"grammar_lazy", false}, {"parser", ""}};
  if (asked.contains("tools")) prepared["parser"] = "calls";
  // A prompt that the plug-in splits itself: into one token more than the engine would ask for.
  if (prompt.contains("forged")) {
    prepared["tokens"] = {begin_token, begin_token};
    for (const char c : prompt) prepared["tokens"].push_back(static_cast<unsigned char>(c));
  }
  if (prompt.contains("no token")) prepared["tokens"].push_back(1'000'000);
  if (asked.contains("response_format") && asked["response_format"]["type"] == "grammar") {
    prepared["grammar"] = asked["response_format"]["grammar"];
  }
  const std::string text = prepared.dump();
  sink.write(sink.self, text.data(), text.size());
  return SLUICE_NN_OK;
}

// "words@name(arguments)" is words and a call.
sluice_nn_status chat_parse(const sluice_nn_model* /*model*/, sluice_nn_text /*parser*/, sluice_nn_text text,
                            int partial, sluice_nn_sink sink, sluice_nn_error* /*error*/) {
  const std::string_view answer = view(text);
  const std::size_t at = answer.find('@');
  json message{{"content", answer.substr(0, at)}};
  const std::size_t open = answer.find('(');
  if (partial == 0 && at != std::string_view::npos && open != std::string_view::npos) {
    message["tool_calls"].push_back({{"function",
                                      {{"name", answer.substr(at + 1, open - at - 1)},
                                       {"arguments", answer.substr(open + 1, answer.size() - open - 2)}}}});
  }
  const std::string out = message.dump();
  sink.write(sink.self, out.data(), out.size());
  return SLUICE_NN_OK;
}

sluice_nn_status schema_grammar(const sluice_nn_model* /*model*/, sluice_nn_text schema, sluice_nn_sink sink,
                                sluice_nn_error* error) {
  if (!json::accept(view(schema))) return failed(error, SLUICE_NN_INVALID, "the schema is not JSON");
  sink.write(sink.self, "root", 4);
  return SLUICE_NN_OK;
}

sluice_nn_status context_open(sluice_nn_model* /*model*/, const sluice_nn_context_options* options,
                              sluice_nn_context** context, sluice_nn_error* /*error*/) {
  *context = new sluice_nn_context;
  (*context)->options = *options;
  (*context)->sequences.resize(options->sequences);
  return SLUICE_NN_OK;
}

void context_close(sluice_nn_context* context) {
  for (auto& sequence : context->sequences) sequence.clear();
  delete context;
}

std::vector<std::int32_t> history_of(const sluice_nn_context& context, std::int32_t sequence) {
  std::vector<std::int32_t> tokens;
  for (const auto& cell : context.sequences[static_cast<std::size_t>(sequence)])
    tokens.push_back(cell->token);
  return tokens;
}

// What the prompt commands. `ended`: it has the word as a whole.
bool commands(const std::vector<std::int32_t>& history, std::string_view word) {
  std::string text;
  for (const std::int32_t token : history) text += token < 256 ? static_cast<char>(token) : ' ';
  return text.contains(word);
}

// For each item, whether so many are computed together that its result does not depend on them. With separate
// memories, those are computed together whose ids follow each other, as far as all are equally long.
std::vector<bool> steadiness(const sluice_nn_context& context, std::span<const sluice_nn_item> items) {
  std::map<std::int32_t, std::size_t> lengths;
  for (const sluice_nn_item& item : items) ++lengths[item.sequence];
  std::map<std::int32_t, bool> by_sequence;
  for (auto group = lengths.begin(); group != lengths.end();) {
    auto end = std::next(group);
    std::size_t count = group->second;
    bool is_even = true;
    for (; end != lengths.end() && (context.options.separate == 0 || end->first == std::prev(end)->first + 1);
         ++end) {
      count += end->second;
      is_even = is_even && end->second == group->second;
    }
    for (; group != end; ++group) {
      by_sequence[group->first] = steady_batch_least <= count && count <= steady_batch_most &&
                                  (is_even || context.options.separate == 0);
    }
  }
  std::vector<bool> steady;
  for (const sluice_nn_item& item : items) steady.push_back(by_sequence.at(item.sequence));
  return steady;
}

// Whether it was computed as it would be alone: in steady batches, and, in a memory that all share, in the
// order of its tokens.
bool is_as_alone(const sluice_nn_context& context,
                 const std::vector<std::shared_ptr<sluice_nn_context::Cell>>& sequence) {
  const auto is_earlier = [](const auto& a, const auto& b) { return a->place < b->place; };
  return std::ranges::all_of(sequence, [](const auto& cell) { return cell->is_steady; }) &&
         (context.options.separate != 0 || std::ranges::is_sorted(sequence, is_earlier));
}

sluice_nn_status decode(sluice_nn_context* context, const sluice_nn_item* items, std::size_t count,
                        sluice_nn_error* error) {
  if (count > context->options.batch_tokens)
    return failed(error, SLUICE_NN_INVALID, "the batch is too large");
  if (context->places.used() + count > context->options.tokens)
    return failed(error, SLUICE_NN_FULL, "no room");
  context->rows.assign(count, {});
  bool is_broken = false;
  const std::vector<bool> steady = steadiness(*context, {items, count});
  for (std::size_t i = 0; i < count; ++i) {
    auto& sequence = context->sequences.at(static_cast<std::size_t>(items[i].sequence));
    if (sequence.size() != static_cast<std::size_t>(items[i].position)) {
      return failed(error, SLUICE_NN_BROKEN, "a position is not the next of its sequence");
    }
    sequence.push_back(std::make_shared<sluice_nn_context::Cell>(items[i].token, steady[i], context->places));
    const bool is_last = i + 1 == count || items[i + 1].sequence != items[i].sequence;
    if (!is_last && items[i].output == 0) continue;
    const auto history = history_of(*context, items[i].sequence);
    if (commands(history, "!abort")) {
      std::fputs("the fake model aborts\n", stderr);
      std::abort();
    }
    while (commands(history, "!hang") && !context->stop) usleep(1000);
    if (commands(history, "!slow")) usleep(2000);
    // Leaks until there is no more; what is thrown ends the process.
    while (commands(history, "!hungry")) std::fill_n(new char[hunger_bytes], hunger_bytes, 'x');
    is_broken = is_broken || commands(history, "!broken");
    if (items[i].output == 0) continue;
    auto& row = context->rows[i];
    row.assign(vocabulary, 0);
    const bool wobbles = commands(history, "!wobbly") && !is_as_alone(*context, sequence);
    row[wobbles ? 'z' : static_cast<std::size_t>(next_token(history))] = 10;
  }
  if (context->stop) return SLUICE_NN_STOPPED;
  return is_broken ? failed(error, SLUICE_NN_BROKEN, "the fake model broke") : SLUICE_NN_OK;
}

const float* logits(sluice_nn_context* context, std::size_t index) {
  return context->rows.at(index).empty() ? nullptr : context->rows[index].data();
}

sluice_nn_status embed(sluice_nn_context* context, const std::int32_t* tokens, const std::size_t* offsets,
                       std::size_t count, float* vectors, sluice_nn_error* error) {
  if (count > context->options.sequences) return failed(error, SLUICE_NN_INVALID, "too many texts");
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<std::int32_t> text(tokens + offsets[i], tokens + offsets[i + 1]);
    if (commands(text, "!broken")) return failed(error, SLUICE_NN_BROKEN, "the fake model broke");
    for (std::size_t j = 0; j < 8; ++j) vectors[i * 8 + j] = 0;
    vectors[i * 8 + text.size() % 8] = 1;
  }
  return SLUICE_NN_OK;
}

int sequence_remove(sluice_nn_context* context, std::int32_t sequence, std::int32_t from, std::int32_t to) {
  auto& cells = context->sequences.at(static_cast<std::size_t>(sequence));
  if (to >= 0) return 0;
  cells.resize(std::min(cells.size(), static_cast<std::size_t>(from)));
  return 1;
}

int sequence_copy(sluice_nn_context* context, std::int32_t source, std::int32_t target, std::int32_t to) {
  const auto& from = context->sequences.at(static_cast<std::size_t>(source));
  auto& into = context->sequences.at(static_cast<std::size_t>(target));
  if (!into.empty() || from.size() < static_cast<std::size_t>(to)) return 0;
  into.assign(from.begin(), from.begin() + to);
  return 1;
}

void context_stop(sluice_nn_context* context) {
  context->stop = true;
}

sluice_nn_status sampler_open(const sluice_nn_model* /*model*/, const sluice_nn_sampling* sampling,
                              sluice_nn_sampler** sampler, sluice_nn_error* error) {
  if (view(sampling->grammar) == "bad") return failed(error, SLUICE_NN_INVALID, "the grammar has no root");
  *sampler = new sluice_nn_sampler{sampling->temperature, sampling->seed};
  return SLUICE_NN_OK;
}

void sampler_close(sluice_nn_sampler* sampler) {
  delete sampler;
}

void sampler_see(sluice_nn_sampler* /*sampler*/, std::int32_t /*token*/) {}

// At another temperature than 0: letters that depend on the seed alone.
sluice_nn_status sampler_draw(sluice_nn_sampler* sampler, const float* row, int logprobs,
                              sluice_nn_drawn* drawn, sluice_nn_drawn* top, sluice_nn_error* /*error*/) {
  const auto best = static_cast<std::int32_t>(std::max_element(row, row + vocabulary) - row);
  drawn->token = best;
  if (sampler->temperature != 0) {
    sampler->state = sampler->state * 6364136223846793005ULL + 1442695040888963407ULL;
    drawn->token = static_cast<std::int32_t>('A' + (sampler->state >> 33U) % 26);
  }
  drawn->logprob = -0.5F;
  for (int i = 0; i < logprobs; ++i) top[i] = {i == 0 ? best : 'a' + i, -0.5F - static_cast<float>(i)};
  return SLUICE_NN_OK;
}

// Types: `refused`, `abort`; any other is written into the new file.
sluice_nn_status quantize(const char* /*source*/, const char* target, sluice_nn_text type,
                          std::uint32_t /*threads*/, sluice_nn_error* error) {
  std::ofstream(target) << "FAKE MODEL " << view(type);
  if (view(type) == "abort") std::abort();
  if (view(type) != "refused") return SLUICE_NN_OK;
  return failed(error, SLUICE_NN_BROKEN, "cannot write '" + std::string(target) + "': refused");
}

const sluice_nn_llm llm{sizeof(sluice_nn_llm),
                        model_open,
                        model_close,
                        model_info,
                        model_describe,
                        tokenize,
                        piece,
                        is_end,
                        chat_prepare,
                        chat_parse,
                        schema_grammar,
                        context_open,
                        context_close,
                        decode,
                        logits,
                        embed,
                        sequence_remove,
                        sequence_copy,
                        context_stop,
                        sampler_open,
                        sampler_close,
                        sampler_see,
                        sampler_draw,
                        quantize,
                        fake_projector_open,
                        fake_projector_close,
                        fake_mixed_open,
                        fake_mixed_close,
                        fake_mixed_stretch,
                        fake_mixed_decode};
const sluice_nn_backend_table table{SLUICE_NN_ABI, sizeof(sluice_nn_backend_table), "fake", "1", &llm,
                                    &fake_tensors};

}  // namespace

const sluice_nn_backend_table* sluice_nn_backend(const char* /*folder*/,
                                                 void (* /*log*/)(int, const char*, size_t)) {
  return &table;
}
