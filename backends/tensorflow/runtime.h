// TensorFlow's C functions, with what they make as things that delete themselves, and what they refuse as
// values.
#pragma once

#include <tensorflow/c/c_api.h>

#include <memory>
#include <string>

#include "common/result.h"

namespace sluice::tensorflow {

template <auto Delete>
struct Deleter {
  template <typename T>
  void operator()(T* thing) const {
    Delete(thing);
  }
};

using Status = std::unique_ptr<TF_Status, Deleter<TF_DeleteStatus>>;
using Buffer = std::unique_ptr<TF_Buffer, Deleter<TF_DeleteBuffer>>;
using GraphHandle = std::unique_ptr<TF_Graph, Deleter<TF_DeleteGraph>>;
using SessionOptions = std::unique_ptr<TF_SessionOptions, Deleter<TF_DeleteSessionOptions>>;
using ImportOptions = std::unique_ptr<TF_ImportGraphDefOptions, Deleter<TF_DeleteImportGraphDefOptions>>;
using Tensor = std::unique_ptr<TF_Tensor, Deleter<TF_DeleteTensor>>;

inline Status make_status() {
  return Status(TF_NewStatus());
}

// Closes the session as well.
struct EndSession {
  void operator()(TF_Session* session) const;
};
using SessionHandle = std::unique_ptr<TF_Session, EndSession>;

// What a status says after a call. `otherwise` is for what TensorFlow has no better word for, `doing` what
// was tried.
backends::Result<void> done(const Status& status, sluice_nn_status otherwise, const std::string& doing);

}  // namespace sluice::tensorflow
