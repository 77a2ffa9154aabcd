// A model that answers by a script, counts tokens, and refuses what does not fit its context.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"
#include "text.h"

namespace review {

class FakeModel final : public Model {
 public:
  using Script = std::function<ModelResult<ModelAnswer>(const ModelRequest&)>;

  ModelInfo info{.name = "fake", .context_tokens = 8192, .local = false};
  bool linked = true;
  std::optional<ModelError> broken;  // every call as a whole fails with it
  Script find = [](const ModelRequest&) { return says(R"({"findings": []})"); };
  Script judge = [](const ModelRequest& request) { return says(verdicts(request, 9, true)); };
  Script plan = [](const ModelRequest&) { return says(R"({"first": []})"); };
  Script merge = [](const ModelRequest&) { return says(R"({"summary": "It changes things."})"); };
  std::vector<ModelRequest> requests;
  std::vector<std::size_t> waves;  // requests of each call
  std::size_t too_long = 0;
  double tokens_of_a_byte = 0.34;

  static ModelResult<ModelAnswer> says(std::string text, ModelAnswer::End end = ModelAnswer::End::stop) {
    return ModelAnswer{.text = std::move(text),
                       .end = end,
                       .prompt_tokens = 100,
                       .answer_tokens = 10,
                       .cached_tokens = 40,
                       .cost_micros = std::nullopt};
  }

  static ModelResult<ModelAnswer> fails(ModelError::Kind kind) {
    return std::unexpected(ModelError{kind, "as scripted", 0});
  }

  // One verdict for each claim of the prompt.
  static std::string verdicts(const ModelRequest& request, int score, bool keep) {
    nlohmann::json list = nlohmann::json::array();
    const std::size_t at = request.user.find("One verdict for each of the ");
    const int count = std::stoi(request.user.substr(at + 28));
    for (int id = 1; id <= count; ++id) list.push_back({{"id", id}, {"score", score}, {"keep", keep}});
    return nlohmann::json{{"verdicts", list}}.dump();
  }

  static std::string finding(std::string_view file, std::string_view quote,
                             std::string_view why = "It breaks.") {
    return nlohmann::json{
        {"findings",
         {{{"file", file}, {"quote", quote}, {"severity", "high"}, {"why", why}, {"action", "Mend it."}}}}}
        .dump();
  }

  [[nodiscard]] std::size_t asked(std::string_view task) const {
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(),
                      [&](const ModelRequest& request) { return task_of(request) == task; }));
  }

  // The task stands after the last fence: what others wrote cannot stand there.
  static std::string task_of(const ModelRequest& request) {
    const std::size_t at = request.user.rfind(">>>\nTask ");
    EXPECT_NE(at, std::string::npos);
    const std::string rest = request.user.substr(at + 9);
    return rest.substr(0, rest.find_first_of(" ."));
  }

  [[nodiscard]] std::uint32_t tokens_in(std::string_view text) const {
    return static_cast<std::uint32_t>(static_cast<double>(text.size()) * tokens_of_a_byte) + 1;
  }

  ModelResult<std::optional<ModelInfo>> describe() override {
    if (!linked) return std::nullopt;
    if (broken) return std::unexpected(*broken);
    return info;
  }

  ModelResult<std::vector<std::uint32_t>> count_tokens(std::span<const std::string> texts) override {
    std::vector<std::uint32_t> counts;
    for (const std::string& text : texts) counts.push_back(tokens_in(text));
    return counts;
  }

  ModelResult<std::vector<ModelResult<ModelAnswer>>> complete_all(
      std::span<const ModelRequest> asked_now) override {
    waves.push_back(asked_now.size());
    if (broken) return std::unexpected(*broken);
    std::vector<ModelResult<ModelAnswer>> answers;
    for (const ModelRequest& request : asked_now) answers.push_back(answer(request));
    return answers;
  }

 private:
  ModelResult<ModelAnswer> answer(const ModelRequest& request) {
    requests.push_back(request);
    const std::uint32_t needed =
        tokens_in(request.system) + tokens_in(request.user) + request.answer_tokens_max;
    if (info.context_tokens != 0 && needed > info.context_tokens) {
      ++too_long;
      return std::unexpected(ModelError{ModelError::Kind::context_too_long, "too long", 0});
    }
    const std::string task = task_of(request);
    if (task == "FIND") return find(request);
    if (task == "JUDGE") return judge(request);
    if (task == "PLAN") return plan(request);
    EXPECT_EQ(task, "SUMMARISE");
    return merge(request);
  }
};

}  // namespace review
