// What tests can't do under sanitizers. ThreadSanitizer: watch libraries that were not built with it, and
// live within limits of memory. AddressSanitizer: give memory back at once.
#pragma once

namespace sluice::nn {

#ifdef __has_feature
inline constexpr bool thread_sanitizer = __has_feature(thread_sanitizer);
inline constexpr bool address_sanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool thread_sanitizer = false;
inline constexpr bool address_sanitizer = false;
#endif

}  // namespace sluice::nn
