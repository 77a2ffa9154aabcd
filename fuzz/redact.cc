// Any text with any secret in it: what comes out holds the secret no more, and is otherwise the same.
#include "gate/redact.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/invariant.h"

using namespace sluice;
using namespace sluice::gate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t secret_size = secret_bytes_min + data[0] % 64;
  if (size < 1 + secret_size) return 0;
  const char* begin = reinterpret_cast<const char*>(data) + 1;
  const SecretText secret{WipedBytes{begin, begin + secret_size}};
  const std::array named = {Redactor::Named{"s", &secret}};
  const Redactor redactor{named};

  const std::string text{begin + secret_size, size - 1 - secret_size};
  const std::string clean = redactor.cut(text);
  invariant(redactor.finds(text) == (clean != text) || clean == "[secret:s]", "found is cut");
  const std::string around = redactor.cut(text + std::string{secret.reveal()} + text);
  invariant(around.find("[secret:s]") != std::string::npos, "the secret is cut wherever it stands");
  return 0;
}
