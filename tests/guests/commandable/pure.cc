// Commands that need nothing of the host.
#include <cstdlib>

#include "command.h"

namespace commandable {
namespace {

Answer return_text(const Json& command) {
  return done(text_of(command, "text"));
}

Answer fail_retry(const Json& command) {
  return {Kind::retry, text_of(command, "text", "told to retry")};
}

Answer fail_reject(const Json& command) {
  return {Kind::reject, text_of(command, "text", "told to reject")};
}

// {"bytes": N, "block": 65536}: allocates N bytes in blocks, writes to every page of them and keeps them.
Answer allocate(const Json& command) {
  const std::uint64_t wanted = number_of(command, "bytes", UINT64_MAX);
  const auto block = static_cast<std::size_t>(number_of(command, "block", 65536));
  std::uint64_t got = 0;
  while (got < wanted) {
    auto* memory = static_cast<volatile char*>(std::malloc(block));
    if (memory == nullptr) break;
    for (std::size_t i = 0; i < block; i += 4096) memory[i] = 1;
    got += block;
  }
  return done(Json{{"allocated", got}, {"refused", got < wanted}});
}

// {"iterations": N}: without N, for ever.
Answer spin(const Json& command) {
  const std::uint64_t iterations = number_of(command, "iterations", UINT64_MAX);
  volatile std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < iterations; ++i) sum = sum + i;
  return done(Json{{"sum", static_cast<std::uint64_t>(sum)}});
}

// {"how": "unreachable" | "abort" | "divide" | "bounds"}
Answer trap(const Json& command) {
  const std::string how = text_of(command, "how", "unreachable");
  volatile std::uint32_t zero = 0;
  volatile std::uint32_t number = 7;
  if (how == "abort") std::abort();
  if (how == "divide") return done(Json{{"quotient", number / zero}});
  if (how == "bounds") {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): beyond any memory that a guest has, on purpose
    return done(Json{{"read", *reinterpret_cast<volatile std::uint32_t*>(0xfffffff0u - zero)}});
  }
  __builtin_trap();
}

// Neither a tail call nor a loop: each level needs its frame after the call.
[[gnu::noinline]] std::uint64_t descend(std::uint64_t levels) {
  volatile char frame[64];
  frame[levels % sizeof frame] = static_cast<char>(levels);
  if (levels == 0) return 0;
  const std::uint64_t below = descend(levels - 1);
  return below + 1 + (frame[levels % sizeof frame] != static_cast<char>(levels));
}

// {"levels": N}: without N, until the stack ends.
Answer recurse(const Json& command) {
  return done(Json{{"levels", descend(number_of(command, "levels", UINT64_MAX))}});
}

// {"bytes": N}: that many `x`.
Answer big_result(const Json& command) {
  return done(std::string(static_cast<std::size_t>(number_of(command, "bytes", 1 << 20)), 'x'));
}

Answer bad_utf8(const Json&) {
  return done(std::string("not \xff\xfe UTF-8"));
}

// {"hex": "…"}: how often these bytes stand in the guest's memory. They are compared without being put
// together, so that the search does not find itself.
Answer search_memory(const Json& command) {
  const std::string hex = text_of(command, "hex");
  if (hex.empty() || hex.size() % 2 != 0) return reject("search-memory: `hex` must be pairs of hex digits");
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  const auto wanted = [&](std::size_t i) {
    return static_cast<char>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
  };
  const std::size_t size = hex.size() / 2;
  const std::size_t end = __builtin_wasm_memory_size(0) * std::size_t{65536};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): linear memory begins at 0
  const auto* memory = reinterpret_cast<const volatile char*>(std::uintptr_t{0});
  std::uint64_t found = 0;
  for (std::size_t at = 1; at + size <= end; ++at) {
    std::size_t matched = 0;
    while (matched < size && memory[at + matched] == wanted(matched)) ++matched;
    if (matched == size) ++found;
  }
  return done(Json{{"found", found}, {"searched", end}});
}

}  // namespace

Run find_pure(std::string_view name) {
  if (name == "return" || name == "echo") return return_text;
  if (name == "fail-retry") return fail_retry;
  if (name == "fail-reject") return fail_reject;
  if (name == "allocate") return allocate;
  if (name == "spin") return spin;
  if (name == "trap") return trap;
  if (name == "recurse") return recurse;
  if (name == "big-result") return big_result;
  if (name == "bad-utf8") return bad_utf8;
  if (name == "search-memory") return search_memory;
  return nullptr;
}

}  // namespace commandable
