// Requests and replies of the HTTP server, as handlers see them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"

namespace sluice::server {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// A whole request.
struct HttpCall {
  std::string method;   // as sent: GET, POST …
  std::string target;   // as sent, with the query: /hooks/app/trigger?x=1
  HttpHeaders headers;  // names in lower case, in the order sent
  std::string body;     // raw, without transfer coding
  asio::ip::tcp::endpoint peer;
  std::size_t shard = 0;     // on whose thread the handler runs
  bool takes_chunks = true;  // false: HTTP/1.0, a streamed reply ends with the connection

  // The value of the first header of this (lower-case) name; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  // The target up to the question mark.
  [[nodiscard]] std::string_view path() const;
};

// Takes the body of a streamed reply, piece by piece.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  // Returns when the kernel has taken the piece, so that a client that reads slowly slows its sender. False:
  // the client is gone, or took longer than the server's write timeout; no more can be written.
  [[nodiscard]] virtual Task<bool> write(std::string_view piece) = 0;
};

// Writes a body and returns at its end. Runs on the handler's shard and is cancelled like a handler. If it
// throws, the connection is cut, which the client can tell from a proper end.
using HttpStream = std::move_only_function<Task<void>(HttpBody&)>;

struct HttpReply {
  unsigned status = 200;
  std::string content_type = "application/json";  // empty: none is sent
  std::string body = {};
  // Besides content-type, content-length and connection, which the server writes.
  HttpHeaders headers = {};
  // Instead of `body`, of a length that isn't known before. Not for statuses without a body.
  HttpStream stream = {};
};

// A JSON reply for people and programs: {"error":{"code":CODE,"message":MESSAGE}}.
[[nodiscard]] HttpReply error_reply(unsigned status, std::string_view code, std::string_view message);

// "Not Found" for 404; "Unknown" for statuses that have no name.
[[nodiscard]] std::string_view reason_of(unsigned status);

enum class KeepAlive : bool { no, yes };

enum class Framing : std::uint8_t {
  length,  // content-length
  chunks,  // transfer-encoding: chunked
  close,   // the body ends with the connection
};

// Status line and headers as sent before the body. A reply that can't be sent as it is (a status outside 200
// to 599, a header name or value that would split) gives an empty text.
[[nodiscard]] std::string write_head(const HttpReply& reply, KeepAlive keep_alive,
                                     Framing framing = Framing::length);

// One piece of a chunked body, which isn't empty; the last one is `last_chunk`.
[[nodiscard]] std::string write_chunk(std::string_view piece);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace sluice::server
