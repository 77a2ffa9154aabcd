// TensorFlow as a library of networks: folders with a saved model, and files or bytes with a graph whose
// variables were made constants ("frozen").
#pragma once

#include <memory>

#include "common/network.h"
#include "runtime.h"

namespace sluice::tensorflow {

class TensorFlow final : public backends::Library {
 public:
  backends::Result<void> warm_up(std::string_view format) override;
  backends::Result<std::unique_ptr<backends::Graph>> open_graph(
      std::span<const sluice_nn_part> parts, const sluice_nn_graph_options& options) override;
};

}  // namespace sluice::tensorflow
