#include "workers.h"

#include <algorithm>
#include <system_error>

namespace sluice::backends::llama2c {

Workers::Workers(std::size_t count) {
  threads_.reserve(std::max<std::size_t>(count, 1) - 1);
  try {
    for (std::size_t part = 1; part < count; ++part) threads_.emplace_back([this, part] { serve(part); });
  } catch (const std::system_error&) {
    // The system has no more of them: fewer will do.
    return;
  }
}

Workers::~Workers() {
  work_ = nullptr;
  ++round_;
  round_.notify_all();
}

void Workers::run(std::size_t parts, const std::function<void(std::size_t)>& work) {
  if (parts > 1) {
    work_ = &work;
    parts_ = parts;
    pending_ = threads_.size();
    ++round_;
    round_.notify_all();
  }
  work(0);
  if (parts <= 1) return;
  for (std::size_t left = pending_; left > 0; left = pending_) pending_.wait(left);
}

void Workers::serve(std::size_t part) {
  std::uint64_t seen = 0;
  while (true) {
    round_.wait(seen);
    // Rounds do not pass by: each waits for all threads.
    ++seen;
    if (work_ == nullptr) return;
    if (part < parts_) (*work_)(part);
    if (--pending_ == 0) pending_.notify_one();
  }
}

}  // namespace sluice::backends::llama2c
