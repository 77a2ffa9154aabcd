// The table of functions that this plug-in is.
#include <memory>
#include <openvino/core/version.hpp>

#include "common/table.h"
#include "library.h"
#include "sluice/nn_backend.h"

namespace {

sluice_nn_backend_table table{.abi = SLUICE_NN_ABI,
                              .size = sizeof(sluice_nn_backend_table),
                              .name = "openvino",
                              .version = "",
                              .llm = nullptr,
                              .tensors = nullptr};

}  // namespace

extern "C" __attribute__((visibility("default"))) const sluice_nn_backend_table* sluice_nn_backend(
    const char* /*folder*/, void (* /*log*/)(int level, const char* line, std::size_t size)) {
  return sluice::backends::shielded(static_cast<const sluice_nn_backend_table*>(nullptr), [&] {
    table.version = ov::get_openvino_version().buildNumber;
    table.tensors = sluice::backends::make_tensors_table(
        "openvino onnx tflite", std::make_unique<sluice::openvino::OpenVino>(), "tflite");
    return &table;
  });
}
