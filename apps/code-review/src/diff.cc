#include "diff.h"

#include <cstddef>
#include <utility>

namespace review {
namespace {

// One line of the patch: `text` without its end.
struct RawLine {
  std::string_view text;
  bool carriage_return = false;
  bool newline = false;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) { advance(); }

  Patch parse() {
    while (have_line_) {
      if (line_.text.starts_with("@@")) {
        parse_hunk();
      } else {
        skip("text that is not part of a hunk: a hunk begins with \"@@ -\"");
      }
    }
    return std::move(patch_);
  }

 private:
  void advance() {
    if (rest_.empty()) {
      have_line_ = false;
      return;
    }
    const std::size_t end = rest_.find('\n');
    line_.newline = end != std::string_view::npos;
    patch_.final_newline = line_.newline;
    line_.text = rest_.substr(0, end);
    rest_.remove_prefix(line_.newline ? end + 1 : rest_.size());
    line_.carriage_return = line_.text.ends_with('\r');
    if (line_.carriage_return) line_.text.remove_suffix(1);
    have_line_ = true;
    ++number_;
  }

  // Reports the current line and leaves out everything up to the next line that looks like a hunk's header.
  void skip(std::string_view what) {
    ParseProblem problem{number_, 0, std::string(what)};
    do {
      ++problem.lines;
      advance();
    } while (have_line_ && !line_.text.starts_with("@@"));
    patch_.problems.push_back(std::move(problem));
  }

  void parse_hunk() {
    if (line_.text.starts_with("@@@")) {
      skip("a combined diff (\"@@@\") of a merge: review it against one parent");
      return;
    }
    Hunk hunk;
    if (!parse_header(hunk)) {
      skip("a hunk header that is not of the form \"@@ -a,b +c,d @@\"");
      return;
    }
    const std::uint32_t header_number = number_;
    advance();
    parse_body(hunk, header_number);
    patch_.hunks.push_back(std::move(hunk));
  }

  bool parse_header(Hunk& hunk) {
    // The header keeps its CR, so that a patch converted as a whole prints back as it was.
    hunk.header = std::string_view(line_.text.data(), line_.text.size() + (line_.carriage_return ? 1 : 0));
    std::string_view text = line_.text;
    if (!take(text, "@@ -") || !take_range(text, hunk.old_start, hunk.old_count)) return false;
    if (!take(text, " +") || !take_range(text, hunk.new_start, hunk.new_count)) return false;
    if (!take(text, " @@")) return false;
    if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    hunk.section = text;
    return true;
  }

  static bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
  }

  static bool take_number(std::string_view& text, std::uint32_t& value) {
    std::uint64_t sum = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      sum = sum * 10 + static_cast<std::uint64_t>(text[digits] - '0');
      if (sum > line_number_max) return false;
      ++digits;
    }
    text.remove_prefix(digits);
    value = static_cast<std::uint32_t>(sum);
    return digits > 0;
  }

  // "start" or "start,count"; lines count from 1, so only an empty range may start at 0.
  static bool take_range(std::string_view& text, std::uint32_t& start, std::uint32_t& count) {
    count = 1;
    if (!take_number(text, start)) return false;
    if (take(text, ",") && !take_number(text, count)) return false;
    return (start > 0 || count == 0) && count <= line_number_max - start;
  }

  void parse_body(Hunk& hunk, std::uint32_t header_number) {
    // An empty range names the line before it.
    std::uint32_t old_line = hunk.old_start + (hunk.old_count == 0 ? 1 : 0);
    std::uint32_t new_line = hunk.new_start + (hunk.new_count == 0 ? 1 : 0);
    std::uint32_t old_left = hunk.old_count;
    std::uint32_t new_left = hunk.new_count;
    while (have_line_ && (old_left > 0 || new_left > 0)) {
      if (is_marker()) {
        if (!take_marker(hunk)) break;
        continue;
      }
      Line line;
      if (!read_line(line)) break;
      const bool in_old = line.op != Line::Op::added;
      const bool in_new = line.op != Line::Op::deleted;
      if ((in_old && old_left == 0) || (in_new && new_left == 0)) break;
      if (in_old) line.old_line = old_line++, --old_left;
      if (in_new) line.new_line = new_line++, --new_left;
      hunk.lines.push_back(line);
      advance();
    }
    if (old_left > 0 || new_left > 0) {
      report_mismatch(header_number, old_left, new_left);
    } else if (have_line_ && is_marker()) {
      take_marker(hunk);
    }
  }

  bool is_marker() const { return line_.text.starts_with('\\'); }

  // `\ No newline at end of file`, in whatever language the tool wrote it.
  bool take_marker(Hunk& hunk) {
    const std::string_view marker(line_.text.data(), line_.text.size() + (line_.carriage_return ? 1 : 0));
    const bool repeated = hunk.no_newline_marker.empty() || hunk.no_newline_marker == marker;
    if (hunk.lines.empty() || hunk.lines.back().no_newline || !repeated) return false;
    hunk.no_newline_marker = marker;
    hunk.lines.back().no_newline = true;
    advance();
    return true;
  }

  bool read_line(Line& line) const {
    line.carriage_return = line_.carriage_return;
    if (line_.text.empty()) {
      line.bare = true;
      return true;
    }
    line.text = line_.text.substr(1);
    switch (line_.text.front()) {
      case ' ':
        line.op = Line::Op::context;
        return true;
      case '+':
        line.op = Line::Op::added;
        return true;
      case '-':
        line.op = Line::Op::deleted;
        return true;
      default:
        return false;
    }
  }

  void report_mismatch(std::uint32_t header_number, std::uint32_t old_left, std::uint32_t new_left) {
    std::string what = "the hunk of line " + std::to_string(header_number) + " lacks " +
                       std::to_string(old_left) + " old and " + std::to_string(new_left) +
                       " new lines that its header counts";
    if (!have_line_) {
      patch_.problems.push_back({number_, 0, what + ": the patch ends before"});
    } else if (line_.text.starts_with("@@")) {
      patch_.problems.push_back({number_, 0, what + ": the next hunk begins before"});
    } else {
      skip(what + ": it does not go on here");
    }
  }

  std::string_view rest_;
  RawLine line_;
  bool have_line_ = false;
  std::uint32_t number_ = 0;
  Patch patch_;
};

constexpr char mark_of(Line::Op op) {
  return op == Line::Op::added ? '+' : op == Line::Op::deleted ? '-' : ' ';
}

}  // namespace

Patch parse_patch(std::string_view text) {
  return Parser(text).parse();
}

std::string print_patch(const Patch& patch) {
  std::string out;
  for (const Hunk& hunk : patch.hunks) {
    out.append(hunk.header).push_back('\n');
    for (const Line& line : hunk.lines) {
      if (!line.bare) out.push_back(mark_of(line.op));
      out.append(line.text);
      if (line.carriage_return) out.push_back('\r');
      out.push_back('\n');
      if (line.no_newline) out.append(hunk.no_newline_marker).push_back('\n');
    }
  }
  if (!patch.final_newline && !out.empty()) out.pop_back();
  return out;
}

FileChange parse_file_change(std::string path, std::string previous_path, FileStatus status,
                             std::string_view patch) {
  FileChange file;
  file.language = language_of(path);
  file.path = std::move(path);
  file.previous_path = std::move(previous_path);
  file.status = status;
  Patch parsed = parse_patch(patch);
  file.hunks = std::move(parsed.hunks);
  file.problems = std::move(parsed.problems);
  return file;
}

std::uint32_t count_lines(const FileChange& file, Line::Op op) {
  std::uint32_t count = 0;
  for (const Hunk& hunk : file.hunks) {
    for (const Line& line : hunk.lines) count += line.op == op ? 1U : 0U;
  }
  return count;
}

}  // namespace review
