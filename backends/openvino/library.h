// OpenVINO as a library of networks.
#pragma once

#include <memory>
#include <openvino/runtime/core.hpp>

#include "common/network.h"
#include "reader.h"

namespace sluice::openvino {

class OpenVino final : public backends::Library {
 public:
  backends::Result<void> warm_up(std::string_view format) override;
  backends::Result<std::unique_ptr<backends::Graph>> open_graph(
      std::span<const sluice_nn_part> parts, const sluice_nn_graph_options& options) override;

 private:
  ov::Core core_;
  Reader reader_;
};

}  // namespace sluice::openvino
