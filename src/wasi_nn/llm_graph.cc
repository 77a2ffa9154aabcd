#include "wasi_nn/llm_graph.h"

#include <utility>

#include "wasi_nn/llm_execution.h"

namespace sluice::wasi_nn {

namespace {

class LlmGraph : public Graph {
 public:
  LlmGraph(OpenLlm open, Tell tell) : open_(std::move(open)), tell_(std::move(tell)) {}

  Errno configure(std::string_view json) override { return options_.merge(json, tell_); }
  Errno load() override { return LlmExecution(open_, options_, tell_).open(); }
  Errno start(std::unique_ptr<Execution>& execution) override {
    execution = std::make_unique<LlmExecution>(open_, options_, tell_);
    return Errno::success;
  }

 private:
  OpenLlm open_;
  Tell tell_;
  LlmOptions options_;
};

}  // namespace

std::unique_ptr<Graph> make_llm_graph(OpenLlm open, Tell tell) {
  return std::make_unique<LlmGraph>(std::move(open), std::move(tell));
}

}  // namespace sluice::wasi_nn
