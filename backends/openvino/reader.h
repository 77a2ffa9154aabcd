// From files and bytes to models that OpenVINO can compile.
#pragma once

#include <memory>
#include <openvino/core/model.hpp>
#include <openvino/frontend/manager.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "common/part.h"
#include "common/result.h"

namespace sluice::openvino {

struct ReadModel {
  std::shared_ptr<ov::Model> model;
  std::optional<backends::PartBytes> weights;  // which the model refers to: they live as long
};

class Reader {
 public:
  backends::Result<ReadModel> read(std::span<const sluice_nn_part> parts, std::string_view format);
  // Loads the front end, so that nothing but a network given as a path is opened later. That for TensorFlow
  // Lite reads files alone: bytes are put into one that has no name, which has to be opened.
  void warm_up(std::string_view format);

 private:
  backends::Result<ReadModel> read_ir(std::span<const sluice_nn_part> parts);
  backends::Result<ReadModel> read_onnx(std::span<const sluice_nn_part> parts);
  backends::Result<ReadModel> read_tflite(std::span<const sluice_nn_part> parts);

  // They lie beside OpenVINO's own library.
  ov::frontend::FrontEndManager front_ends_;
};

}  // namespace sluice::openvino
