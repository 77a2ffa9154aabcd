#include "nn/answer_text.h"

#include <algorithm>
#include <utility>

namespace sluice::nn {

namespace {

// Bytes at the end that begin a character and do not end it; what can't become UTF-8 is not waited for.
std::size_t open_character(std::string_view text) {
  const std::size_t most = std::min<std::size_t>(text.size(), 3);
  for (std::size_t back = 1; back <= most; ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U && byte <= 0xF4U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC2U ? 2 : 1;
    return byte <= 0xF4U && length > back ? back : 0;
  }
  return 0;
}

}  // namespace

AnswerText::AnswerText(std::vector<std::string> stop) : stop_(std::move(stop)) {
  std::erase(stop_, "");
  for (const std::string& text : stop_) longest_ = std::max(longest_, text.size());
}

bool AnswerText::push(std::string_view piece) {
  const std::size_t from = text_.size() - std::min(text_.size(), longest_ == 0 ? 0 : longest_ - 1);
  text_ += piece;
  std::size_t end = std::string::npos;
  for (const std::string& stop : stop_) end = std::min(end, text_.find(stop, from));
  if (end == std::string::npos) return true;
  text_.resize(end);
  return false;
}

std::size_t AnswerText::sure() const {
  std::size_t held = 0;
  for (const std::string& stop : stop_) {
    for (std::size_t size = std::min(stop.size() - 1, text_.size()); size > held; --size) {
      if (text_.ends_with(std::string_view(stop).substr(0, size))) held = size;
    }
  }
  const std::string_view rest = std::string_view(text_).substr(0, text_.size() - held);
  return rest.size() - open_character(rest);
}

}  // namespace sluice::nn
