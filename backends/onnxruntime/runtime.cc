#include "runtime.h"

#include <stdexcept>
#include <string_view>

namespace sluice::onnx {
namespace {

sluice_nn_status status_of(OrtErrorCode code, std::string_view text, sluice_nn_status otherwise) {
  if (text.contains("bad_alloc") || text.contains("bad allocation") || text.contains("allocate memory"))
    return SLUICE_NN_NO_MEMORY;
  switch (code) {
    case ORT_NO_SUCHFILE:
      return SLUICE_NN_NOT_FOUND;
    case ORT_NO_MODEL:
    case ORT_INVALID_PROTOBUF:
    case ORT_INVALID_GRAPH:
      return SLUICE_NN_CORRUPT;
    case ORT_INVALID_ARGUMENT:
      return SLUICE_NN_INVALID;
    case ORT_NOT_IMPLEMENTED:
      return SLUICE_NN_UNSUPPORTED;
    default:
      return otherwise;
  }
}

}  // namespace

const OrtApi* find_api() {
  static const OrtApi* const found = OrtGetApiBase()->GetApi(ORT_API_VERSION);
  return found;
}

const OrtApi& api() {
  return *find_api();
}

backends::Result<void> done(OrtStatus* returned, sluice_nn_status otherwise, const std::string& doing) {
  const Status status(returned);
  if (status == nullptr) return {};
  const std::string text = api().GetErrorMessage(status.get());
  return backends::failed(status_of(api().GetErrorCode(status.get()), text, otherwise), doing + ": " + text);
}

void must(OrtStatus* returned) {
  const Status status(returned);
  if (status != nullptr)
    throw std::runtime_error(std::string("ONNX Runtime: ") + api().GetErrorMessage(status.get()));
}

}  // namespace sluice::onnx
