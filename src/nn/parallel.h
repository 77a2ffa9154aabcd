// Threads that share out the steps of a loop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::nn {

class ParallelLoop {
 public:
  // `helpers` threads besides the caller's.
  explicit ParallelLoop(std::uint32_t helpers);
  ~ParallelLoop();
  ParallelLoop(const ParallelLoop&) = delete;
  ParallelLoop& operator=(const ParallelLoop&) = delete;

  // Calls `body` with 0 … count-1, in any order and at the same time; returns when all are done. `body` does
  // not throw. One thread at a time.
  void run(std::size_t count, const std::function<void(std::size_t)>& body);

 private:
  void help();
  void work();

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable end_;
  std::uint64_t round_ = 0;
  std::size_t helping_ = 0;
  bool stop_ = false;
  const std::function<void(std::size_t)>* body_ = nullptr;
  std::size_t count_ = 0;
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> threads_;
};

}  // namespace sluice::nn
