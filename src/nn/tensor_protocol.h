// What a process and its worker for one network say to each other: a question, an answer, in turns. Tensors
// and the network's bytes lie in memory that both share; the messages say where.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "nn/frames.h"
#include "nn/shared_memory.h"
#include "nn/tensors.h"

namespace sluice::nn {

inline constexpr std::uint32_t tensor_protocol_version = 1;

// Of a tensor in shared memory, from its beginning on; of a shape, `bytes` is 0.
struct TensorMessage {
  std::uint32_t type = 0;
  std::uint32_t rank = 0;
  std::vector<std::int64_t> dims;
  std::uint64_t bytes = 0;
};

struct OpenNetwork {
  std::uint32_t version = tensor_protocol_version;
  std::string name;
  std::string format;
  std::vector<std::string> paths;         // of files; of bytes, none:
  std::vector<std::uint64_t> part_bytes;  // they lie one after the other
  std::uint32_t threads = 0;
  bool locked_in = true;
  std::uint64_t memory_mib = 0;
};
struct StartSession {};
struct EndSession {
  std::uint32_t session = 0;
};
struct SetInput {
  std::uint32_t session = 0;
  std::uint32_t index = 0;
  TensorMessage tensor;
};
struct Compute {
  std::uint32_t session = 0;
};
struct ReadOutput {
  std::uint32_t session = 0;
  std::uint32_t index = 0;
};

struct PortMessage {
  std::string name;
  TensorMessage shape;
};
struct NetworkOpened {
  std::vector<PortMessage> inputs;
  std::vector<PortMessage> outputs;
};
struct SessionStarted {
  std::uint32_t session = 0;
};
struct Done {};
struct OutputRead {
  TensorMessage tensor;
};
struct Refused {
  Error error;
};

using TensorQuestion = std::variant<OpenNetwork, StartSession, EndSession, SetInput, Compute, ReadOutput>;
using TensorAnswer = std::variant<NetworkOpened, SessionStarted, Done, OutputRead, Refused>;

[[nodiscard]] TensorMessage message_of(const sluice_nn_tensor& tensor);
// Nothing: it is no tensor that may be.
[[nodiscard]] std::optional<sluice_nn_tensor> tensor_of(const TensorMessage& message);

// One end of the socket. Blocks. Nothing, or false: the other side is gone, or said what is no message.
class TensorChannel {
 public:
  explicit TensorChannel(int fd) : fd_(fd) {}
  [[nodiscard]] bool ask(const TensorQuestion& question);
  [[nodiscard]] std::optional<TensorAnswer> answer();
  [[nodiscard]] std::optional<TensorQuestion> question();
  [[nodiscard]] bool reply(const TensorAnswer& answer);
  // The shared memory's descriptor, in front of all else.
  [[nodiscard]] bool send_memory(const SharedMemory& memory);
  [[nodiscard]] std::optional<SharedMemory> receive_memory();

 private:
  [[nodiscard]] static std::string frame_of(std::uint8_t kind, const std::string& payload);
  [[nodiscard]] std::optional<Frame> receive();

  int fd_;
  FrameReader reader_;
};

}  // namespace sluice::nn
