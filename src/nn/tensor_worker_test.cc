#include "nn/tensor_worker.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "nn/local_tensors.h"
#include "nn/testing/engine_fixture.h"
#include "nn/testing/sanitizer.h"

namespace sluice::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ModelsSettings settings() {
  return {testing::binaries() / "nn_worker", testing::binaries()};
}

TensorSource source(std::string_view bytes) {
  TensorSource made;
  made.name = "net";
  made.backend = "fake";
  made.format = "fake";
  made.parts = {bytes};
  return made;
}

sluice_nn_tensor line(const std::vector<float>& values) {
  sluice_nn_tensor tensor{};
  tensor.type = SLUICE_NN_F32;
  tensor.rank = 1;
  tensor.dims[0] = static_cast<std::int64_t>(values.size());
  tensor.data = values.data();
  tensor.bytes = values.size() * sizeof(float);
  return tensor;
}

Result<std::vector<float>> add(TensorNetwork& network, const std::vector<float>& a,
                               const std::vector<float>& b) {
  auto session = network.start();
  if (!session) return std::unexpected(session.error());
  for (const auto& [index, values] : {std::pair{0U, &a}, std::pair{1U, &b}}) {
    if (auto set = (*session)->set(index, line(*values)); !set) return std::unexpected(set.error());
  }
  if (auto computed = (*session)->compute(); !computed) return std::unexpected(computed.error());
  const auto output = (*session)->output(0);
  if (!output) return std::unexpected(output.error());
  std::vector<float> sum(output->bytes / sizeof(float));
  if (!sum.empty()) std::memcpy(sum.data(), output->data, output->bytes);
  return sum;
}

// Both ways to compute.
class Networks : public ::testing::TestWithParam<bool> {
 protected:
  static Result<std::shared_ptr<TensorNetwork>> open(std::string_view bytes) {
    return GetParam() ? open_tensor_worker(settings(), source(bytes))
                      : open_tensors(testing::binaries(), source(bytes), nullptr);
  }
};
INSTANTIATE_TEST_SUITE_P(HereAndInAWorker, Networks, ::testing::Bool());

TEST_P(Networks, TakeAndGiveTensors) {
  const auto network = open("FAKE NET add");
  ASSERT_TRUE(network) << network.error().to_string();
  ASSERT_EQ((*network)->inputs().size(), 2U);
  EXPECT_EQ((*network)->inputs()[1].name, "b");
  EXPECT_EQ(describe((*network)->outputs()[0].shape), "f32 [any]");
  EXPECT_THAT(add(**network, {1, 2, 3}, {10, 20, 30}).value(), ElementsAre(11, 22, 33));
  EXPECT_THAT(add(**network, {}, {}).value(), ElementsAre());
  const std::vector<float> large(1U << 20U, 1);
  EXPECT_EQ(add(**network, large, large).value(), std::vector<float>(1U << 20U, 2));
  EXPECT_THAT(add(**network, {1}, {1, 2}).error().why, HasSubstr("lengths differ"));
}

TEST_P(Networks, WhatIsNone) {
  EXPECT_EQ(open("").error().code, ErrorCode::corrupt);
  EXPECT_EQ(open("FAKE NET other").error().code, ErrorCode::corrupt);
}

TEST_P(Networks, TheOrderOfCallsIsTheLibrarys) {
  const auto network = open("FAKE NET add").value();
  auto session = network->start().value();
  EXPECT_EQ(session->output(0).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(session->compute().error().code, ErrorCode::invalid_input);
}

TEST_P(Networks, ManySessionsAtOnce) {
  const auto network = open("FAKE NET add").value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < 20; ++turn) {
        const std::vector<float> mine(100, static_cast<float>(i));
        EXPECT_EQ(add(*network, mine, mine).value(), std::vector<float>(100, static_cast<float>(2 * i)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(TensorWorker, HasNoWayOut) {
  for (const char* way : {"file", "write", "socket", "exec", "fork", "kill", "memory"}) {
    const std::string text = std::string("FAKE NET try:") + way;
    const auto network = open_tensor_worker(settings(), source(text));
    ASSERT_FALSE(network);
    EXPECT_THAT(network.error().why, HasSubstr("is closed")) << way;
  }
}

TEST(TensorWorker, ItsEndIsItsNetworksAlone) {
  const auto other = open_tensor_worker(settings(), source("FAKE NET add")).value();
  const auto gone = open_tensor_worker(settings(), source("FAKE NET abort"));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::unavailable);
  EXPECT_THAT(gone.error().why, HasSubstr("signal 6"));
  const auto network = open_tensor_worker(settings(), source("FAKE NET add")).value();
  EXPECT_THAT(add(*network, {1e30F}, {1}).error().why, HasSubstr("signal 6"));
  EXPECT_THAT(add(*network, {1}, {1}).error().why, HasSubstr("gone"));
  EXPECT_THAT(add(*other, {1}, {1}).value(), ElementsAre(2));
}

// Whoever asks next is told so, and lives.
TEST(TensorWorker, OneThatWasKilledBetweenTwoCalls) {
  const auto network = open_tensor_worker(settings(), source("FAKE NET add")).value();
  auto session = network->start().value();
  ASSERT_TRUE(session->set(0, line({1})));
  std::ifstream children("/proc/thread-self/children");
  pid_t worker = 0;
  ASSERT_TRUE(children >> worker);
  siginfo_t info{};
  kill(worker, SIGKILL);
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(worker), &info, WEXITED | WNOWAIT), 0);
  const auto set = session->set(1, line({1}));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::unavailable);
  EXPECT_THAT(set.error().why, HasSubstr("signal 9"));
}

TEST(TensorWorker, ANetworkThatWantsAllMemory) {
  TensorSource eater = source("FAKE NET eat");
  eater.memory_mib = 256;
  const auto network = open_tensor_worker(settings(), eater);
  ASSERT_FALSE(network);
  // The sanitizers end the process in words of their own.
  if (address_sanitizer || thread_sanitizer) return;
  EXPECT_EQ(network.error().code, ErrorCode::limit) << network.error().to_string();
}

TEST(TensorWorker, AMissingBackendSaysHowItIsInstalled) {
  TensorSource missing = source("x");
  missing.backend = "tensorflow";
  const auto network = open_tensor_worker(settings(), missing);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::not_found);
  EXPECT_THAT(network.error().todo, HasSubstr("script/bootstrap --with tensorflow"));
  EXPECT_THAT(open_tensors(testing::binaries(), missing, nullptr).error().todo,
              HasSubstr("script/bootstrap --with tensorflow"));
}

}  // namespace
}  // namespace sluice::nn
