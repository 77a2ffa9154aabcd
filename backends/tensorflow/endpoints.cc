#include "endpoints.h"

#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "common/tensor.h"
#include "signature.h"

namespace sluice::tensorflow {
namespace {

using backends::failed;
using backends::Result;

struct Pair {
  TF_DataType data_type;
  sluice_nn_type type;
};

constexpr Pair pairs[] = {
    {TF_HALF, SLUICE_NN_F16}, {TF_FLOAT, SLUICE_NN_F32}, {TF_DOUBLE, SLUICE_NN_F64},
    {TF_UINT8, SLUICE_NN_U8}, {TF_INT32, SLUICE_NN_I32}, {TF_INT64, SLUICE_NN_I64},
};

// Nothing: any rank.
std::optional<std::vector<std::int64_t>> shape_in_graph(TF_Graph* graph, TF_Output output) {
  const Status status = make_status();
  const int rank = TF_GraphGetTensorNumDims(graph, output, status.get());
  if (rank < 0 || TF_GetCode(status.get()) != TF_OK) return std::nullopt;
  std::vector<std::int64_t> dims(static_cast<std::size_t>(rank));
  TF_GraphGetTensorShape(graph, output, dims.data(), rank, status.get());
  if (TF_GetCode(status.get()) != TF_OK) return std::nullopt;
  return dims;
}

backends::Port port_of(std::string name, TF_Output output,
                       const std::optional<std::vector<std::int64_t>>& dims) {
  const std::uint32_t type = type_of(TF_OperationOutputType(output));
  return dims ? backends::make_port(std::move(name), type, *dims)
              : backends::make_port_of_any_rank(std::move(name), type);
}

bool is_used(TF_Operation* operation) {
  if (TF_OperationNumControlOutputs(operation) > 0) return true;
  for (int i = 0; i < TF_OperationNumOutputs(operation); ++i) {
    if (TF_OperationOutputNumConsumers({operation, i}) > 0) return true;
  }
  return false;
}

// "operation:index", or "operation" for its first.
std::optional<TF_Output> find_output(TF_Graph* graph, const std::string& tensor) {
  const std::size_t colon = tensor.rfind(':');
  int index = 0;
  if (colon != tensor.npos) {
    const char* end = tensor.data() + tensor.size();
    if (std::from_chars(tensor.data() + colon + 1, end, index).ptr != end) return std::nullopt;
  }
  TF_Operation* operation = TF_GraphOperationByName(graph, tensor.substr(0, colon).c_str());
  if (operation == nullptr || index < 0 || index >= TF_OperationNumOutputs(operation)) return std::nullopt;
  return TF_Output{operation, index};
}

Result<void> add(TF_Graph* graph, const std::map<std::string, SignatureTensor>& tensors,
                 std::vector<backends::Port>& ports, std::vector<TF_Output>& outputs) {
  for (const auto& [key, tensor] : tensors) {
    const auto output = find_output(graph, tensor.tensor);
    if (!output)
      return failed(SLUICE_NN_UNSUPPORTED, "'" + key + "' of the signature is '" + tensor.tensor +
                                               "', which is no tensor of the graph");
    ports.push_back(port_of(key, *output, tensor.dims));
    outputs.push_back(*output);
  }
  return {};
}

}  // namespace

std::uint32_t type_of(TF_DataType type) {
  for (const Pair& pair : pairs) {
    if (type == pair.data_type) return pair.type;
  }
  return SLUICE_NN_OTHER_TYPE;
}

TF_DataType data_type_of(std::uint32_t type) {
  for (const Pair& pair : pairs) {
    if (type == pair.type) return pair.data_type;
  }
  return TF_VARIANT;
}

Result<Endpoints> endpoints_of_graph(TF_Graph* graph) {
  Endpoints found;
  std::size_t place = 0;
  while (TF_Operation* operation = TF_GraphNextOperation(graph, &place)) {
    const std::string name = TF_OperationName(operation);
    const int outputs = TF_OperationNumOutputs(operation);
    if (std::string_view(TF_OperationOpType(operation)) == "Placeholder") {
      const TF_Output input{operation, 0};
      found.ports.inputs.push_back(port_of(name, input, shape_in_graph(graph, input)));
      found.inputs.push_back(input);
    } else if (!is_used(operation)) {
      for (int i = 0; i < outputs; ++i) {
        const TF_Output output{operation, i};
        found.ports.outputs.push_back(port_of(outputs == 1 ? name : name + ":" + std::to_string(i), output,
                                              shape_in_graph(graph, output)));
        found.outputs.push_back(output);
      }
    }
  }
  if (found.outputs.empty())
    return failed(SLUICE_NN_CORRUPT, "the graph has no output: each of its operations is used by another");
  return found;
}

Result<Endpoints> endpoints_of_signature(TF_Graph* graph, std::string_view meta_graph) {
  const auto signature = find_signature(meta_graph, "serving_default");
  if (!signature || signature->outputs.empty())
    return failed(SLUICE_NN_UNSUPPORTED,
                  "the saved model has no signature serving_default: save it with that signature");
  Endpoints found;
  if (auto fine = add(graph, signature->inputs, found.ports.inputs, found.inputs); !fine)
    return std::unexpected(fine.error());
  if (auto fine = add(graph, signature->outputs, found.ports.outputs, found.outputs); !fine)
    return std::unexpected(fine.error());
  return found;
}

}  // namespace sluice::tensorflow
