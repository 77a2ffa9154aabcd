// ONNX Runtime's C functions, with what they make as things that release themselves, and what they refuse as
// values.
#pragma once

#include <onnxruntime.h>

#include <memory>
#include <string>

#include "common/result.h"

namespace sluice::onnx {

// Null where the library is older than the header.
const OrtApi* find_api();
// It is there.
const OrtApi& api();

template <auto Release>
struct Releaser {
  template <typename T>
  void operator()(T* thing) const {
    (api().*Release)(thing);
  }
};

using Env = std::unique_ptr<OrtEnv, Releaser<&OrtApi::ReleaseEnv>>;
using Status = std::unique_ptr<OrtStatus, Releaser<&OrtApi::ReleaseStatus>>;
using SessionOptions = std::unique_ptr<OrtSessionOptions, Releaser<&OrtApi::ReleaseSessionOptions>>;
using Network = std::unique_ptr<OrtSession, Releaser<&OrtApi::ReleaseSession>>;
using TypeInfo = std::unique_ptr<OrtTypeInfo, Releaser<&OrtApi::ReleaseTypeInfo>>;
using Tensor = std::unique_ptr<OrtValue, Releaser<&OrtApi::ReleaseValue>>;

// Takes what a function returned. `otherwise` is the status for what ONNX Runtime has no better word for,
// `doing` what was tried.
backends::Result<void> done(OrtStatus* status, sluice_nn_status otherwise, const std::string& doing);

// For what fails only if there is no memory or the library is broken: throws.
void must(OrtStatus* status);

}  // namespace sluice::onnx
