// `sluice:llm/chat` and `sluice:llm/embeddings`, answered by a model of this machine (`to = "model:NAME"`).
//
// The owner of what is asked is the run: a run takes turns with others, however much it asks. A run that ends
// takes its requests with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gate/link.h"
#include "nn/language_model.h"

namespace sluice::host {

// What both have: the model and the texts that name it.
class ModelProvider : public gate::Provider {
 public:
  [[nodiscard]] const std::string& label() const override { return label_; }
  [[nodiscard]] const InterfaceType& type() const override { return type_; }

  // The provider of the interface (bare name), for links that call the model `name`; null if models have no
  // such interface.
  [[nodiscard]] static std::unique_ptr<gate::Provider> make(std::string_view interface, std::string name,
                                                            std::shared_ptr<nn::LanguageModel> model);

 protected:
  ModelProvider(std::string name, std::shared_ptr<nn::LanguageModel> model, InterfaceType type);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] nn::LanguageModel& model() { return *model_; }
  // A guest may name the link's model or none.
  [[nodiscard]] Status check_name(const std::optional<std::string>& named) const;

 private:
  std::string name_;
  std::shared_ptr<nn::LanguageModel> model_;
  std::string label_;
  InterfaceType type_;
};

class ChatProvider : public ModelProvider {
 public:
  ChatProvider(std::string name, std::shared_ptr<nn::LanguageModel> model);
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;

 private:
  Task<Result<Value>> describe(std::vector<Value> arguments);
  Task<Result<Value>> count_tokens(const gate::Frame& caller, std::vector<Value> arguments);
  Task<Result<Value>> complete(const gate::Frame& caller, const Value& messages, const Value& options);
  [[nodiscard]] Result<nn::ChatRequest> read_own(const Value& messages, const Value& options) const;
  // An answer, or what ends the run.
  Task<void> complete_into(const gate::Frame& caller, const Value& request, Value& into,
                           std::optional<Error>& ending);
  Task<Result<Value>> complete_all(const gate::Frame& caller, std::vector<Value> arguments);
};

class EmbeddingsProvider : public ModelProvider {
 public:
  EmbeddingsProvider(std::string name, std::shared_ptr<nn::LanguageModel> model);
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;

 private:
  Task<Result<Value>> embed(const gate::Frame& caller, std::vector<Value> arguments);
};

}  // namespace sluice::host
