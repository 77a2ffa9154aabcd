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
#include "net/turns.h"

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

Task<Result<HttpResponse>> answer_with(Error error) {
  co_return std::unexpected(std::move(error));
}

// These aren't members: the client may be gone when they go on.
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

// libcurl has limits on connections of its own, but lets connect timeouts of those who wait run.
Task<Result<HttpResponse>> take_turn(std::shared_ptr<CurlLoop> loop, std::shared_ptr<Turns> turns,
                                     HttpClientSettings settings, HttpRequest request, EgressCheck check) {
  const std::string what = fmt::format("request {} {}", request.method, request.url.origin());
  const auto begin = std::chrono::steady_clock::now();
  const Turns::Entry entry =
      co_await turns->enter(request.url.origin(), begin + request.limits.total_timeout);
  if (entry.outcome == Turns::Outcome::cancelled) {
    co_return fail(ErrorCode::cancelled, what, "it was cancelled while it waited for its turn");
  }
  const auto waited =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  request.limits.total_timeout -= waited;
  if (entry.outcome == Turns::Outcome::timeout || request.limits.total_timeout.count() <= 0) {
    co_return fail(ErrorCode::timeout, what, "too many requests to the same server are under way");
  }
  auto transfer = std::make_unique<Transfer>(std::move(request), check, settings);
  if (!transfer->ready()) co_return fail(ErrorCode::internal, what, "libcurl refused its settings");
  co_return co_await perform(std::move(loop), std::move(transfer));
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
    : loop_(std::make_shared<CurlLoop>(context)),
      turns_(std::make_shared<Turns>(settings.requests_per_origin_max)),
      settings_(std::move(settings)) {
  curl_multi_setopt(loop_->multi(), CURLMOPT_MAXCONNECTS, static_cast<long>(settings_.idle_connections_max));
}

HttpClient::~HttpClient() {
  turns_->close();
  loop_->close();
}

std::size_t HttpClient::active() const {
  return loop_->active();
}

std::size_t HttpClient::waiting() const {
  return turns_->waiting();
}

Task<Result<HttpResponse>> HttpClient::send(HttpRequest request, EgressCheck check) {
  if (auto ok = check_request(request); !ok) return answer_with(ok.error());
  return take_turn(loop_, turns_, settings_, std::move(request), check);
}

}  // namespace sluice::net
