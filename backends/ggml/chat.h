// Chat templates: from messages to a prompt, and from an answer to a message.
#pragma once

#include <llama.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/result.h"
#include "forged_names.h"
#include "plain_tools.h"

struct common_chat_templates;
struct common_chat_templates_inputs;

namespace sluice::backends::ggml {

class ChatTemplates {
 public:
  // Those in the model's file; none if it has none, or one that can't be understood.
  static ChatTemplates of(const llama_model* model);

  [[nodiscard]] bool present() const { return templates_ != nullptr; }
  // Both: JSON in, JSON out; see the header of plug-ins.
  [[nodiscard]] Result<std::string> prepare(std::string_view request) const;
  [[nodiscard]] static Result<std::string> parse(std::string_view parser, std::string_view text,
                                                 bool partial);

 private:
  struct Free {
    void operator()(common_chat_templates* templates) const;
  };
  [[nodiscard]] Result<std::string> apply(const nlohmann::ordered_json& request, ToolUse use,
                                          const std::string& grammar, bool plain_calls) const;
  [[nodiscard]] Result<SpecialNames::Read> with_plain_names(const nlohmann::ordered_json& request,
                                                            const common_chat_templates_inputs& inputs) const;

  std::unique_ptr<common_chat_templates, Free> templates_;
  const llama_vocab* vocab_ = nullptr;
  SpecialNames names_;
  std::string source_;  // the template's text
  // Answers of such a model may begin with its thoughts.
  bool reasons_ = false;
  // The template has a place for tools, their calls and their results. For others see plain_tools.h.
  bool knows_tools_ = false;
  std::string problem_ = "the model has no chat template";
};

}  // namespace sluice::backends::ggml
