#include "etag_cache.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "text.h"

namespace github {
namespace {

// Kept as lines: URL, etag, a word for `next`, then the body.
constexpr std::array<std::string_view, 3> next_words = {"none", "some", "unsaid"};

// By the path alone, so that slots do not depend on where the API is served.
std::string key_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t path = host == url.npos ? 0 : std::min(url.find('/', host + 3), url.size());
  return "answer-" + std::to_string(hash_of(url.substr(path)) % etag_slots);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::optional<CachedAnswer> recall_answer(Outside& outside, const std::string& url) {
  const std::optional<std::string> kept = outside.recall(key_of(url));
  if (!kept) return std::nullopt;
  std::string_view rest = *kept;
  if (take_line(rest) != url) return std::nullopt;
  CachedAnswer answer;
  answer.etag = take_line(rest);
  const auto word = std::ranges::find(next_words, take_line(rest));
  if (word == next_words.end()) return std::nullopt;
  answer.next = static_cast<Next>(word - next_words.begin());
  answer.body = rest;
  if (answer.etag.empty()) return std::nullopt;
  return answer;
}

void remember_answer(Outside& outside, const std::string& url, const CachedAnswer& answer) {
  if (answer.body.size() > etag_answer_bytes_max || answer.etag.find('\n') != answer.etag.npos) return;
  std::string kept = url + "\n" + answer.etag + "\n";
  kept += next_words[static_cast<std::size_t>(answer.next)];
  kept += "\n" + answer.body;
  outside.remember(key_of(url), kept);
}

}  // namespace github
