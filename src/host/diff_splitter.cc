#include "host/diff_splitter.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace sluice::host {

namespace {

bool starts(std::string_view line, std::string_view with) {
  return line.substr(0, with.size()) == with;
}

std::string_view without_cr(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// The quoted name that the text begins with, quotes included; all of it where the closing quote is missing.
std::string_view quoted_name(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return text.substr(0, i + 1);
    }
  }
  return text;
}

// Undoes git's quoting of unusual names: "a/\303\244\t".
std::string unquote(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  name = name.substr(1, name.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\' || i + 1 == name.size()) {
      out += name[i];
      continue;
    }
    const char c = name[++i];
    unsigned octal = 0;
    if (c >= '0' && c <= '3' && i + 2 < name.size()) {
      std::from_chars(&name[i], &name[i] + 3, octal, 8);
      out += static_cast<char>(octal);
      i += 2;
      continue;
    }
    constexpr std::string_view codes = "abtnvfr\"\\";
    constexpr std::string_view texts = "\a\b\t\n\v\f\r\"\\";
    const auto at = codes.find(c);
    out += at == std::string_view::npos ? c : texts[at];
  }
  return out;
}

// The path of a `---`/`+++` line: without the date that diff -u adds, without the prefix a/ or b/. Empty:
// /dev/null.
std::string path_of(std::string_view line, std::string_view prefix) {
  std::string_view name = without_cr(line.substr(4));
  name = starts(name, "\"") ? quoted_name(name) : name.substr(0, name.find('\t'));
  std::string path = unquote(name);
  if (path == "/dev/null") return {};
  if (starts(path, prefix)) path.erase(0, prefix.size());
  return path;
}

// `diff --git a/x b/x`: the name where both are the same, which is so where no other line tells them.
std::string git_header_path(std::string_view line) {
  std::string_view rest = without_cr(line.substr(11));
  if (starts(rest, "\"")) {
    const auto middle = rest.find("\" \"");
    if (middle == std::string_view::npos) return {};
    std::string path = unquote(rest.substr(middle + 2));
    return starts(path, "b/") ? path.substr(2) : path;
  }
  if (rest.size() % 2 == 0) return {};
  const std::string_view second = rest.substr(rest.size() / 2 + 1);
  return std::string(starts(second, "b/") ? second.substr(2) : second);
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  SplitDiff split() {
    while (at_ < text_.size()) {
      const std::size_t start = at_;
      const std::string_view line = next_line();
      if (starts(line, "diff --git ") || starts(line, "diff --cc ") || starts(line, "diff --combined ")) {
        open(start, line);
      } else if (starts(line, "--- ") && starts(peek(), "+++ ") && is_hunk(peek_second())) {
        take_names(start, line);
      } else if (is_hunk(line) && current_) {
        take_hunk(start, line);
      } else if (current_) {
        take_header(line);
      }
    }
    close();
    out_.preamble = text_.substr(0, preamble_end_.value_or(text_.size()));
    return std::move(out_);
  }

 private:
  static bool is_hunk(std::string_view line) { return starts(line, "@@ -") || starts(line, "@@@ -"); }

  std::string_view line_at(std::size_t at, std::size_t* next) const {
    if (at >= text_.size()) return {};
    const auto end = text_.find('\n', at);
    if (next != nullptr) *next = end == std::string_view::npos ? text_.size() : end + 1;
    return text_.substr(at, end == std::string_view::npos ? end : end - at);
  }
  std::string_view next_line() { return line_at(at_, &at_); }
  std::string_view peek() const { return line_at(at_, nullptr); }
  std::string_view peek_second() const {
    std::size_t next = text_.size();
    line_at(at_, &next);
    return line_at(next, nullptr);
  }

  void open(std::size_t start, std::string_view line) {
    close();
    if (!preamble_end_) preamble_end_ = start;
    current_.emplace();
    in_git_header_ = true;
    if (starts(line, "diff --git ")) {
      current_->path = git_header_path(line);
    } else {
      current_->path = unquote(without_cr(line.substr(line.find(' ', 5) + 1)));
    }
  }

  void close() {
    if (current_ && !current_->path.empty()) out_.files.push_back(std::move(*current_));
    current_.reset();
    in_git_header_ = false;
  }

  void take_names(std::size_t start, std::string_view line) {
    if (!current_ || !in_git_header_ || current_->patch) open(start, "diff --git ");
    in_git_header_ = false;
    const std::string old_path = path_of(line, "a/");
    const std::string new_path = path_of(next_line(), "b/");
    ChangedFile& file = *current_;
    if (old_path.empty()) file.status = FileStatus::added;
    if (new_path.empty()) file.status = FileStatus::removed;
    file.path = new_path.empty() ? old_path : new_path;
  }

  // Takes as many lines as the header counts, so that no line of the content is taken for a header.
  void take_hunk(std::size_t start, std::string_view header) {
    in_git_header_ = false;
    content_differs();
    std::size_t end = at_;
    if (starts(header, "@@@ ")) {
      while (at_ < text_.size() && !starts(peek(), "diff ")) next_line();
      end = at_;
    } else {
      end = take_counted(header);
    }
    std::string_view hunk = text_.substr(start, end - start);
    if (!hunk.empty() && hunk.back() == '\n') hunk.remove_suffix(1);
    if (current_->patch) {
      current_->patch->append("\n").append(hunk);
    } else {
      current_->patch.emplace(hunk);
    }
  }

  // A header tells of modes before it tells of content.
  void content_differs() {
    if (current_->status == FileStatus::changed) current_->status = FileStatus::modified;
  }

  static std::uint32_t count_in(std::string_view range) {
    const auto comma = range.find(',');
    if (comma == std::string_view::npos) return 1;
    std::uint32_t count = 0;
    std::from_chars(range.data() + comma + 1, range.data() + range.size(), count);
    return count;
  }

  std::size_t take_counted(std::string_view header) {
    const auto plus = header.find('+');
    const auto close = header.find(" @@", 3);
    if (plus == std::string_view::npos || close == std::string_view::npos || close < plus) return at_;
    std::uint32_t old_left = count_in(header.substr(4, plus - 5));
    std::uint32_t new_left = count_in(header.substr(plus, close - plus));
    while (at_ < text_.size() && (old_left > 0 || new_left > 0 || starts(peek(), "\\"))) {
      const std::string_view line = peek();
      const char op = line.empty() ? ' ' : line.front();
      if (op == '+') {
        if (new_left == 0) break;
        --new_left;
        ++current_->additions;
      } else if (op == '-') {
        if (old_left == 0) break;
        --old_left;
        ++current_->deletions;
      } else if (op == ' ' || op == '\r') {
        old_left -= old_left > 0 ? 1 : 0;
        new_left -= new_left > 0 ? 1 : 0;
      } else if (op != '\\') {
        break;
      }
      next_line();
    }
    return at_;
  }

  void take_header(std::string_view raw) {
    if (!in_git_header_) return;
    const std::string_view line = without_cr(raw);
    ChangedFile& file = *current_;
    if (starts(line, "new file mode ")) {
      file.status = FileStatus::added;
    } else if (starts(line, "deleted file mode ")) {
      file.status = FileStatus::removed;
    } else if (starts(line, "old mode ")) {
      file.status = FileStatus::changed;
    } else if (starts(line, "rename from ")) {
      file.previous_path = unquote(line.substr(12));
      file.status = FileStatus::renamed;
    } else if (starts(line, "copy from ")) {
      file.previous_path = unquote(line.substr(10));
      file.status = FileStatus::copied;
    } else if (starts(line, "rename to ")) {
      file.path = unquote(line.substr(10));
    } else if (starts(line, "copy to ")) {
      file.path = unquote(line.substr(8));
    } else if (starts(line, "Binary files ") || line == "GIT binary patch") {
      content_differs();
    } else if (starts(line, "--- ") && starts(peek(), "+++ ")) {
      // Names without a hunk behind them: nothing of the content is there.
      in_git_header_ = false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::size_t> preamble_end_;
  std::optional<ChangedFile> current_;
  bool in_git_header_ = false;
  SplitDiff out_;
};

}  // namespace

SplitDiff split_diff(std::string_view text) {
  return Splitter(text).split();
}

}  // namespace sluice::host
