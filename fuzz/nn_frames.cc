// What a model's worker and its parent say to each other: any bytes are messages or none, and a message that
// was read is written as the same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nn/frames.h"
#include "nn/protocol.h"

namespace {

template <class Message>
void check(const sluice::nn::Frame& frame, const std::optional<Message>& message) {
  if (!message) return;
  std::string expected;
  sluice::nn::append_frame(expected, frame.kind, frame.payload);
  if (sluice::nn::encode(*message) != expected) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::nn;
  FrameReader reader;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // In two pieces, so that frames are cut as well.
  for (const std::string_view piece : {bytes.substr(0, size / 2), bytes.substr(size / 2)}) {
    reader.feed(piece);
    while (const auto frame = reader.next()) {
      check(*frame, decode_to_worker(frame->kind, frame->payload));
      check(*frame, decode_from_worker(frame->kind, frame->payload));
    }
  }
  return 0;
}
