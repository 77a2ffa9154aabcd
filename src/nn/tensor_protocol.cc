#include "nn/tensor_protocol.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/write_all.h"
#include "nn/wire.h"

namespace sluice::nn {

void fields(auto& a, Of<TensorMessage> auto& v) {
  a(v.type, v.rank, v.dims, v.bytes);
}
void fields(auto& a, Of<OpenNetwork> auto& v) {
  a(v.version, v.name, v.format, v.paths, v.part_bytes, v.threads, v.locked_in, v.memory_mib);
}
void fields(auto&, Of<StartSession> auto&) {}
void fields(auto& a, Of<EndSession> auto& v) {
  a(v.session);
}
void fields(auto& a, Of<SetInput> auto& v) {
  a(v.session, v.index, v.tensor);
}
void fields(auto& a, Of<Compute> auto& v) {
  a(v.session);
}
void fields(auto& a, Of<ReadOutput> auto& v) {
  a(v.session, v.index);
}
void fields(auto& a, Of<PortMessage> auto& v) {
  a(v.name, v.shape);
}
void fields(auto& a, Of<NetworkOpened> auto& v) {
  a(v.inputs, v.outputs);
}
void fields(auto& a, Of<SessionStarted> auto& v) {
  a(v.session);
}
void fields(auto&, Of<Done> auto&) {}
void fields(auto& a, Of<OutputRead> auto& v) {
  a(v.tensor);
}
void fields(auto& a, Of<Refused> auto& v) {
  a(v.error);
}

namespace {

template <class Message, std::size_t I = 0>
std::optional<Message> decode(const Frame& frame) {
  if constexpr (I < std::variant_size_v<Message>) {
    if (frame.kind != I) return decode<Message, I + 1>(frame);
    std::variant_alternative_t<I, Message> value{};
    WireReader reader(frame.payload);
    fields(reader, value);
    if (!reader.finished()) return std::nullopt;
    return Message(std::in_place_index<I>, std::move(value));
  }
  return std::nullopt;
}

template <class Message>
std::optional<std::string> encode(const Message& message) {
  WireWriter writer;
  std::visit([&](const auto& value) { fields(writer, value); }, message);
  if (!writer.good()) return std::nullopt;
  return writer.take();
}

}  // namespace

TensorMessage message_of(const sluice_nn_tensor& tensor) {
  TensorMessage message{tensor.type, tensor.rank, {}, tensor.bytes};
  if (tensor.rank <= SLUICE_NN_RANK_MAX) message.dims.assign(tensor.dims, tensor.dims + tensor.rank);
  return message;
}

std::optional<sluice_nn_tensor> tensor_of(const TensorMessage& message) {
  const bool is_open = message.rank == SLUICE_NN_ANY_RANK;
  if (!is_open && (message.rank > SLUICE_NN_RANK_MAX || message.dims.size() != message.rank))
    return std::nullopt;
  if (is_open && !message.dims.empty()) return std::nullopt;
  sluice_nn_tensor tensor{};
  tensor.type = message.type;
  tensor.rank = message.rank;
  std::ranges::copy(message.dims, tensor.dims);
  tensor.bytes = message.bytes;
  return tensor;
}

std::string TensorChannel::frame_of(std::uint8_t kind, const std::string& payload) {
  std::string frame;
  append_frame(frame, kind, payload);
  return frame;
}

std::optional<Frame> TensorChannel::receive() {
  while (true) {
    if (auto frame = reader_.next()) return frame;
    std::array<char, 16U << 10U> buffer;
    const ssize_t got = read(fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || reader_.broken()) return std::nullopt;
    reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
  }
}

bool TensorChannel::ask(const TensorQuestion& question) {
  auto payload = encode(question);
  return payload && send_all(fd_, frame_of(static_cast<std::uint8_t>(question.index()), *payload)) == 0;
}

bool TensorChannel::reply(const TensorAnswer& answer) {
  auto payload = encode(answer);
  // Who is locked in may not send, but write.
  return payload && write_all(fd_, frame_of(static_cast<std::uint8_t>(answer.index()), *payload)) == 0;
}

std::optional<TensorAnswer> TensorChannel::answer() {
  const auto frame = receive();
  return frame ? decode<TensorAnswer>(*frame) : std::nullopt;
}

std::optional<TensorQuestion> TensorChannel::question() {
  const auto frame = receive();
  return frame ? decode<TensorQuestion>(*frame) : std::nullopt;
}

// As unix(7) has it: a descriptor travels beside one byte.
bool TensorChannel::send_memory(const SharedMemory& memory) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = memory.fd();
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return sendmsg(fd_, &message, MSG_NOSIGNAL) == 1;
}

std::optional<SharedMemory> TensorChannel::receive_memory() {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(fd_, &message, MSG_CMSG_CLOEXEC) != 1) return std::nullopt;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))) {
    return std::nullopt;
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  auto memory = SharedMemory::of(UniqueFd(fd));
  return memory ? std::optional(std::move(*memory)) : std::nullopt;
}

}  // namespace sluice::nn
