#include "nn/networks.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "base/value.h"
#include "nn/formats.h"
#include "nn/model_file.h"
#include "nn/tensor_worker.h"

namespace sluice::nn {

namespace {

// The thread that a network is computed on, and what it has loaded. Used there alone, but for the count.
struct Computing {
  Computing(ModelSpec network, ModelsSettings with) : spec(std::move(network)), settings(std::move(with)) {}

  ModelSpec spec;
  ModelsSettings settings;
  std::shared_ptr<TensorNetwork> network;  // null: not loaded, or its worker ended
  std::atomic<std::uint32_t> waiting{0};
  asio::thread_pool thread{1};

  Status check_file() const {
    const std::string what = fmt::format("load the model {} from {}", spec.name, spec.path.string());
    const auto file = OpenedFile::open(what, spec.path);
    if (!file) return std::unexpected(file.error());
    if (spec.sha256.empty() || spec.verified == file->stamp()) return {};
    const auto hash = file->hash({});
    if (!hash) return std::unexpected(hash.error());
    return compare_hashes(what, *hash, spec.sha256);
  }

  Status load() {
    if (network) return {};
    if (auto good = check_file(); !good) return good;
    const Format format = *format_of_name(spec.backend);
    TensorSource source;
    source.name = spec.name;
    source.backend = backend_of(format);
    source.format = name_within(format, "", spec.path.native());
    source.paths = {spec.path.string()};
    source.threads = spec.threads;
    if (spec.memory_mib != 0) source.memory_mib = spec.memory_mib;
    auto opened = open_tensor_worker(settings, source);
    if (!opened) return std::unexpected(std::move(opened.error()));
    network = std::move(*opened);
    return {};
  }

  Result<NetworkPorts> ports() {
    if (auto loaded = load(); !loaded) return std::unexpected(std::move(loaded.error()));
    return NetworkPorts{network->inputs(), network->outputs()};
  }

  Result<std::vector<OwnedTensor>> compute(const std::vector<OwnedTensor>& inputs) {
    if (auto loaded = load(); !loaded) return std::unexpected(std::move(loaded.error()));
    auto outputs = compute_loaded(inputs);
    // Its worker may be gone: the next call begins with one that works.
    if (!outputs && outputs.error().code == ErrorCode::unavailable) network.reset();
    return outputs;
  }

  Result<std::vector<OwnedTensor>> compute_loaded(const std::vector<OwnedTensor>& inputs) const {
    const auto& ports = network->inputs();
    if (inputs.size() != ports.size()) {
      return fail(ErrorCode::invalid_input, fmt::format("compute the model {}", spec.name),
                  fmt::format("{} inputs were given, and it has {}", inputs.size(), ports.size()));
    }
    auto session = network->start();
    if (!session) return std::unexpected(std::move(session.error()));
    for (std::uint32_t i = 0; i < inputs.size(); ++i) {
      sluice_nn_tensor tensor = inputs[i].shape;
      tensor.data = inputs[i].bytes.data();
      tensor.bytes = inputs[i].bytes.size();
      if (auto good = check_tensor(ports[i], tensor); !good) return std::unexpected(std::move(good.error()));
      if (auto set = (*session)->set(i, tensor); !set) return std::unexpected(std::move(set.error()));
    }
    if (auto computed = (*session)->compute(); !computed) return std::unexpected(std::move(computed.error()));
    std::vector<OwnedTensor> outputs;
    for (std::uint32_t i = 0; i < network->outputs().size(); ++i) {
      auto tensor = (*session)->output(i);
      if (!tensor) return std::unexpected(std::move(tensor.error()));
      outputs.push_back({*tensor, std::string(static_cast<const char*>(tensor->data), tensor->bytes)});
      outputs.back().shape.data = nullptr;
    }
    return outputs;
  }
};

// What the thread gives to the shard that waits.
template <class T>
struct Answered {
  std::mutex mutex;
  std::optional<Result<T>> result;
};

// Runs `work` on the network's thread and waits for it on the caller's shard.
template <class T>
Task<Result<T>> on_thread(std::shared_ptr<Computing> computing, std::function<Result<T>(Computing&)> work) {
  const std::string what = fmt::format("compute the model {}", computing->spec.name);
  if (computing->waiting >= computing->spec.queue_max) {
    co_return fail(ErrorCode::limit, what,
                   fmt::format("{} calls wait for it already (queue)", computing->waiting.load()),
                   "try again later");
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  const auto answered = std::make_shared<Answered<T>>();
  ++computing->waiting;
  asio::post(computing->thread, [computing, answered, timer, executor, work = std::move(work)] {
    auto result = work(*computing);
    --computing->waiting;
    {
      const std::lock_guard lock(answered->mutex);
      answered->result = std::move(result);
    }
    asio::post(executor, [timer] { timer->cancel(); });
  });
  while (true) {
    {
      const std::lock_guard lock(answered->mutex);
      if (answered->result) co_return std::move(*answered->result);
    }
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      co_return fail(ErrorCode::cancelled, what, "the request was cancelled");
    }
    static_cast<void>(co_await timer->async_wait(asio::as_tuple(asio::use_awaitable)));
  }
}

class WorkerNetwork : public Network {
 public:
  explicit WorkerNetwork(std::shared_ptr<Computing> computing) : computing_(std::move(computing)) {}

  [[nodiscard]] const std::string& name() const override { return computing_->spec.name; }
  // Ends its worker, after what it computes just now. Nothing may be asked any more.
  void close() {
    computing_->thread.stop();
    computing_->thread.join();
    computing_->network.reset();
  }

  Task<Result<NetworkPorts>> ports() override {
    std::function<Result<NetworkPorts>(Computing&)> work = [](Computing& one) { return one.ports(); };
    return on_thread(computing_, std::move(work));
  }
  Task<Result<std::vector<OwnedTensor>>> compute(std::vector<OwnedTensor> inputs) override {
    const auto given = std::make_shared<const std::vector<OwnedTensor>>(std::move(inputs));
    std::function<Result<std::vector<OwnedTensor>>(Computing&)> work = [given](Computing& one) {
      return one.compute(*given);
    };
    return on_thread(computing_, std::move(work));
  }

 private:
  std::shared_ptr<Computing> computing_;
};

}  // namespace

struct Networks::State {
  ModelsSettings settings;
  std::mutex mutex;
  std::vector<std::pair<ModelSpec, std::shared_ptr<WorkerNetwork>>> networks;
};

Networks::Networks(ModelsSettings settings) : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
}

Networks::~Networks() {
  for (const auto& [spec, network] : state_->networks) network->close();
}

Result<std::shared_ptr<Network>> Networks::open(const ModelSpec& spec) {
  const auto format = format_of_name(spec.backend);
  if (!format || is_language(*format)) {
    return fail(ErrorCode::invalid_input, fmt::format("open the model {}", to_utf8(spec.name, nullptr)),
                fmt::format("its backend {} computes no tensors", spec.backend));
  }
  const std::lock_guard lock(state_->mutex);
  for (const auto& [known, network] : state_->networks) {
    if (known == spec) return network;
  }
  auto network = std::make_shared<WorkerNetwork>(std::make_shared<Computing>(spec, state_->settings));
  state_->networks.emplace_back(spec, network);
  return network;
}

}  // namespace sluice::nn
