// The signature of a saved model, read from its MetaGraphDef.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tensorflow {

struct SignatureTensor {
  std::string tensor;                             // "operation:index"
  std::optional<std::vector<std::int64_t>> dims;  // -1: any; nothing: any rank
};

struct Signature {
  std::map<std::string, SignatureTensor> inputs;
  std::map<std::string, SignatureTensor> outputs;
};

// Nothing: there is no such signature, or it can't be read.
std::optional<Signature> find_signature(std::string_view meta_graph, std::string_view name);

}  // namespace sluice::tensorflow
