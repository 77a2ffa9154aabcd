#include "wasm/code_identity.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace sluice::wasm {

std::string cpu_features() {
  std::string text;
  const auto add = [&](unsigned value) { text += std::to_string(value) + ","; };
#if defined(__x86_64__)
  for (const unsigned leaf : {1U, 7U, 0x8000'0001U}) {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    __get_cpuid_count(leaf, 0, &a, &b, &c, &d);
    // Leaf 1's EBX holds the number of the core that asks.
    add(a), add(leaf == 1 ? 0 : b), add(c & ~(1U << 27)), add(d);
  }
#elif defined(__aarch64__)
  add(static_cast<unsigned>(getauxval(AT_HWCAP)));
  add(static_cast<unsigned>(getauxval(AT_HWCAP2)));
#endif
  return text;
}

}  // namespace sluice::wasm
