// The table of functions that this plug-in is.
#include <cstdlib>
#include <memory>

#include "common/table.h"
#include "library.h"
#include "sluice/nn_backend.h"

namespace {

sluice_nn_backend_table table{.abi = SLUICE_NN_ABI,
                              .size = sizeof(sluice_nn_backend_table),
                              .name = "onnx",
                              .version = "",
                              .llm = nullptr,
                              .tensors = nullptr};

}  // namespace

extern "C" __attribute__((visibility("default"))) const sluice_nn_backend_table* sluice_nn_backend(
    const char* /*folder*/, void (*log)(int level, const char* line, std::size_t size)) {
  return sluice::backends::shielded(
      static_cast<const sluice_nn_backend_table*>(nullptr), [&]() -> const sluice_nn_backend_table* {
        // It would tell its maker who runs what.
        setenv("ORT_DISABLE_TELEMETRY", "1", /*overwrite=*/0);
        if (sluice::onnx::find_api() == nullptr) return nullptr;
        table.version = OrtGetApiBase()->GetVersionString();
        table.tensors =
            sluice::backends::make_tensors_table("onnx", std::make_unique<sluice::onnx::OnnxRuntime>(log));
        return &table;
      });
}
