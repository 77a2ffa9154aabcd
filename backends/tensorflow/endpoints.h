// The inputs and outputs of a network: as the signature of a saved model says, or as can be told from a
// graph.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/network.h"
#include "runtime.h"

namespace sluice::tensorflow {

std::uint32_t type_of(TF_DataType type);
// Of a type that tensors can be set in.
TF_DataType data_type_of(std::uint32_t type);

struct Endpoints {
  backends::Ports ports;
  std::vector<TF_Output> inputs;
  std::vector<TF_Output> outputs;
};

// Of a graph without a signature. Inputs are its placeholders, in the order of the graph; outputs are those
// of the operations that no other uses.
backends::Result<Endpoints> endpoints_of_graph(TF_Graph* graph);

// Of a saved model, by its signature "serving_default"; in the order of their names there. `meta_graph` is
// the MetaGraphDef that comes with the graph.
backends::Result<Endpoints> endpoints_of_signature(TF_Graph* graph, std::string_view meta_graph);

}  // namespace sluice::tensorflow
