#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/client_fixture_test.h"
#include "net/http_client.h"
#include "net/loopback_server_test.h"

namespace sluice::net {
namespace {

// One request at a time to an origin.
class TurnsTest : public ClientTest {
 protected:
  TurnsTest() {
    HttpClientSettings settings;
    settings.requests_per_origin_max = 1;
    client_ = std::make_unique<HttpClient>(*context_, settings);
  }
};

TEST_F(TurnsTest, WaitingDoesNotCountAsConnecting) {
  std::vector<std::string> order;
  const LoopbackServer server([&](LoopbackPeer& peer) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      order.push_back(request.substr(0, 6));
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      peer.write(ok_answer);
    }
  });
  std::vector<std::shared_ptr<Pending>> pending;
  for (const char* path : {"/0", "/1", "/2"}) {
    HttpRequest sent = request(server.url(path));
    sent.limits.connect_timeout = std::chrono::milliseconds(250);
    pending.push_back(start(std::move(sent), check_for("http://127.0.0.1")));
  }
  for (auto& one : pending) {
    const auto answer = wait(one);
    EXPECT_TRUE(answer) << answer.error().to_string();
  }
  EXPECT_EQ(order, (std::vector<std::string>{"GET /0", "GET /1", "GET /2"}));
}

TEST_F(TurnsTest, OtherOriginsDoNotWait) {
  Recorder recorder;
  const LoopbackServer stuck([](LoopbackPeer& peer) { peer.wait_for_close(); });
  const LoopbackServer server(recorder.script());
  const auto first = start(request(stuck.url()), check_for("http://127.0.0.1"));
  EXPECT_TRUE(get(server.url()));
  EXPECT_FALSE(first->result.has_value());
}

TEST_F(TurnsTest, WaitersGoInEveryWay) {
  const LoopbackServer server([](LoopbackPeer& peer) { peer.wait_for_close(); });
  const auto check = check_for("http://127.0.0.1");
  const auto first = start(request(server.url()), check);
  HttpRequest hasty = request(server.url());
  hasty.limits.total_timeout = std::chrono::milliseconds(50);
  const auto late = wait(start(std::move(hasty), check));
  ASSERT_FALSE(late);
  EXPECT_EQ(http_failure(late.error().code), HttpFailure::timeout);

  const auto second = start(request(server.url()), check);
  const auto third = start(request(server.url()), check);
  const auto fourth = start(request(server.url()), check);
  context_->restart();
  context_->poll();
  EXPECT_EQ(client_->waiting(), 3U);
  second->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(http_failure(wait(second).error().code), HttpFailure::cancelled);
  EXPECT_EQ(client_->waiting(), 2U);
  EXPECT_EQ(client_->active(), 1U);
  first->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_FALSE(wait(first));
  while (client_->active() == 0) context_->poll(), context_->restart();
  EXPECT_EQ(client_->waiting(), 1U);
  client_.reset();
  EXPECT_EQ(http_failure(wait(third).error().code), HttpFailure::cancelled);
  EXPECT_EQ(http_failure(wait(fourth).error().code), HttpFailure::cancelled);
}

TEST_F(TurnsTest, DestroyingTheLoopFreesThoseWhoWait) {
  const LoopbackServer server([](LoopbackPeer& peer) { peer.wait_for_close(); });
  std::vector<std::weak_ptr<Pending>> pending;
  for (int i = 0; i < 4; ++i) pending.push_back(start(request(server.url()), check_for("http://127.0.0.1")));
  while (client_->waiting() < 3) context_->poll(), context_->restart();
  client_.reset();
  context_.reset();
  for (const auto& one : pending) EXPECT_TRUE(one.expired());
}

}  // namespace
}  // namespace sluice::net
