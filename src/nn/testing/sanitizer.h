// What tests can't do under ThreadSanitizer: watch libraries that were not built with it, and live within
// limits of memory.
#pragma once

namespace sluice::nn {

#ifdef __has_feature
inline constexpr bool thread_sanitizer = __has_feature(thread_sanitizer);
#else
inline constexpr bool thread_sanitizer = false;
#endif

}  // namespace sluice::nn
