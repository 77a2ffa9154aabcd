// An HTTP client for guests' requests: one for each shard, on its event loop, with nothing taken from the
// environment.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "net/address.h"
#include "net/url.h"

namespace sluice::net {

// Whether sending a request twice does no harm: then it is sent once more when a kept connection turns out
// dead.
enum class Repeat : std::uint8_t { never, harmless };

struct HttpLimits {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds total_timeout{60'000};
  // From the first byte of the answer's body on, slower than this through the whole window is a timeout; a
  // window of 0 switches it off. Until then total_timeout alone bounds the wait.
  std::size_t low_speed_bytes_per_s = 1;
  std::chrono::seconds low_speed_window{60};
  std::size_t header_bytes_max =
      64 * 1024;  // all header lines of an answer, interim ones and trailers included
  std::size_t body_bytes_max = 8 * 1024 * 1024;  // after decompression
};

class CurlLoop;
class Turns;

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";  // upper case
  Url url;
  HttpHeaders headers = {};
  std::string body = {};
  HttpLimits limits = {};
  Repeat repeat = Repeat::never;  // GET, HEAD, OPTIONS, PUT and DELETE are harmless without it
};

struct HttpResponse {
  std::uint16_t status = 0;
  // Names in lower case, in the order received. Without content-encoding and content-length where the body
  // was decompressed. Values may hold any bytes but CR, LF and NUL.
  HttpHeaders headers;
  std::string body;
};

// What a failed request means to the one who made it.
enum class HttpFailure : std::uint8_t {
  refused,      // ErrorCode::refused: an address, method or header that isn't granted; nothing was sent
  unreachable,  // unavailable: no such name, no connection, no trusted certificate, or the connection broke
  timeout,      // timeout: connect, total or low-speed
  too_large,    // limit: more header or body bytes than the limits say
  invalid,      // invalid_input: a malformed request (nothing was sent) or answer
  cancelled,    // cancelled: the coroutine was cancelled or the client closed
};
[[nodiscard]] HttpFailure http_failure(ErrorCode code);

// `refused` for headers that the host alone sets (host, connection, content-length, accept-encoding, proxy-*
// …), `invalid_input` for names and values that no header may have (CR, LF, NUL and other controls).
[[nodiscard]] Status check_header(std::string_view name, std::string_view value);

struct HttpClientSettings {
  std::string user_agent = "sluice";
  // PEM file of certificate authorities trusted besides the system's; empty: none.
  std::string extra_ca_file;
  // At once to one origin; more wait for their turn, while their total_timeout runs.
  std::size_t requests_per_origin_max = 32;
  std::size_t idle_connections_max = 32;
  std::chrono::seconds idle_timeout{60};
};

// HTTP/1.1, or HTTP/2 where TLS negotiates it. No proxy, netrc, cookies or redirects; TLS 1.2 or later,
// verified. Connections are kept and used again for the same origin; the address is checked against the
// request's EgressCheck when a socket is opened and again before each request is sent on a connection. All
// methods run on the thread of the io_context, which must outlive the client.
class HttpClient {
 public:
  HttpClient(asio::io_context& context, HttpClientSettings settings);
  // Requests under way end with `cancelled`. Not from within a request's own coroutine.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // One request and its answer; redirects are answers. Errors have the codes listed at HttpFailure and name
  // the origin, never path, query or headers. Terminal cancellation of the coroutine ends the transfer at
  // once.
  [[nodiscard]] Task<Result<HttpResponse>> send(HttpRequest request, EgressCheck check);

  // Requests under way and those that wait for their turn, for metrics and tests.
  [[nodiscard]] std::size_t active() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  std::shared_ptr<CurlLoop> loop_;
  std::shared_ptr<Turns> turns_;
  HttpClientSettings settings_;
};

}  // namespace sluice::net
