// TensorFlow as a library of networks: folders with a saved model, and files or bytes with a graph whose
// variables were made constants ("frozen").
#pragma once

#include <memory>

#include "common/network.h"
#include "runtime.h"

namespace sluice::tensorflow {

class TensorFlow final : public backend::Library {
 public:
  backend::Result<void> warm_up(std::string_view format) override;
  backend::Result<std::unique_ptr<backend::Graph>> open_graph(
      std::span<const sluice_nn_part> parts, const sluice_nn_graph_options& options) override;
};

}  // namespace sluice::tensorflow
