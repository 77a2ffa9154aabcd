// One conversation with a language model.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"
#include "nn/language_model.h"
#include "wasi_nn/graph.h"
#include "wasi_nn/language.h"
#include "wasi_nn/llm_options.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

// An answer that grows while it is read.
class LlmAnswer {
 public:
  // Begins at once. It ends when this is destroyed.
  LlmAnswer(nn::LanguageModel& model, nn::TextRequest request);
  LlmAnswer(const LlmAnswer&) = delete;
  LlmAnswer& operator=(const LlmAnswer&) = delete;
  ~LlmAnswer();

  // Waits for the next piece. False: there is none any more, and `result` is there.
  [[nodiscard]] bool next(std::string& piece);
  [[nodiscard]] const Result<nn::Completion>& result() const { return *result_; }

 private:
  std::deque<std::string> pieces_;
  std::optional<Result<nn::Completion>> result_;
  asio::cancellation_signal cancel_;
  asio::io_context context_{1};  // last: what runs in it writes to the others
};

class LlmExecution : public Execution {
 public:
  LlmExecution(std::shared_ptr<Language> language, LlmOptions options, Tell tell, Print print);

  // Loads the model, if it isn't.
  Errno open();

  Errno set_input(std::uint32_t index, const GuestTensor& tensor) override;
  Errno compute() override;
  Errno compute_single() override;
  Errno fini_single() override;
  Errno output(std::uint32_t index, std::span<const std::uint8_t>& bytes) override;
  Errno output_single(std::uint32_t index, std::span<const std::uint8_t>& bytes) override;

 private:
  Errno read();
  Errno count();
  Errno embed();
  Errno begin();
  Errno end();
  void add(std::string piece);
  void forget();
  Errno said(const Error& error);
  [[nodiscard]] std::string numbers() const;

  std::shared_ptr<Language> language_;
  LlmOptions options_;
  Tell tell_;
  Print print_;
  std::shared_ptr<nn::LanguageModel> model_;  // null: not opened with these options yet
  nn::ModelInfo info_;
  std::optional<std::string> prompt_;
  std::optional<nn::TextRequest> request_;  // of the prompt and its images, once it was read
  std::optional<std::uint32_t> prompt_tokens_;
  std::unique_ptr<LlmAnswer> answer_;  // while it grows
  Errno ended_ = Errno::success;       // how compute_single ended; success: it didn't
  bool is_computed_ = false;
  std::string text_;
  std::string piece_;
  std::uint32_t answer_tokens_ = 0;
  std::string numbers_;  // what `output` handed out
};

}  // namespace sluice::wasi_nn
