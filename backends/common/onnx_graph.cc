#include "common/onnx_graph.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "common/wire.h"

// Numbers of fields are those of onnx.proto.
namespace sluice::backends {
namespace {

// Subgraphs of subgraphs: how deep.
constexpr int depth_max = 50;

// How many inputs an operation of ONNX has at least, and how many outputs at most, of all versions; those
// that are not here have one of each.
struct Least {
  std::uint32_t inputs;
  std::string_view operations;  // between blanks
};
constexpr Least least[] = {
    {0, " Constant Optional OptionalHasElement RandomNormal RandomUniform SequenceEmpty "},
    {2,
     " Add AffineGrid And BitShift BitwiseAnd BitwiseOr BitwiseXor CastLike CausalConvWithState "
     "CenterCropPad Compress "
     "Conv ConvInteger ConvTranspose CumProd CumSum DequantizeLinear Div Equal Expand Gather GatherElements "
     "GatherND "
     "Gemm Greater GreaterOrEqual GridSample LayerNormalization Less LessOrEqual Loop MatMul MatMulInteger "
     "MaxRoiPool "
     "MaxUnpool Mod Mul NegativeLogLikelihoodLoss NonMaxSuppression Or PRelu Pow QuantizeLinear "
     "RMSNormalization "
     "ReverseSequence STFT SequenceAt SequenceInsert SoftmaxCrossEntropyLoss StringConcat Sub SwiGLU "
     "TensorScatter Tile "
     "Xor "},
    {3,
     " Attention Col2Im DeformConv GRU GroupNormalization InstanceNormalization LSTM LinearAttention OneHot "
     "RNN Range "
     "RoiAlign RotaryEmbedding Scatter ScatterElements ScatterND Where "},
    {5, " BatchNormalization MelWeightMatrix "},
    {8, " QLinearConv QLinearMatMul "},
};
struct Most {
  std::uint32_t outputs;
  std::string_view operations;
};
constexpr Most most[] = {
    {2,
     " CausalConvWithState Dropout GRU LinearAttention MaxPool RNN SoftmaxCrossEntropyLoss StringSplit "
     "TopK "},
    {3, " DynamicQuantizeLinear LSTM LayerNormalization "},
    {4, " Attention Unique "},
    {5, " BatchNormalization "},
    {UINT32_MAX, " If Loop Scan SequenceMap Split "},
};

bool has(std::string_view operations, const std::string& operation) {
  return operations.contains(" " + operation + " ");
}

std::uint32_t least_inputs(const std::string& operation) {
  for (const Least& one : least) {
    if (has(one.operations, operation)) return one.inputs;
  }
  return 1;
}

std::uint32_t most_outputs(const std::string& operation) {
  for (const Most& one : most) {
    if (has(one.operations, operation)) return one.outputs;
  }
  return 1;
}

std::unexpected<Failed> bad(const std::string& why) {
  return failed(SLUICE_NN_CORRUPT, "this ONNX file is damaged: " + why);
}

// Names that a graph knows: its own, and those of the graphs around it.
class Scope {
 public:
  explicit Scope(const Scope* outer) : outer_(outer) {}
  [[nodiscard]] bool knows(std::string_view name) const {
    return names_.contains(name) || (outer_ != nullptr && outer_->knows(name));
  }
  // False: it was there.
  bool add(std::string_view name) { return names_.insert(name).second; }

 private:
  const Scope* outer_;
  std::unordered_set<std::string_view> names_;
};

// The text that is field `number` of a message.
std::string_view text_in(std::string_view message, std::uint32_t number) {
  std::string_view text;
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number == number) text = field->bytes;
  }
  return text;
}

Result<void> check_graph(std::string_view graph, const Scope* outer, int depth);

// The graphs within an attribute.
Result<void> check_attribute(std::string_view attribute, const Scope& scope, int depth) {
  Wire wire(attribute);
  while (const auto field = wire.next()) {
    if (!field->is_bytes || (field->number != 6 && field->number != 11)) continue;
    if (auto fine = check_graph(field->bytes, &scope, depth + 1); !fine) return fine;
  }
  return {};
}

struct Node {
  std::string operation;
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  bool of_onnx = true;
};

Result<void> check_counts(const Node& node) {
  if (!node.of_onnx) return {};
  if (node.operation.contains(' '))
    return bad("there is no operation '" + node.operation.substr(0, 100) + "'");
  if (node.inputs < least_inputs(node.operation))
    return bad("an operation " + node.operation + " lacks inputs");
  if (node.outputs > most_outputs(node.operation))
    return bad("an operation " + node.operation + " has more outputs than there are");
  return {};
}

Result<void> check_node(std::string_view message, Scope& scope, int depth) {
  Node node;
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number == 1) {
      ++node.inputs;
      if (!field->bytes.empty() && !scope.knows(field->bytes))
        return bad("nothing makes '" + std::string(field->bytes.substr(0, 100)) + "' before it is used");
    }
    if (field->number == 2) ++node.outputs;
    if (field->number == 4) node.operation = field->bytes;
    if (field->number == 7) node.of_onnx = field->bytes.empty() || field->bytes == "ai.onnx";
    if (field->number == 5) {
      if (auto fine = check_attribute(field->bytes, scope, depth); !fine) return fine;
    }
  }
  if (auto fine = check_counts(node); !fine) return fine;
  // Once more, for what it makes: its inputs are none of that.
  Wire again(message);
  while (const auto field = again.next()) {
    if (field->number == 2 && !field->bytes.empty() && !scope.add(field->bytes))
      return bad("'" + std::string(field->bytes.substr(0, 100)) + "' is made twice");
  }
  return {};
}

// Of a graph or function whose nodes are field `number`.
Result<void> check_nodes(std::string_view message, std::uint32_t number, Scope& scope, int depth) {
  Wire wire(message);
  while (const auto field = wire.next()) {
    if (field->number != number) continue;
    if (auto fine = check_node(field->bytes, scope, depth); !fine) return fine;
  }
  return {};
}

Result<void> check_graph(std::string_view graph, const Scope* outer, int depth) {
  if (depth > depth_max) return bad("its graphs lie too deep in one another");
  Scope scope(outer);
  Wire wire(graph);
  while (const auto field = wire.next()) {
    if (field->number == 5) scope.add(text_in(field->bytes, 8));               // a weight
    if (field->number == 11) scope.add(text_in(field->bytes, 1));              // an input
    if (field->number == 15) scope.add(text_in(text_in(field->bytes, 1), 8));  // a sparse weight
  }
  return check_nodes(graph, 1, scope, depth);
}

Result<void> check_function(std::string_view function) {
  Scope scope(nullptr);
  Wire wire(function);
  while (const auto field = wire.next()) {
    if (field->number == 4) scope.add(field->bytes);
  }
  return check_nodes(function, 7, scope, 0);
}

}  // namespace

Result<void> check_onnx_graph(std::string_view model) {
  Wire wire(model);
  while (const auto field = wire.next()) {
    if (!field->is_bytes) continue;
    if (field->number == 7) {
      if (auto fine = check_graph(field->bytes, nullptr, 0); !fine) return fine;
    }
    if (field->number == 25) {
      if (auto fine = check_function(field->bytes); !fine) return fine;
    }
  }
  return {};
}

}  // namespace sluice::backends
