// What takes the place of parts of the C and C++ runtime, so that guests are smaller and faster.
#include <stddef.h>
#include <stdint.h>

// Debian 12's wasi-libc lacks these two, and its compiler runtime wants them.
uintptr_t __stack_chk_guard = 0x5c1ce5ed;
_Noreturn void __stack_chk_fail(void) {
  __builtin_trap();
}

// Where libc++ and libc++abi end a program with a message (std::__libcpp_verbose_abort is the first): theirs
// print it through stdio, and with that 14 KB of it come into every guest.
_Noreturn void verbose_abort(const char* format, ...) __asm__("_ZNSt3__222__libcpp_verbose_abortEPKcz");
_Noreturn void verbose_abort(const char* format, ...) {
  (void)format;
  __builtin_trap();
}

_Noreturn void __abort_message(const char* format, ...) {
  (void)format;
  __builtin_trap();
}

// One instruction of the engine each, instead of wasi-libc's loops.
void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  __asm__("local.get %0\n local.get %1\n local.get %2\n memory.copy 0, 0" ::"r"(to), "r"(from), "r"(size)
          : "memory");
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  __asm__("local.get %0\n local.get %1\n local.get %2\n memory.copy 0, 0" ::"r"(to), "r"(from), "r"(size)
          : "memory");
  return to;
}

void* memset(void* to, int byte, size_t size) {
  __asm__("local.get %0\n local.get %1\n local.get %2\n memory.fill 0" ::"r"(to), "r"(byte), "r"(size)
          : "memory");
  return to;
}
