// Runs requests of an HttpClient on the test's own thread.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/egress.h"
#include "net/http_client.h"

namespace sluice::net {

inline EgressCheck check_for(const std::string& rule) {
  const auto parsed = parse_egress_rule(rule);
  EXPECT_TRUE(parsed) << rule;
  return EgressCheck(*parsed);
}

class ClientTest : public testing::Test {
 protected:
  struct Pending {
    std::optional<Result<HttpResponse>> result;
    std::exception_ptr exception;
    asio::cancellation_signal cancel;
  };

  static HttpRequest request(const std::string& url, std::string method = "GET") {
    auto parsed = parse_url(url);
    EXPECT_TRUE(parsed) << url;
    HttpRequest request{.url = *std::move(parsed)};
    request.method = std::move(method);
    request.limits.total_timeout = std::chrono::seconds(60);
    return request;
  }

  std::shared_ptr<Pending> start(HttpRequest request, EgressCheck check) {
    auto pending = std::make_shared<Pending>();
    auto task = client_->send(std::move(request), check);
    asio::co_spawn(
        *context_, std::move(task),
        asio::bind_cancellation_slot(pending->cancel.slot(),
                                     [pending](std::exception_ptr exception, Result<HttpResponse> result) {
                                       pending->exception = exception;
                                       pending->result = std::move(result);
                                     }));
    return pending;
  }

  Result<HttpResponse> wait(const std::shared_ptr<Pending>& pending) {
    while (!pending->result) {
      context_->restart();
      context_->run_one();
    }
    if (pending->exception) std::rethrow_exception(pending->exception);
    const auto& result = *pending->result;
    if (!result) {
      EXPECT_NE(result.error().code, ErrorCode::internal) << result.error().to_string();
    }
    return *std::move(pending->result);
  }

  // With the check of a rule that grants the loopback address literally.
  Result<HttpResponse> send(HttpRequest request) {
    return wait(start(std::move(request), check_for("http://127.0.0.1")));
  }
  Result<HttpResponse> get(const std::string& url) { return send(request(url)); }

  std::optional<asio::io_context> context_{std::in_place, 1};
  std::unique_ptr<HttpClient> client_ = std::make_unique<HttpClient>(*context_, HttpClientSettings{});
};

}  // namespace sluice::net
