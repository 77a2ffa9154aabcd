#include <fmt/format.h>

#include "base/value.h"
#include "flow/toml_table.h"

namespace sluice::flow {

namespace {

// Tables are freed recursively, so a key of a hundred thousand parts (`a.a.a…`) would end the process.
constexpr std::size_t key_parts_max = 16;

// Walks over a document's text and finds keys of too many parts. Text in strings and comments is stepped
// over; where a string is malformed the parser stops too.
class KeyDepthScanner {
 public:
  explicit KeyDepthScanner(std::string_view text) : text_(text) {}

  // Where the first key of too many parts is, or npos.
  std::size_t find() {
    std::size_t dots = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_string(c);
        continue;
      }
      if (c == '#') {
        skip_comment();
        dots = 0;
        continue;
      }
      if (c == '.') {
        if (++dots >= key_parts_max) return at_;
      } else if (c == '=' || c == '\n' || c == ',' || c == '[' || c == '{') {
        dots = 0;
      }
      ++at_;
    }
    return std::string_view::npos;
  }

 private:
  void skip_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }

  void skip_string(char quote) {
    const std::string_view triple = quote == '"' ? R"(""")" : "'''";
    const bool multi_line = text_.substr(at_).starts_with(triple);
    const std::string_view end = multi_line ? triple : triple.substr(0, 1);
    at_ += end.size();
    while (at_ < text_.size()) {
      if (text_.substr(at_).starts_with(end)) {
        at_ += end.size();
        // Up to two quotes may stand right before the closing three.
        while (multi_line && at_ < text_.size() && text_[at_] == quote) ++at_;
        return;
      }
      at_ += (quote == '"' && text_[at_] == '\\') ? 2 : 1;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Origin origin_at(std::string_view text, std::size_t offset) {
  Origin at{1, 1, ""};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
  }
  return at;
}

}  // namespace

std::expected<toml::table, Problems> parse_toml(std::string_view text, std::string file) {
  Problems problems{file};
  if (text.size() > toml_bytes_max) {
    problems.add({}, fmt::format("is {} bytes long; at most {} are read", text.size(), toml_bytes_max));
  } else if (!is_utf8(text)) {
    problems.add({}, "is not UTF-8 text", "save it as UTF-8");
  } else if (const std::size_t deep = KeyDepthScanner(text).find(); deep != std::string_view::npos) {
    problems.add(origin_at(text, deep), fmt::format("a key of more than {} parts", key_parts_max));
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const toml::source_position where = error.source().begin;
    problems.add({static_cast<std::uint32_t>(where.line), static_cast<std::uint32_t>(where.column), ""},
                 fmt::format("not valid TOML: {}", error.description()));
  }
  return std::unexpected(std::move(problems));
}

}  // namespace sluice::flow
