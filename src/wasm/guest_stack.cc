#include "wasm/guest_stack.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <system_error>

namespace sluice::wasm {

namespace {

constexpr std::size_t guest_bytes_max = 4U << 20;
constexpr std::size_t guest_bytes_min = 128U << 10;
// Libraries for neural networks compute there, too.
constexpr std::size_t host_bytes = 4U << 20;
// Half of it is the host's: enough to compile, and to call what is not a library for neural networks.
constexpr std::size_t first_stack_bytes_min = 2U << 20;

std::size_t allowed_bytes() {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return limit.rlim_cur;
}

void* call(void* body) {
  (*static_cast<std::function<void()>*>(body))();
  return nullptr;
}

}  // namespace

std::size_t guest_stack_bytes() {
  return std::clamp(allowed_bytes() / 2, guest_bytes_min, guest_bytes_max);
}

GuestThread::GuestThread(std::function<void()> body) : body_(std::move(body)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, guest_stack_bytes() + host_bytes);
  const int error = pthread_create(&thread_, &attributes, call, &body_);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category());
}

GuestThread::~GuestThread() {
  pthread_join(thread_, nullptr);
}

void on_guest_stack(const std::function<void()>& body) {
  if (allowed_bytes() >= first_stack_bytes_min) return body();
  std::exception_ptr failed;
  {
    const GuestThread thread([&] {
      try {
        body();
      } catch (...) {
        failed = std::current_exception();
      }
    });
  }
  if (failed) std::rethrow_exception(failed);
}

}  // namespace sluice::wasm
