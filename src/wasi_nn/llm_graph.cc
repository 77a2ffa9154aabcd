#include "wasi_nn/llm_graph.h"

#include <utility>

#include "wasi_nn/llm_execution.h"

namespace sluice::wasi_nn {

namespace {

class LlmGraph : public Graph {
 public:
  LlmGraph(std::shared_ptr<Language> language, Tell tell)
      : language_(std::move(language)), tell_(std::move(tell)) {}

  Errno configure(std::string_view json) override { return options_.merge(json, tell_); }
  Errno load() override { return LlmExecution(language_, options_, tell_, nullptr).open(); }
  Errno start(const Print& print, std::unique_ptr<Execution>& execution) override {
    execution = std::make_unique<LlmExecution>(language_, options_, tell_, print);
    return Errno::success;
  }

 private:
  std::shared_ptr<Language> language_;
  Tell tell_;
  LlmOptions options_;
};

}  // namespace

std::unique_ptr<Graph> make_llm_graph(std::shared_ptr<Language> language, Tell tell) {
  return std::make_unique<LlmGraph>(std::move(language), std::move(tell));
}

}  // namespace sluice::wasi_nn
