#include "wasi_nn/llm_execution.h"

#include <fmt/format.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/value.h"
#include "wasi_nn/prompt_images.h"

namespace sluice::wasi_nn {

namespace {

// Programs leave so many places of the context free.
constexpr std::uint32_t context_reserve = 4;

template <class T>
Result<T> run(Task<Result<T>> task) {
  asio::io_context context(1);
  std::optional<Result<T>> result;
  asio::co_spawn(context, std::move(task),
                 [&result](std::exception_ptr, Result<T> done) { result = std::move(done); });
  context.run();
  if (!result) return fail(ErrorCode::internal, "ask a model", "the request has no end");
  return std::move(*result);
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

LlmAnswer::LlmAnswer(nn::LanguageModel& model, nn::TextRequest request) {
  nn::Ask ask;
  ask.on_delta = [this](const nn::Delta& delta) {
    std::string_view content = delta.content;
    for (const std::uint32_t size : delta.pieces) {
      pieces_.emplace_back(content.substr(0, size));
      content.remove_prefix(std::min<std::size_t>(size, content.size()));
    }
  };
  const auto take = [this](std::exception_ptr, Result<nn::Completion> done) { result_ = std::move(done); };
  asio::co_spawn(context_, model.generate(std::move(request), std::move(ask)),
                 asio::bind_cancellation_slot(cancel_.slot(), take));
}

// As long as the request is under way, the thread that speaks with workers posts to the context.
LlmAnswer::~LlmAnswer() {
  if (result_) return;
  cancel_.emit(asio::cancellation_type::terminal);
  context_.run();
}

bool LlmAnswer::next(std::string& piece) {
  while (pieces_.empty() && !result_) {
    if (context_.run_one() == 0) {
      result_ = fail(ErrorCode::internal, "ask a model", "the request has no end");
    }
  }
  if (pieces_.empty()) return false;
  piece = std::move(pieces_.front());
  pieces_.pop_front();
  return true;
}

LlmExecution::LlmExecution(std::shared_ptr<Language> language, LlmOptions options, Tell tell, Print print)
    : language_(std::move(language)),
      options_(std::move(options)),
      tell_(std::move(tell)),
      print_(std::move(print)) {}

// What an error of the engine is in numbers.
Errno LlmExecution::said(const Error& error) {
  if (nn::context_overflow(error)) return refuse(tell_, Errno::prompt_too_long, error.to_string());
  return refuse(tell_, error);
}

Errno LlmExecution::open() {
  if (model_) return Errno::success;
  auto model = language_->open(options_);
  if (!model) return said(model.error());
  auto info = run((*model)->info());
  if (!info) return said(info.error());
  info_ = std::move(*info);
  model_ = std::move(*model);
  if (options_.enable_log && tell_) {
    tell_(
        fmt::format("{}, {} tokens of context, {}", info_.description, info_.context_tokens, info_.devices));
  }
  return Errno::success;
}

// What the prompt shows besides words is read once.
Errno LlmExecution::read() {
  if (request_) return Errno::success;
  nn::TextRequest request = options_.request({});
  auto mixed = read_prompt(*prompt_, options_.image,
                           [this](const std::string& path) { return language_->read_image(path); });
  if (!mixed) return refuse(tell_, mixed.error());
  if (!mixed->images.empty() && options_.mmproj.empty()) {
    return refuse(tell_, Errno::invalid_argument,
                  "the prompt shows an image, and no projector is named: the option mmproj does");
  }
  request.prompt = std::move(mixed->text);
  request.images = std::move(mixed->images);
  request_ = std::move(request);
  return Errno::success;
}

// How many tokens the prompt has.
Errno LlmExecution::count() {
  if (prompt_tokens_) return Errno::success;
  if (const Errno number = open(); number != Errno::success) return number;
  if (const Errno number = read(); number != Errno::success) return number;
  const auto counted = run(model_->count_prompt(*request_));
  if (!counted) return said(counted.error());
  prompt_tokens_ = *counted;
  return Errno::success;
}

// What was computed of earlier inputs.
void LlmExecution::forget() {
  answer_.reset();
  ended_ = Errno::success;
  is_computed_ = false;
  text_.clear();
  piece_.clear();
  answer_tokens_ = 0;
}

// The dimensions of a prompt say nothing: prebuilt programs send [1].
Errno LlmExecution::set_input(std::uint32_t index, const GuestTensor& tensor) {
  const std::string_view text(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
  if (!is_utf8(text)) return refuse(tell_, Errno::invalid_encoding, "the input is not UTF-8");
  if (index == 1) {
    const LlmOptions before = options_;
    if (const Errno number = options_.merge(text, tell_); number != Errno::success) return number;
    request_.reset();
    if (before.image != options_.image) prompt_tokens_.reset();
    // Other settings of the whole model are another engine.
    if (!options_.same_model_as(before)) {
      model_.reset();
      prompt_tokens_.reset();
    }
    return Errno::success;
  }
  forget();
  prompt_ = text;
  request_.reset();
  prompt_tokens_.reset();
  return Errno::success;
}

Errno LlmExecution::begin() {
  if (!prompt_) return refuse(tell_, Errno::invalid_argument, "no prompt was set");
  forget();
  if (const Errno number = read(); number != Errno::success) return number;
  if (const Errno number = count(); number != Errno::success) return number;
  if (*prompt_tokens_ + context_reserve > info_.context_tokens) {
    return refuse(tell_, Errno::prompt_too_long,
                  fmt::format("the prompt has {} tokens, and the context has {}, of which {} stay free",
                              *prompt_tokens_, info_.context_tokens, context_reserve));
  }
  if (options_.n_predict != 0) {
    answer_ = std::make_unique<LlmAnswer>(*model_, *request_);
  }
  return Errno::success;
}

void LlmExecution::add(std::string piece) {
  if (options_.stream_stdout && print_) print_(piece);
  text_ += piece;
  piece_ = std::move(piece);
  ++answer_tokens_;
}

// The answer has no further piece.
Errno LlmExecution::end() {
  const std::unique_ptr<LlmAnswer> answer = std::move(answer_);
  if (answer && !answer->result()) return said(answer->result().error());
  is_computed_ = true;
  if (!answer) return Errno::success;  // none was wanted
  const nn::Completion& done = *answer->result();
  answer_tokens_ = done.usage.completion_tokens;
  const std::uint32_t used = done.usage.prompt_tokens + done.usage.completion_tokens;
  const bool is_cut = done.finish == nn::FinishReason::length;
  return is_cut && used >= info_.context_tokens ? Errno::context_full : Errno::success;
}

Errno LlmExecution::embed() {
  if (!prompt_) return refuse(tell_, Errno::invalid_argument, "no text was set");
  forget();
  const auto shown = read_prompt(*prompt_, "", {});
  if (!options_.image.empty() || !shown || !shown->images.empty()) {
    return refuse(tell_, Errno::unsupported_operation, "models that embed are shown no images");
  }
  auto embedded = run(model_->embed({*prompt_}, {}));
  if (!embedded) return said(embedded.error());
  if (embedded->vectors.size() != 1) return refuse(tell_, Errno::runtime_error, "there is no vector");
  prompt_tokens_ = embedded->prompt_tokens;
  text_ = nlohmann::json{{"n_embedding", embedded->vectors[0].size()}, {"embedding", embedded->vectors[0]}}
              .dump();
  is_computed_ = true;
  return Errno::success;
}

Errno LlmExecution::compute() {
  if (const Errno number = open(); number != Errno::success) return number;
  if (options_.embedding || info_.is_embedding) return embed();
  if (const Errno number = begin(); number != Errno::success) return number;
  std::string piece;
  while (answer_ && answer_->next(piece)) add(std::move(piece));
  return end();
}

Errno LlmExecution::compute_single() {
  if (const Errno number = open(); number != Errno::success) return number;
  if (options_.embedding || info_.is_embedding) {
    return refuse(tell_, Errno::unsupported_operation, "a text is embedded whole, with compute");
  }
  if (ended_ != Errno::success) return ended_;
  if (!answer_) {
    if (const Errno number = begin(); number != Errno::success) return number;
  }
  std::string piece;
  if (answer_ && answer_->next(piece)) {
    add(std::move(piece));
    return Errno::success;
  }
  const Errno number = end();
  ended_ = number == Errno::success ? Errno::end_of_sequence : number;
  return ended_;
}

Errno LlmExecution::fini_single() {
  answer_.reset();
  ended_ = Errno::success;
  return Errno::success;
}

std::string LlmExecution::numbers() const {
  return nlohmann::json{{"input_tokens", prompt_tokens_.value_or(0)},
                        {"output_tokens", answer_tokens_},
                        {"llama_build_number", info_.library_build},
                        {"llama_commit", info_.library_commit}}
      .dump();
}

// Output 1 is asked for before anything is computed, too.
Errno LlmExecution::output(std::uint32_t index, std::span<const std::uint8_t>& bytes) {
  if (index == 1) {
    const Errno number = prompt_ ? count() : open();
    if (number != Errno::success) return number;
    numbers_ = numbers();
    bytes = bytes_of(numbers_);
    return Errno::success;
  }
  if (index != 0) {
    return refuse(tell_, Errno::invalid_argument, fmt::format("there is no output {}", index));
  }
  if (!is_computed_ && !answer_ && text_.empty()) {
    return refuse(tell_, Errno::invalid_argument, "nothing was computed");
  }
  bytes = bytes_of(text_);
  return Errno::success;
}

Errno LlmExecution::output_single(std::uint32_t index, std::span<const std::uint8_t>& bytes) {
  if (index == 1) return output(index, bytes);
  if (index != 0) {
    return refuse(tell_, Errno::invalid_argument, fmt::format("there is no output {}", index));
  }
  if (piece_.empty()) return refuse(tell_, Errno::invalid_argument, "no token was computed");
  bytes = bytes_of(piece_);
  return Errno::success;
}

}  // namespace sluice::wasi_nn
