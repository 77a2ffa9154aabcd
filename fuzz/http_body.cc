// Bytes as a gzip body: in pieces or whole they decode alike, and never to more than the limit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/invariant.h"
#include "net/gunzip.h"

using namespace sluice;
using namespace sluice::net;

namespace {

constexpr std::size_t bytes_max = 64 * 1024;

struct Decoded {
  Status status;
  std::string out;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
  Decoded decoded;
  Gunzip gunzip(bytes_max);
  while (!bytes.empty() && decoded.status) {
    const std::size_t taken = std::min(piece, bytes.size());
    decoded.status = gunzip.write(bytes.substr(0, taken), decoded.out);
    bytes.remove_prefix(taken);
  }
  if (decoded.status) decoded.status = gunzip.finish();
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  const Decoded whole = decode(bytes, std::max<std::size_t>(bytes.size(), 1));
  const Decoded pieces = decode(bytes, data[0] % 64U + 1U);
  invariant(whole.out.size() <= bytes_max && pieces.out.size() <= bytes_max, "the limit holds");
  invariant(whole.status.has_value() == pieces.status.has_value(), "pieces and whole agree");
  invariant(!whole.status || whole.out == pieces.out, "pieces and whole decode alike");
  return 0;
}
