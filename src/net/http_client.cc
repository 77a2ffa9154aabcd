#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/curl_loop.h"
#include "net/transfer.h"

namespace sluice::net {

namespace {

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

Status check_request(const HttpRequest& request) {
  const auto what = [&] { return fmt::format("request {}", request.url.origin()); };
  if (!is_method(request.method)) {
    return fail(ErrorCode::invalid_input, what(), "the method is not a word in upper case",
                "write GET, POST …");
  }
  // They ask for a tunnel, or for the request (with its secrets) to be sent back.
  if (request.method == "CONNECT" || request.method == "TRACE" || request.method == "TRACK") {
    return fail(ErrorCode::refused, what(), fmt::format("the method {} is never sent", request.method));
  }
  if (!request.body.empty() && request.method == "HEAD") {
    return fail(ErrorCode::invalid_input, what(), "a HEAD request has no body");
  }
  for (const auto& [name, value] : request.headers) {
    if (auto ok = check_header(name, value); !ok) return ok;
  }
  return {};
}

// Not a member: the client may be gone when the transfer ends.
Task<Result<HttpResponse>> perform(std::shared_ptr<CurlLoop> loop, std::unique_ptr<Transfer> transfer) {
  asio::steady_timer ended(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  Transfer* const raw = transfer.get();
  loop->add(raw->easy(), [raw, &ended](CURLcode code) {
    raw->finish(code);
    ended.cancel();
  });
  // Destroying the frame, cancellation and exceptions all end the transfer before what it refers to goes.
  struct Removal {
    CurlLoop& loop;
    CURL* easy;
    ~Removal() { loop.remove(easy); }
  };
  const Removal removal{*loop, raw->easy()};
  // The error says `aborted` in every case; whether the transfer has ended says why.
  static_cast<void>(co_await ended.async_wait(asio::as_tuple(asio::use_awaitable)));
  co_return raw->take_result();
}

}  // namespace

HttpFailure http_failure(ErrorCode code) {
  switch (code) {
    case ErrorCode::refused:
      return HttpFailure::refused;
    case ErrorCode::timeout:
      return HttpFailure::timeout;
    case ErrorCode::limit:
      return HttpFailure::too_large;
    case ErrorCode::invalid_input:
      return HttpFailure::invalid;
    case ErrorCode::cancelled:
      return HttpFailure::cancelled;
    default:
      return HttpFailure::unreachable;
  }
}

HttpClient::HttpClient(asio::io_context& context, HttpClientSettings settings)
    : loop_(std::make_shared<CurlLoop>(context)), settings_(std::move(settings)) {
  CURLM* const multi = loop_->multi();
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(settings_.connections_max));
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(settings_.connections_per_host_max));
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(settings_.idle_connections_max));
}

HttpClient::~HttpClient() {
  loop_->close();
}

std::size_t HttpClient::active() const {
  return loop_->active();
}

Task<Result<HttpResponse>> HttpClient::send(HttpRequest request, EgressCheck check) {
  if (auto ok = check_request(request); !ok) co_return std::unexpected(ok.error());
  auto transfer = std::make_unique<Transfer>(std::move(request), check, settings_);
  if (!transfer->ready()) {
    co_return fail(ErrorCode::internal, "request", "libcurl refused its settings");
  }
  auto loop = loop_;
  co_return co_await perform(std::move(loop), std::move(transfer));
}

}  // namespace sluice::net
