#include "cli/review_progress.h"

#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>

namespace sluice::cli {

namespace {

constexpr std::string_view logging = "wasi:logging/logging@";
constexpr std::size_t line_bytes_max = 79;
constexpr std::string_view clear_line = "\r\033[K";

}  // namespace

ReviewProgress::~ReviewProgress() {
  if (shown_) std::cerr << clear_line << std::flush;
}

void ReviewProgress::begin(const gate::CallRecord& record) {
  if (next_ != nullptr) next_->begin(record);
  if (!terminal_ || !record.interface.starts_with(logging)) return;
  const auto arguments = nlohmann::json::parse(record.arguments, nullptr, false);
  if (!arguments.is_object() || arguments.value("context", "") != "progress") return;
  show(arguments.value("message", ""));
}

void ReviewProgress::end(const gate::CallRecord& record) {
  if (next_ != nullptr) next_->end(record);
}

// A guest wrote the text: it must not move the cursor, nor fill more than one line.
void ReviewProgress::show(const std::string& text) {
  std::string line;
  for (const char c : text.substr(0, line_bytes_max)) line += c >= ' ' && c <= '~' ? c : '?';
  std::cerr << clear_line << line << std::flush;
  shown_ = true;
}

}  // namespace sluice::cli
