// The stacks that guests run on. The engine ends a guest that uses more than its share of one; it cannot know
// whether the thread has as much. So whoever runs guests takes a thread that does.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>

namespace sluice::wasm {

// What a guest may use: half of what the shell allows, within bounds.
[[nodiscard]] std::size_t guest_stack_bytes();

// A thread with room for a guest and, below it, for the host's functions, whatever the shell allows.
class GuestThread {
 public:
  // Throws std::system_error: the machine gives no further thread.
  explicit GuestThread(std::function<void()> body);
  GuestThread(const GuestThread&) = delete;
  GuestThread& operator=(const GuestThread&) = delete;
  // Waits for its end.
  ~GuestThread();

 private:
  std::function<void()> body_;
  pthread_t thread_{};
};

// Runs it on the first thread's own stack if that is large enough, or else on a GuestThread. For the first
// thread alone: it is the only one whose stack is what the shell allows.
void on_guest_stack(const std::function<void()>& body);

}  // namespace sluice::wasm
