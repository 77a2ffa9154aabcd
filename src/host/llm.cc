#include "host/llm.h"

#include <utility>

#include "base/side_by_side.h"
#include "host/llm_types.h"
#include "host/llm_values.h"

namespace sluice::host {

namespace {

// The guest's result, or the run's end where that is due.
Result<Value> answer(const Error& error) {
  if (error.code == ErrorCode::cancelled) return std::unexpected(error);
  return llm_error(error);
}

Result<Value> completed(Result<nn::Completion> completion, const std::string& name) {
  if (!completion) return answer(completion.error());
  completion->model = name;
  return Value::ok(completion_value(std::move(*completion)));
}

Result<std::optional<Value>> as_answer(Result<Value> value) {
  if (!value) return std::unexpected(std::move(value.error()));
  return std::optional<Value>(std::move(*value));
}

Status check_count(std::size_t count, std::uint64_t most, std::string_view what, std::string_view limit) {
  if (count <= most) return {};
  return fail(ErrorCode::limit, "ask a model",
              std::to_string(count) + " " + std::string(what) + " in one call; at most " +
                  std::to_string(most) + " (limit " + std::string(limit) + ")",
              "ask in several calls");
}

}  // namespace

ModelProvider::ModelProvider(std::string name, std::shared_ptr<nn::LanguageModel> model, InterfaceType type)
    : name_(std::move(name)), model_(std::move(model)), label_("model " + name_), type_(std::move(type)) {}

std::unique_ptr<gate::Provider> ModelProvider::make(std::string_view interface, std::string name,
                                                    std::shared_ptr<nn::LanguageModel> model) {
  if (interface == "sluice:llm/chat")
    return std::make_unique<ChatProvider>(std::move(name), std::move(model));
  if (interface == "sluice:llm/embeddings")
    return std::make_unique<EmbeddingsProvider>(std::move(name), std::move(model));
  return nullptr;
}

Status ModelProvider::check_name(const std::optional<std::string>& named) const {
  if (!named || *named == name_) return {};
  return fail(ErrorCode::invalid_input, "ask a model",
              "the link leads to the model " + name_ + " alone, not to " + *named, "leave `model` out");
}

ChatProvider::ChatProvider(std::string name, std::shared_ptr<nn::LanguageModel> model)
    : ModelProvider(std::move(name), std::move(model), chat_type()) {}

Task<Result<std::optional<Value>>> ChatProvider::call(gate::Frame& caller, const gate::BoundValues& /*bound*/,
                                                      std::size_t index, std::vector<Value> arguments) {
  enum Function : std::size_t { describing, counting, completing };
  switch (index) {
    case describing:
      co_return as_answer(co_await describe(std::move(arguments)));
    case counting:
      co_return as_answer(co_await count_tokens(caller, std::move(arguments)));
    case completing:
      co_return as_answer(co_await complete(caller, arguments[0], arguments[1]));
    default:
      co_return as_answer(co_await complete_all(caller, std::move(arguments)));
  }
}

Task<Result<Value>> ChatProvider::describe(std::vector<Value> arguments) {
  if (auto status = check_name(read_optional_text(arguments[0])); !status) co_return answer(status.error());
  auto info = co_await model().info();
  if (!info) co_return answer(info.error());
  std::vector<Field> fields;
  fields.push_back({"name", Value::string(name())});
  fields.push_back({"context-tokens", Value::some(Value::unsigned_int(info->context_tokens))});
  fields.push_back({"local", Value::boolean(true)});
  fields.push_back({"exact-counts", Value::boolean(true)});
  co_return Value::ok(Value::record(std::move(fields)));
}

Task<Result<Value>> ChatProvider::count_tokens(const gate::Frame& caller, std::vector<Value> arguments) {
  if (auto status = check_name(read_optional_text(arguments[0])); !status) co_return answer(status.error());
  std::vector<std::string> texts = read_texts(arguments[1]);
  arguments.clear();
  auto few = check_count(texts.size(), caller.subject.limits.model_texts, "texts", "model-texts");
  if (!few) co_return answer(few.error());
  auto counts = co_await model().count_tokens(std::move(texts));
  if (!counts) co_return answer(counts.error());
  std::vector<Value> numbers;
  numbers.reserve(counts->size());
  for (const std::uint32_t count : *counts) numbers.push_back(Value::unsigned_int(count));
  co_return Value::ok(Value::list(std::move(numbers)));
}

Task<Result<Value>> ChatProvider::complete(const gate::Frame& caller, const Value& messages,
                                           const Value& options) {
  auto read = read_own(messages, options);
  if (!read) co_return answer(read.error());
  // A variable of its own: gcc 12 destroys a braced argument of a coroutine that is awaited twice.
  nn::Ask ask;
  ask.owner = caller.run.id;
  auto completion = co_await model().chat(std::move(*read), std::move(ask));
  co_return completed(std::move(completion), name());
}

Result<nn::ChatRequest> ChatProvider::read_own(const Value& messages, const Value& options) const {
  auto read = read_request(messages, options);
  if (!read) return std::unexpected(std::move(read.error()));
  if (auto status = check_name(read->model); !status) return std::unexpected(std::move(status.error()));
  return std::move(read->request);
}

Task<void> ChatProvider::complete_into(const gate::Frame& caller, const Value& request, Value& into,
                                       std::optional<Error>& ending) {
  auto completed = co_await complete(caller, request.field(0), request.field(1));
  if (completed) {
    into = std::move(*completed);
  } else {
    ending = std::move(completed.error());
  }
}

Task<Result<Value>> ChatProvider::complete_all(const gate::Frame& caller, std::vector<Value> arguments) {
  const std::vector<Value>& requests = arguments[0].as_list();
  auto few = check_count(requests.size(), caller.subject.limits.model_requests, "requests", "model-requests");
  if (!few) co_return answer(few.error());
  std::vector<Value> answers(requests.size());
  std::optional<Error> ending;
  const auto each = [&](std::size_t i) { return complete_into(caller, requests[i], answers[i], ending); };
  co_await side_by_side(0, requests.size(), each);
  if (ending) co_return std::unexpected(std::move(*ending));
  co_return Value::ok(Value::list(std::move(answers)));
}

EmbeddingsProvider::EmbeddingsProvider(std::string name, std::shared_ptr<nn::LanguageModel> model)
    : ModelProvider(std::move(name), std::move(model), embeddings_type()) {}

Task<Result<std::optional<Value>>> EmbeddingsProvider::call(gate::Frame& caller,
                                                            const gate::BoundValues& /*bound*/,
                                                            std::size_t /*index*/,
                                                            std::vector<Value> arguments) {
  co_return as_answer(co_await embed(caller, std::move(arguments)));
}

Task<Result<Value>> EmbeddingsProvider::embed(const gate::Frame& caller, std::vector<Value> arguments) {
  if (auto status = check_name(read_optional_text(arguments[0])); !status) co_return answer(status.error());
  std::vector<std::string> texts = read_texts(arguments[1]);
  arguments.clear();
  const Limits& limits = caller.subject.limits;
  if (auto few = check_count(texts.size(), limits.model_texts, "texts", "model-texts"); !few)
    co_return answer(few.error());
  nn::Ask ask;
  ask.owner = caller.run.id;
  auto embedded = co_await model().embed(std::move(texts), std::move(ask));
  if (!embedded) co_return answer(embedded.error());
  embedded->model = name();
  const std::size_t numbers = embedded->vectors.empty() ? 0 : embedded->vectors[0].size();
  const std::size_t bytes = embedded->vectors.size() * numbers * sizeof(Value);
  if (bytes > limits.result_bytes) {
    co_return llm_error({ErrorCode::limit, "embed texts",
                         "the vectors hold " + std::to_string(bytes) + " bytes; at most " +
                             std::to_string(limits.result_bytes) + " (limit result-bytes)",
                         "embed fewer texts in one call"});
  }
  co_return Value::ok(embedded_value(*embedded));
}

}  // namespace sluice::host
