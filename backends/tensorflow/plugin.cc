// The table of functions that this plug-in is.
#include <tensorflow/c/c_api.h>

#include <memory>

#include "common/table.h"
#include "library.h"
#include "sluice/nn_backend.h"

namespace {

sluice_nn_backend_table table{.abi = SLUICE_NN_ABI,
                              .size = sizeof(sluice_nn_backend_table),
                              .name = "tensorflow",
                              .version = "",
                              .llm = nullptr,
                              .tensors = nullptr};

}  // namespace

extern "C" __attribute__((visibility("default"))) const sluice_nn_backend_table* sluice_nn_backend(
    const char* /*folder*/, void (* /*log*/)(int level, const char* line, std::size_t size)) {
  return sluice::backends::shielded(static_cast<const sluice_nn_backend_table*>(nullptr), [&] {
    table.version = TF_Version();
    table.tensors = sluice::backends::make_tensors_table("tensorflow",
                                                         std::make_unique<sluice::tensorflow::TensorFlow>());
    return &table;
  });
}
