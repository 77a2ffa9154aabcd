#include "log.h"

#include <llama.h>
#include <mtmd-helper.h>

#include <atomic>
#include <cstring>
#include <string_view>

namespace sluice::backends::ggml {
namespace {

constexpr std::size_t complaint_bytes_max = 700;

std::atomic<LogFunction> operator_log{nullptr};
thread_local Complaints* complaints = nullptr;
thread_local ggml_log_level last_level = GGML_LOG_LEVEL_INFO;

int level_number(ggml_log_level level) {
  switch (level) {
    case GGML_LOG_LEVEL_ERROR:
      return 3;
    case GGML_LOG_LEVEL_WARN:
      return 2;
    // What llama.cpp calls information is of interest to its developers.
    default:
      return 0;
  }
}

void take_line(ggml_log_level level, const char* text, void* /*self*/) {
  if (level == GGML_LOG_LEVEL_CONT) level = last_level;
  // The context of all sequences together may well be longer than the model was trained for: each request's
  // is not.
  if (std::string_view(text).contains("possible training context overflow")) level = GGML_LOG_LEVEL_INFO;
  last_level = level;
  std::string_view line(text);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
  if (line.empty()) return;
  // The reason of an error that somebody is told is no warning as well.
  if (level == GGML_LOG_LEVEL_ERROR && complaints != nullptr) {
    complaints->add(text);
    level = GGML_LOG_LEVEL_INFO;
  }
  if (LogFunction log = operator_log.load(); log != nullptr)
    log(level_number(level), line.data(), line.size());
}

// llama.cpp gives up on what it holds impossible; this process ends after it.
void take_abort(const char* reason) {
  std::string line = "llama.cpp gave up: ";
  line += reason;
  if (LogFunction log = operator_log.load(); log != nullptr) log(3, line.data(), line.size());
}

}  // namespace

void route_logs(LogFunction log) {
  operator_log = log;
  llama_log_set(take_line, nullptr);
  mtmd_helper_log_set(take_line, nullptr);
  ggml_set_abort_callback(take_abort);
}

Complaints::Complaints() : outer_(complaints) {
  complaints = this;
}
Complaints::~Complaints() {
  complaints = outer_;
}

void Complaints::add(const char* line) {
  std::string_view rest(line);
  // "llama_model_load: error loading model: …": the function's name tells a user nothing.
  if (const auto colon = rest.find(": "); colon != rest.npos && rest.find(' ') > colon)
    rest.remove_prefix(colon + 2);
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == ' ')) rest.remove_suffix(1);
  if (rest.empty() || text_.size() + rest.size() > complaint_bytes_max) return;
  if (!text_.empty()) text_ += "; ";
  text_ += rest;
}

std::string Complaints::text(const std::string& otherwise) const {
  return text_.empty() ? otherwise : text_;
}

}  // namespace sluice::backends::ggml
