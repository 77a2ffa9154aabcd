// The process that computes a network: answers questions from a socket, one after the other.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "base/text.h"
#include "nn/local_tensors.h"
#include "nn/lock_in.h"
#include "nn/tensor_protocol.h"
#include "nn/tensor_worker.h"

namespace sluice::nn {

namespace {

class Serving {
 public:
  explicit Serving(SharedMemory memory) : memory_(std::move(memory)) {}

  TensorAnswer open(const OpenNetwork& question, const std::filesystem::path& plugin) {
    const std::string what = fmt::format("load the network {}", question.name);
    const auto tensors = load_tensor_plugin(plugin, nullptr);
    if (!tensors) return Refused{tensors.error()};
    if (question.locked_in) {
      sluice_nn_error error{};
      const auto status = (*tensors)->warm_up(plugin_text(question.format), &error);
      if (status != SLUICE_NN_OK) return Refused{plugin_error(status, error, what)};
    }
    limit_memory(question.memory_mib);
    TensorSource source;
    source.name = question.name;
    source.format = question.format;
    source.paths = question.paths;
    source.threads = question.threads;
    if (auto found = find_parts(question, source); !found) return Refused{found.error()};
    if (question.locked_in) {
      const auto formats = split((*tensors)->nameless_formats, ' ');
      const bool nameless = std::ranges::find(formats, question.format) != formats.end();
      const auto locked = lock_in(nameless ? Files::nameless : Files::none);
      if (!locked) return Refused{locked.error()};
    }
    auto network = open_tensors(**tensors, source);
    if (!network) return Refused{network.error()};
    network_ = std::move(*network);
    return NetworkOpened{messages_of(network_->inputs()), messages_of(network_->outputs())};
  }

  TensorAnswer answer(const StartSession&) {
    auto session = network_->start();
    if (!session) return Refused{session.error()};
    const std::uint32_t number = next_++;
    sessions_.emplace(number, std::move(*session));
    return SessionStarted{number};
  }
  TensorAnswer answer(const EndSession& question) {
    sessions_.erase(question.session);
    return Done{};
  }
  TensorAnswer answer(const SetInput& question) {
    TensorSession* const session = find(question.session);
    auto tensor = tensor_of(question.tensor);
    if (session == nullptr || !tensor || question.index >= network_->inputs().size()) return nonsense();
    if (auto mapped = memory_.follow(tensor->bytes); !mapped) return Refused{mapped.error()};
    tensor->data = memory_.bytes().data();
    return done(session->set(question.index, *tensor));
  }
  TensorAnswer answer(const Compute& question) {
    TensorSession* const session = find(question.session);
    return session == nullptr ? nonsense() : done(session->compute());
  }
  TensorAnswer answer(const ReadOutput& question) {
    TensorSession* const session = find(question.session);
    if (session == nullptr || question.index >= network_->outputs().size()) return nonsense();
    const auto tensor = session->output(question.index);
    if (!tensor) return Refused{tensor.error()};
    if (auto grown = memory_.grow(tensor->bytes); !grown) return Refused{grown.error()};
    if (tensor->bytes > 0) std::memcpy(memory_.bytes().data(), tensor->data, tensor->bytes);
    return OutputRead{message_of(*tensor)};
  }
  TensorAnswer answer(const OpenNetwork&) { return nonsense(); }

 private:
  Status find_parts(const OpenNetwork& question, TensorSource& source) {
    std::uint64_t total = 0;
    for (const std::uint64_t size : question.part_bytes) total += size;
    if (auto mapped = memory_.follow(total); !mapped) return mapped;
    std::uint64_t at = 0;
    for (const std::uint64_t size : question.part_bytes) {
      const auto bytes = memory_.bytes().subspan(at, size);
      source.parts.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      at += size;
    }
    return {};
  }
  static std::vector<PortMessage> messages_of(const std::vector<TensorPort>& ports) {
    std::vector<PortMessage> messages;
    for (const TensorPort& port : ports) messages.push_back({port.name, message_of(port.shape)});
    return messages;
  }
  TensorSession* find(std::uint32_t number) {
    const auto found = sessions_.find(number);
    return found == sessions_.end() ? nullptr : found->second.get();
  }
  static TensorAnswer nonsense() {
    return Refused{{ErrorCode::internal, "compute a network", "the question makes no sense", {}}};
  }
  static TensorAnswer done(const Status& status) {
    if (!status) return Refused{status.error()};
    return Done{};
  }

  SharedMemory memory_;
  std::shared_ptr<TensorNetwork> network_;
  std::map<std::uint32_t, std::unique_ptr<TensorSession>> sessions_;
  std::uint32_t next_ = 0;
};

}  // namespace

int run_tensor_worker(int fd, const std::filesystem::path& plugin) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  TensorChannel channel(fd);
  auto memory = channel.receive_memory();
  const auto first = memory ? channel.question() : std::nullopt;
  const auto* const open = first ? std::get_if<OpenNetwork>(&*first) : nullptr;
  // Libraries are left without their ends: nothing of theirs is worth waiting for.
  if (open == nullptr || open->version != tensor_protocol_version) std::_Exit(1);
  Serving serving(std::move(*memory));
  const TensorAnswer opened = serving.open(*open, plugin);
  if (!channel.reply(opened) || !std::holds_alternative<NetworkOpened>(opened)) std::_Exit(1);
  while (const auto question = channel.question()) {
    const TensorAnswer answer =
        std::visit([&](const auto& asked) { return serving.answer(asked); }, *question);
    if (!channel.reply(answer)) break;
  }
  std::_Exit(0);
}

}  // namespace sluice::nn
