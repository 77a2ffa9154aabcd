#include "common/tflite_file.h"

#include <algorithm>
#include <string>

#include "common/flat_table.h"

// Numbers of fields and operations are those of schema.fbs of TensorFlow Lite.
namespace sluice::backends {
namespace {

constexpr unsigned model_codes = 1;
constexpr unsigned model_graphs = 2;
constexpr unsigned code_old_kind = 0;
constexpr unsigned code_kind = 3;
constexpr unsigned graph_operators = 3;
constexpr unsigned operator_code = 0;
constexpr unsigned operator_inputs = 1;
constexpr unsigned operator_outputs = 2;

// Of more outputs than one: LSTM, CUSTOM, UNIDIRECTIONAL_SEQUENCE_LSTM, BIDIRECTIONAL_SEQUENCE_RNN, SPLIT,
// BIDIRECTIONAL_SEQUENCE_LSTM, UNPACK, SPLIT_V, IF, WHILE, NON_MAX_SUPPRESSION_V5.
constexpr std::int32_t many_outputs[] = {16, 32, 44, 46, 49, 52, 88, 102, 118, 119, 121};
// Of two at most: TOPK_V2, UNIQUE, NON_MAX_SUPPRESSION_V4.
constexpr std::int32_t two_outputs[] = {48, 103, 120};
// Of two inputs at least: those of two numbers (ADD, MUL …), those with weights (CONV_2D, FULLY_CONNECTED …),
// and those that take axes, sizes or places as a tensor (MEAN, TILE, GATHER …).
constexpr std::int32_t two_inputs[] = {0,  3,  4,  9,   18,  23,  34,  36,  37,  38,  39,  40,  41,  42, 45,
                                       48, 54, 55, 56,  57,  58,  60,  61,  62,  63,  64,  65,  67,  69, 70,
                                       71, 72, 74, 78,  79,  81,  82,  84,  85,  86,  89,  90,  91,  94, 95,
                                       96, 97, 99, 100, 105, 107, 112, 122, 123, 126, 128, 130, 131, 140};

// Of none: CUSTOM, CALL_ONCE, HASHTABLE, VAR_HANDLE.
constexpr std::int32_t no_inputs[] = {32, 129, 136, 142};

template <std::size_t Size>
bool is_among(std::int32_t kind, const std::int32_t (&kinds)[Size]) {
  return std::ranges::find(kinds, kind) != std::end(kinds);
}

std::unexpected<Failed> damaged() {
  return failed(SLUICE_NN_CORRUPT, "this is no file of TensorFlow Lite, or it is damaged");
}

Result<void> check_operator(const FlatTable& model, const FlatTable& one) {
  const auto code = model.table(model_codes, one.number<std::uint32_t>(operator_code, 0));
  if (!code) return damaged();
  // The old field has room for those below 127 alone.
  const std::int32_t kind = std::max<std::int32_t>(code->number<std::int8_t>(code_old_kind, 0),
                                                   code->number<std::int32_t>(code_kind, 0));
  const std::uint32_t most =
      is_among(kind, many_outputs) ? UINT32_MAX : (is_among(kind, two_outputs) ? 2 : 1);
  const std::uint32_t least = is_among(kind, two_inputs) ? 2 : (is_among(kind, no_inputs) ? 0 : 1);
  if (one.count(operator_outputs) > most || one.count(operator_inputs) < least) return damaged();
  return {};
}

Result<void> check_graph(const FlatTable& model, const FlatTable& graph) {
  const std::uint32_t count = graph.count(graph_operators);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto one = graph.table(graph_operators, i);
    if (!one) return damaged();
    if (auto fine = check_operator(model, *one); !fine) return fine;
  }
  return {};
}

}  // namespace

Result<void> check_tflite(std::string_view file) {
  if (file.size() < 8 || file.substr(4, 4) != "TFL3") return damaged();
  const auto model = FlatTable::root(file);
  if (!model || model->count(model_graphs) == 0) return damaged();
  const std::uint32_t count = model->count(model_graphs);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto graph = model->table(model_graphs, i);
    if (!graph) return damaged();
    if (auto fine = check_graph(*model, *graph); !fine) return fine;
  }
  return {};
}

}  // namespace sluice::backends
