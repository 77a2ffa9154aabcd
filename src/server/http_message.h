// Requests and replies of the HTTP server, as handlers see them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
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
  std::size_t shard = 0;  // on whose thread the handler runs

  // The value of the first header of this (lower-case) name; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  // The target up to the question mark.
  [[nodiscard]] std::string_view path() const;
};

struct HttpReply {
  unsigned status = 200;
  std::string content_type = "application/json";  // empty: none is sent
  std::string body = {};
  // Besides content-type, content-length and connection, which the server writes.
  HttpHeaders headers = {};
};

// A JSON reply for people and programs: {"error":{"code":CODE,"message":MESSAGE}}.
[[nodiscard]] HttpReply error_reply(unsigned status, std::string_view code, std::string_view message);

// "Not Found" for 404; "Unknown" for statuses that have no name.
[[nodiscard]] std::string_view reason_of(unsigned status);

enum class KeepAlive : bool { no, yes };

// Status line and headers as sent before the body. A reply that can't be sent as it is (a status outside 200
// to 599, a header name or value that would split) gives an empty text.
[[nodiscard]] std::string write_head(const HttpReply& reply, KeepAlive keep_alive);

}  // namespace sluice::server
