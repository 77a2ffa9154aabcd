// Threads that share the work of one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace sluice::backends::llama2c {

class Workers {
 public:
  // `count` with the one that calls `run`; 1 at least.
  explicit Workers(std::size_t count);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  [[nodiscard]] std::size_t count() const { return threads_.size() + 1; }
  // Calls work(part) for the parts 0 … parts-1, each on a thread of its own, and returns when all are done.
  // `work` must not throw. `parts` <= count().
  void run(std::size_t parts, const std::function<void(std::size_t part)>& work);

 private:
  void serve(std::size_t part);

  std::atomic<std::uint64_t> round_{0};
  std::atomic<std::size_t> pending_{0};
  std::size_t parts_ = 0;
  const std::function<void(std::size_t)>* work_ = nullptr;  // null: end
  std::vector<std::jthread> threads_;                       // last, so that they end first
};

}  // namespace sluice::backends::llama2c
