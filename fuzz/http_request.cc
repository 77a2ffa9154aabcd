// Bytes as HTTP requests on one connection: in pieces or at once they read alike, and the limits hold.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/invariant.h"
#include "server/request_parser.h"

using namespace sluice;
using namespace sluice::server;

namespace {

struct Read {
  std::vector<HttpCall> calls;
  unsigned failure = 0;  // status; 0: none
};

Read read(std::string_view bytes, std::size_t piece) {
  const ParseLimits limits{.header_bytes_max = 512, .headers_max = 16, .body_bytes_max = 1024};
  Read read;
  for (std::string buffer;;) {
    RequestParser parser(limits);
    auto progress = RequestParser::Progress::need_more;
    while (progress == RequestParser::Progress::need_more) {
      if (!buffer.empty()) {
        std::string_view left = buffer;
        progress = parser.parse(left);
        buffer.erase(0, buffer.size() - left.size());
      }
      if (progress != RequestParser::Progress::need_more) break;
      invariant(buffer.size() < limits.header_bytes_max, "what waits is limited");
      if (bytes.empty()) return read;
      const std::size_t taken = std::min(piece, bytes.size());
      buffer += bytes.substr(0, taken);
      bytes.remove_prefix(taken);
    }
    HttpCall& call = parser.call();
    invariant(call.body.size() <= limits.body_bytes_max, "the body's limit holds");
    invariant(call.headers.size() <= limits.headers_max, "the headers' limit holds");
    if (progress == RequestParser::Progress::failed) {
      read.failure = parser.failure().status;
      invariant(read.failure >= 400 && !parser.failure().message.empty(),
                "a refusal has a status and a reason");
      return read;
    }
    read.calls.push_back(std::move(call));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  const Read one = read(bytes, 1);
  const Read more = read(bytes, data[0] + 1U);
  // The limit on what waits may meet the last request in one of them alone; what came whole before is the
  // same.
  const std::size_t common = std::min(one.calls.size(), more.calls.size());
  for (std::size_t i = 0; i < common; ++i) {
    invariant(one.calls[i].method == more.calls[i].method && one.calls[i].target == more.calls[i].target,
              "requests read alike");
    invariant(one.calls[i].headers == more.calls[i].headers && one.calls[i].body == more.calls[i].body,
              "headers and bodies read alike");
  }
  return 0;
}
