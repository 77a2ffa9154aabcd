// Pictures for tests.
#pragma once

#include <string>

namespace sluice::backends::ggml::test {

// A PNG, without compression: `seed` says what is on it.
[[nodiscard]] std::string picture(unsigned width, unsigned height, unsigned seed);

}  // namespace sluice::backends::ggml::test
