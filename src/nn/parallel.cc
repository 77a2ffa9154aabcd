#include "nn/parallel.h"

namespace sluice::nn {

ParallelLoop::ParallelLoop(std::uint32_t helpers) {
  for (std::uint32_t i = 0; i < helpers; ++i) threads_.emplace_back([this] { help(); });
}

ParallelLoop::~ParallelLoop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ParallelLoop::run(std::size_t count, const std::function<void(std::size_t)>& body) {
  if (count < 2 || threads_.empty()) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    body_ = &body;
    count_ = count;
    next_ = 0;
    helping_ = threads_.size();
    ++round_;
  }
  begin_.notify_all();
  work();
  std::unique_lock lock(mutex_);
  end_.wait(lock, [this] { return helping_ == 0; });
}

void ParallelLoop::work() {
  for (std::size_t i = next_++; i < count_; i = next_++) (*body_)(i);
}

void ParallelLoop::help() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    begin_.wait(lock, [&] { return stop_ || round_ != seen; });
    if (stop_) return;
    seen = round_;
    lock.unlock();
    work();
    lock.lock();
    if (--helping_ == 0) end_.notify_one();
  }
}

}  // namespace sluice::nn
