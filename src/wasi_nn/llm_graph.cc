#include "wasi_nn/llm_graph.h"

#include <utility>

#include "wasi_nn/llm_execution.h"

namespace sluice::wasi_nn {

namespace {

class LlmGraph : public Graph {
 public:
  LlmGraph(std::shared_ptr<Language> language, Tell tell)
      : language_(std::move(language)), tell_(std::move(tell)) {}

  Errno configure(std::string_view json) override {
    LlmOptions next = options_;
    if (const Errno number = next.merge(json, tell_); number != Errno::success) return number;
    const bool is_other = is_loaded_ && !next.same_model_as(options_);
    if (const Errno number = is_other ? open(next) : Errno::success; number != Errno::success) return number;
    options_ = std::move(next);
    return Errno::success;
  }
  Errno load() override {
    const Errno number = open(options_);
    is_loaded_ = number == Errno::success;
    return number;
  }
  Errno start(const Print& print, std::unique_ptr<Execution>& execution) override {
    execution = std::make_unique<LlmExecution>(language_, options_, tell_, print);
    return Errno::success;
  }

 private:
  [[nodiscard]] Errno open(const LlmOptions& options) const {
    return LlmExecution(language_, options, tell_, nullptr).open();
  }

  std::shared_ptr<Language> language_;
  Tell tell_;
  LlmOptions options_;
  bool is_loaded_ = false;
};

}  // namespace

std::unique_ptr<Graph> make_llm_graph(std::shared_ptr<Language> language, Tell tell) {
  return std::make_unique<LlmGraph>(std::move(language), std::move(tell));
}

}  // namespace sluice::wasi_nn
