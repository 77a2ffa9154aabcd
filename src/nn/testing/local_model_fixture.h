// The engine with a real backend and the packaged models, in a worker. Needs what script/bootstrap installs.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "nn/models.h"
#include "nn/testing/sanitizer.h"

namespace sluice::nn::testing {

using namespace std::chrono_literals;

class LocalModelTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }

  // With a worker that has seen nothing.
  void start() {
    model_.reset();
    const std::filesystem::path binaries(SLUICE_BINARY_DIR);
    const auto backends = binaries / "backends";
    if (thread_sanitizer) GTEST_SKIP() << "llama.cpp is not built with ThreadSanitizer";
    ASSERT_TRUE(std::filesystem::exists(backends / "sluice-nn-ggml.so")) << "the backend was not built";
    models_.emplace(ModelsSettings{binaries / "src" / "nn" / "nn_worker", backends});
    ModelSpec spec;
    spec.name = "smollm2";
    const auto folder = std::filesystem::path(SLUICE_SOURCE_DIR) / ".deps" / "models";
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string name = file.path().filename().string();
      if (name.ends_with(".gguf") && name.starts_with("smol")) spec.path = file.path();
      if (name.ends_with(".gguf") && name.contains("ini")) embedding_ = file.path();
    }
    spec.context_tokens = 2048;
    model_ = models_->open(spec).value();
  }

  static ChatRequest chat(const std::string& text, std::uint32_t tokens) {
    ChatRequest request;
    request.messages = {{Role::system, "You are a helpful assistant.", {}, {}}, {Role::user, text, {}, {}}};
    request.options.sampling.temperature = 0;
    request.options.tokens_max = tokens;
    return request;
  }

  struct Outcome {
    std::optional<Result<Completion>> answer;
    std::size_t place = 0;  // in the order of their ends
    asio::cancellation_signal cancel;
  };
  // Keeps `at_once` requests under way until all are done. Those with a time in `cancelled` are cancelled so
  // long after they began, unless it is 0 or they have ended.
  std::list<Outcome> ask_all(const std::vector<ChatRequest>& requests, std::size_t at_once,
                             const std::vector<std::chrono::milliseconds>& cancelled = {}) {
    asio::io_context context;
    std::list<Outcome> outcomes;
    std::list<asio::steady_timer> timers;
    std::size_t next = 0;
    std::size_t ended = 0;
    std::function<void()> start = [&] {
      if (next == requests.size()) return;
      const std::size_t index = next++;
      Outcome& outcome = outcomes.emplace_back();
      const auto end = [&](std::exception_ptr, Result<Completion> answer) {
        outcome.answer = std::move(answer);
        outcome.place = ended++;
        start();
      };
      asio::co_spawn(context, model_->chat(requests[index], {std::to_string(index % 4), 0ms}),
                     asio::bind_cancellation_slot(outcome.cancel.slot(), end));
      if (index >= cancelled.size() || cancelled[index] == 0ms) return;
      timers.emplace_back(context, cancelled[index]).async_wait([&outcome](boost::system::error_code) {
        if (!outcome.answer) outcome.cancel.emit(asio::cancellation_type::terminal);
      });
    };
    for (std::size_t i = 0; i < at_once; ++i) start();
    context.run();
    return outcomes;
  }

  std::optional<Models> models_;
  std::shared_ptr<LanguageModel> model_;
  std::filesystem::path embedding_;
};

}  // namespace sluice::nn::testing
