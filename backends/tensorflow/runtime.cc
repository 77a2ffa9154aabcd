#include "runtime.h"

namespace sluice::tensorflow {
namespace {

sluice_nn_status status_of(TF_Code code, sluice_nn_status otherwise) {
  switch (code) {
    case TF_RESOURCE_EXHAUSTED:
      return SLUICE_NN_NO_MEMORY;
    case TF_NOT_FOUND:
      return otherwise == SLUICE_NN_CORRUPT ? SLUICE_NN_CORRUPT : SLUICE_NN_NOT_FOUND;
    case TF_UNIMPLEMENTED:
      return SLUICE_NN_UNSUPPORTED;
    default:
      return otherwise;
  }
}

}  // namespace

void EndSession::operator()(TF_Session* session) const {
  const Status status = make_status();
  TF_CloseSession(session, status.get());
  TF_DeleteSession(session, status.get());
}

backends::Result<void> done(const Status& status, sluice_nn_status otherwise, const std::string& doing) {
  const TF_Code code = TF_GetCode(status.get());
  if (code == TF_OK) return {};
  return backends::failed(status_of(code, otherwise), doing + ": " + TF_Message(status.get()));
}

}  // namespace sluice::tensorflow
