// A chat as the body of a request.
//
// JSON: the API has no such form of an answer on all of its models, but all of them can be made to use one
// tool. So an answer in JSON is asked for as the input of a tool, which the model must use: the schema is the
// tool's.
#pragma once

#include <string>

#include "anthropic.h"
#include "chat.h"
#include "problem.h"

namespace anthropic {

// How an answer in JSON comes.
struct JsonAnswer {
  // Of the tool that takes the answer; empty: the answer is text.
  std::string tool;
  // The tool's input is `{"answer": …}`, because the schema is not one of an object.
  bool wrapped = false;
};

[[nodiscard]] JsonAnswer json_answer_of(const llm::Options& options);

[[nodiscard]] llm::Outcome<std::string> messages_body(const llm::Request& request,
                                                      const AnthropicSettings& settings);

}  // namespace anthropic
