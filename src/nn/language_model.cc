#include "nn/language_model.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::nn {

namespace {

// The numbers travel in the text, which people read too.
constexpr std::string_view needs = "the prompt needs ";
constexpr std::string_view fit = " tokens with one of the answer, and the context has ";
constexpr std::string_view full = "its queue is full: ";
constexpr std::string_view as_many = "as many as may be: ";

}  // namespace

Error context_too_long(std::string_view model, ContextOverflow numbers) {
  return {ErrorCode::invalid_input, fmt::format("ask the model {}", model),
          fmt::format("{}{}{}{}", needs, numbers.needed, fit, numbers.available),
          "shorten the prompt, or give the model a larger context (context-tokens)"};
}

std::optional<ContextOverflow> context_overflow(const Error& error) {
  const std::string_view why = error.why;
  const std::size_t middle = why.find(fit);
  if (!why.starts_with(needs) || middle == std::string_view::npos) return std::nullopt;
  ContextOverflow numbers;
  const auto read = [](std::string_view text, std::uint32_t& into) {
    return std::from_chars(text.data(), text.data() + text.size(), into).ec == std::errc();
  };
  if (!read(why.substr(needs.size(), middle - needs.size()), numbers.needed)) return std::nullopt;
  if (!read(why.substr(middle + fit.size()), numbers.available)) return std::nullopt;
  return numbers;
}

Error queue_full(std::string_view model, std::uint32_t queue_max) {
  return {ErrorCode::limit, fmt::format("ask the model {}", model),
          fmt::format("{}{} requests wait (limit queue)", full, queue_max), "try again later"};
}

bool is_queue_full(const Error& error) {
  return error.code == ErrorCode::limit && error.why.starts_with(full);
}

Error too_many(std::string what, std::string_view of, std::size_t most) {
  return {ErrorCode::limit, std::move(what), fmt::format("{}{} {} are open", as_many, most, of),
          "close some that are not needed"};
}

bool is_busy(const Error& error) {
  return is_queue_full(error) || (error.code == ErrorCode::limit && error.why.starts_with(as_many));
}

}  // namespace sluice::nn
