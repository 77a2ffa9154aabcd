// An engine with the fake model, in the test's own process.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "nn/engine.h"
#include "nn/loaded_model.h"
#include "nn/plugin.h"

namespace sluice::nn::testing {

inline std::filesystem::path binaries() {
  return std::filesystem::path(SLUICE_BINARY_DIR) / "src" / "nn";
}

// A file of a fake model.
inline std::filesystem::path fake_model(const std::string& name, const std::string& words) {
  const auto path =
      std::filesystem::temp_directory_path() / ("sluice-" + std::to_string(getpid()) + "-" + name);
  std::ofstream(path) << "FAKE MODEL " << words;
  return path;
}

struct Outcome {
  std::string deltas;
  std::vector<Delta> all_deltas;
  std::optional<Completion> completion;
  std::optional<Embedded> embedded;
  std::optional<std::vector<std::uint32_t>> counts;
  std::optional<Error> error;
  int endings = 0;
};

class EngineTest : public ::testing::Test {
 protected:
  void open(OpenMessage message = {}, const std::string& words = "") {
    const auto llm = load_plugin(binaries() / "sluice-nn-fake.so", nullptr);
    ASSERT_TRUE(llm) << llm.error().to_string();
    message.name = "fake";
    message.path = fake_model("engine", words);
    if (message.queue_max == 0) message.queue_max = 1024;
    auto model = LoadedModel::open(**llm, message, {message.path, message.projector, 0});
    ASSERT_TRUE(model) << model.error().to_string();
    model_.emplace(std::move(*model));
    auto engine = Engine::start(*model_, [this](FromWorker got) { take(std::move(got)); });
    ASSERT_TRUE(engine) << engine.error().to_string();
    engine_ = std::move(*engine);
  }
  void TearDown() override { engine_.reset(); }

  RequestId generate(const std::string& prompt, GenerateOptions options = {}, const std::string& owner = "") {
    if (!options.sampling.temperature) options.sampling.temperature = 0;
    const RequestId id = ++last_;
    engine_->submit(GenerateMessage{{id, owner, true}, {prompt, {}, std::move(options)}});
    return id;
  }

  Outcome wait(RequestId id) {
    std::unique_lock lock(mutex_);
    const bool ended =
        changed_.wait_for(lock, std::chrono::seconds(60), [&] { return outcomes_[id].endings > 0; });
    EXPECT_TRUE(ended) << "request " << id << " has no end";
    return outcomes_[id];
  }
  std::vector<RequestId> order() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  std::optional<LoadedModel> model_;
  std::unique_ptr<Engine> engine_;
  RequestId last_ = 0;

 private:
  void take(FromWorker message) {
    const std::lock_guard lock(mutex_);
    const auto end = [&](RequestId id) -> Outcome& {
      ended_.push_back(id);
      ++outcomes_[id].endings;
      return outcomes_[id];
    };
    if (auto* delta = std::get_if<DeltaMessage>(&message)) {
      outcomes_[delta->id].deltas += delta->delta.content;
      outcomes_[delta->id].all_deltas.push_back(std::move(delta->delta));
    } else if (auto* done = std::get_if<DoneMessage>(&message)) {
      end(done->id).completion = std::move(done->completion);
    } else if (auto* embedded = std::get_if<EmbeddedMessage>(&message)) {
      end(embedded->id).embedded = std::move(embedded->embedded);
    } else if (auto* counted = std::get_if<CountedMessage>(&message)) {
      end(counted->id).counts = std::move(counted->counts);
    } else if (auto* failed = std::get_if<FailedMessage>(&message)) {
      end(failed->id).error = std::move(failed->error);
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<RequestId, Outcome> outcomes_;
  std::vector<RequestId> ended_;
};

}  // namespace sluice::nn::testing
