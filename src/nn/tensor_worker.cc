// The side of the process that has a network computed by a worker.
#include "nn/tensor_worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/value.h"
#include "nn/plugin.h"
#include "nn/tensor_protocol.h"
#include "nn/worker_process.h"

namespace sluice::nn {

namespace {

constexpr std::size_t ports_max = 1024;

// A worker and the memory shared with it. Any thread, one question at a time.
class Worker {
 public:
  Worker(std::string name, WorkerProcess process, SharedMemory memory)
      : name_(std::move(name)),
        process_(std::move(process)),
        memory_(std::move(memory)),
        channel_(process_.socket.get()) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    if (ending_.empty()) static_cast<void>(end_worker(process_.pid));
  }

  [[nodiscard]] std::mutex& mutex() { return mutex_; }
  [[nodiscard]] SharedMemory& memory() { return memory_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string what(std::string_view doing) const {
    return fmt::format("{} the network {}", doing, name_);
  }
  [[nodiscard]] bool send_memory() { return channel_.send_memory(memory_); }

  // The answer of the wanted kind. Holding `mutex`.
  template <class T>
  Result<T> ask(const TensorQuestion& question, std::string_view doing) {
    if (!ending_.empty()) return ended(doing);
    std::optional<TensorAnswer> answer;
    if (channel_.ask(question)) answer = channel_.answer();
    if (answer) {
      if (auto* const wanted = std::get_if<T>(&*answer)) return std::move(*wanted);
      if (auto* const refused = std::get_if<Refused>(&*answer))
        return std::unexpected(std::move(refused->error));
    }
    end();
    return ended(doing);
  }

 private:
  // It is gone, or says what makes no sense.
  void end() {
    ending_ = end_worker(process_.pid);
    std::array<char, 4096> words{};
    const ssize_t got = read(process_.errors.get(), words.data(), words.size());
    if (got <= 0) return;
    std::string last = to_utf8({words.data(), static_cast<std::size_t>(got)}, nullptr);
    std::ranges::replace(last, '\n', ' ');
    ending_ += "; its last words: " + last;
  }
  std::unexpected<Error> ended(std::string_view doing) const {
    return fail(ErrorCode::unavailable, what(doing), "the process that computes it is gone: " + ending_,
                "load it again");
  }

  std::string name_;
  WorkerProcess process_;
  SharedMemory memory_;
  TensorChannel channel_;
  std::mutex mutex_;
  std::string ending_;
};

class RemoteSession : public TensorSession {
 public:
  RemoteSession(std::shared_ptr<Worker> worker, std::uint32_t session)
      : worker_(std::move(worker)), session_(session) {}
  ~RemoteSession() override {
    const std::lock_guard lock(worker_->mutex());
    [[maybe_unused]] const auto ended = worker_->ask<Done>(EndSession{session_}, "leave");
  }

  Status set(std::uint32_t index, const sluice_nn_tensor& tensor) override {
    const std::lock_guard lock(worker_->mutex());
    if (auto grown = worker_->memory().grow(tensor.bytes); !grown) return grown;
    if (tensor.bytes > 0) std::memcpy(worker_->memory().bytes().data(), tensor.data, tensor.bytes);
    return plain(worker_->ask<Done>(SetInput{session_, index, message_of(tensor)}, "set an input of"));
  }
  Status compute() override {
    const std::lock_guard lock(worker_->mutex());
    return plain(worker_->ask<Done>(Compute{session_}, "compute"));
  }
  Result<sluice_nn_tensor> output(std::uint32_t index) override {
    const std::lock_guard lock(worker_->mutex());
    constexpr std::string_view doing = "read an output of";
    auto read = worker_->ask<OutputRead>(ReadOutput{session_, index}, doing);
    if (!read) return std::unexpected(std::move(read.error()));
    auto tensor = tensor_of(read->tensor);
    const auto elements = tensor ? elements_of(*tensor) : std::nullopt;
    if (!elements || *elements * bytes_of_type(tensor->type) != tensor->bytes) {
      return fail(ErrorCode::unavailable, worker_->what(doing), "its process gave what is no tensor");
    }
    if (auto mapped = worker_->memory().follow(tensor->bytes); !mapped) {
      return std::unexpected(std::move(mapped.error()));
    }
    const auto bytes = worker_->memory().bytes().first(tensor->bytes);
    kept_.assign(bytes.begin(), bytes.end());
    tensor->data = kept_.data();
    return *tensor;
  }

 private:
  static Status plain(Result<Done> done) {
    if (!done) return std::unexpected(std::move(done.error()));
    return {};
  }

  std::shared_ptr<Worker> worker_;
  std::uint32_t session_;
  std::vector<std::uint8_t> kept_;
};

class RemoteNetwork : public TensorNetwork {
 public:
  RemoteNetwork(std::shared_ptr<Worker> worker, std::vector<TensorPort> inputs,
                std::vector<TensorPort> outputs)
      : worker_(std::move(worker)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {}

  [[nodiscard]] const std::vector<TensorPort>& inputs() const override { return inputs_; }
  [[nodiscard]] const std::vector<TensorPort>& outputs() const override { return outputs_; }
  Result<std::unique_ptr<TensorSession>> start() override {
    const std::lock_guard lock(worker_->mutex());
    const auto started = worker_->ask<SessionStarted>(StartSession{}, "start");
    if (!started) return std::unexpected(started.error());
    return std::make_unique<RemoteSession>(worker_, started->session);
  }

 private:
  std::shared_ptr<Worker> worker_;
  std::vector<TensorPort> inputs_;
  std::vector<TensorPort> outputs_;
};

std::optional<std::vector<TensorPort>> ports_of(const std::vector<PortMessage>& messages) {
  if (messages.size() > ports_max) return std::nullopt;
  std::vector<TensorPort> ports;
  for (const PortMessage& message : messages) {
    const auto shape = tensor_of(message.shape);
    if (!shape) return std::nullopt;
    ports.push_back({message.name, *shape});
  }
  return ports;
}

}  // namespace

Result<std::shared_ptr<TensorNetwork>> open_tensor_worker(const ModelsSettings& settings,
                                                          const TensorSource& source) {
  const auto plugin = plugin_path(settings.backends, source.backend);
  if (auto there = check_plugin(plugin); !there) return std::unexpected(std::move(there.error()));
  auto memory = SharedMemory::make();
  if (!memory) return std::unexpected(std::move(memory.error()));
  OpenNetwork open;
  open.name = to_utf8(source.name, nullptr);
  open.format = source.format;
  open.paths = source.paths;
  open.threads = source.threads;
  open.locked_in = source.paths.empty();
  open.memory_mib = source.memory_mib;
  std::uint64_t total = 0;
  for (const std::string_view part : source.parts) {
    open.part_bytes.push_back(part.size());
    total += part.size();
  }
  if (auto grown = memory->grow(total); !grown) return std::unexpected(std::move(grown.error()));
  std::uint64_t at = 0;
  for (const std::string_view part : source.parts) {
    std::ranges::copy(part, memory->bytes().subspan(at).begin());
    at += part.size();
  }
  auto process = start_worker(settings.program, plugin, WorkerKind::tensors);
  if (!process) return std::unexpected(std::move(process.error()));
  // Questions are asked one at a time, and answers waited for.
  const int flags = fcntl(process->socket.get(), F_GETFL);
  fcntl(process->socket.get(), F_SETFL, flags & ~O_NONBLOCK);
  auto worker = std::make_shared<Worker>(open.name, std::move(*process), std::move(*memory));
  const std::lock_guard lock(worker->mutex());
  static_cast<void>(worker->send_memory());  // if it could not be sent, the worker is gone
  const auto opened = worker->ask<NetworkOpened>(open, "load");
  if (!opened) return std::unexpected(opened.error());
  auto inputs = ports_of(opened->inputs);
  auto outputs = ports_of(opened->outputs);
  if (!inputs || !outputs) {
    return fail(ErrorCode::unavailable, worker->what("load"), "its process gave what is no network");
  }
  return std::make_shared<RemoteNetwork>(worker, std::move(*inputs), std::move(*outputs));
}

}  // namespace sluice::nn
