// Runs requests of an HttpClient on the test's own thread.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/egress.h"
#include "net/http_client.h"
#include "net/loopback_server_test.h"

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

inline constexpr std::string_view ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request on a connection with the same bytes and keeps what was asked.
class Recorder {
 public:
  explicit Recorder(std::string_view answer = ok_answer) : answer_(answer) {}

  LoopbackServer::Script script() {
    return [this](LoopbackPeer& peer) {
      for (std::string request; !(request = peer.read_request()).empty();) {
        {
          const std::scoped_lock lock(mutex_);
          requests_.push_back(std::move(request));
        }
        if (!peer.write(answer_)) return;
      }
    };
  }

  std::vector<std::string> requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  std::string answer_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
};

}  // namespace sluice::net
