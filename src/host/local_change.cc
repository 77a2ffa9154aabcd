#include "host/local_change.h"

#include <algorithm>

#include "base/text.h"
#include "base/value.h"
#include "host/change_utf8.h"
#include "host/diff_splitter.h"

namespace sluice::host {

namespace {

struct Description {
  std::string title;
  std::string body;
  std::string author;
};

bool starts(std::string_view line, std::string_view with) {
  return line.substr(0, with.size()) == with;
}

std::string_view value_of(std::string_view line) {
  return trim(line.substr(line.find(':') + 1));
}

// A line such as `Subject: …`: a word of letters and hyphens, a colon, a space or nothing.
bool is_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  if (colon + 1 < line.size() && line[colon + 1] != ' ' && line[colon + 1] != '\t') return false;
  return std::ranges::all_of(line.substr(0, colon),
                             [](unsigned char c) { return std::isalpha(c) != 0 || c == '-'; });
}

// "[PATCH 2/3] Fix x" is about "Fix x".
std::string_view without_patch_mark(std::string_view subject) {
  while (starts(subject, "[")) {
    const auto end = subject.find(']');
    if (end == std::string_view::npos) break;
    subject = trim(subject.substr(end + 1));
  }
  return subject;
}

void append_line(std::string& text, std::string_view line) {
  if (text.empty() && trim(line).empty()) return;
  text.append(line).append("\n");
}

// Ends the description: what git and quilt write between it and the first file.
bool is_end(std::string_view line) {
  return line == "---" || starts(line, "Index: ") || starts(line, "====") || starts(line, "diff ");
}

Description describe(std::string_view preamble) {
  enum class Field { none, subject, description, author, ignored } last = Field::none;
  Description out;
  bool in_headers = true;
  for (std::string_view line : split(preamble, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (is_end(line)) break;
    if (line.empty()) {
      if (last != Field::none) in_headers = false;
      if (!in_headers) append_line(out.body, line);
      continue;
    }
    if (in_headers && starts(line, "From ") && last == Field::none) {
      last = Field::ignored;
    } else if (in_headers && is_header(line)) {
      last = Field::ignored;
      if (starts(line, "Subject:") || starts(line, "Description:")) {
        out.title = without_patch_mark(value_of(line));
        last = starts(line, "Subject:") ? Field::subject : Field::description;
      } else if (starts(line, "From:") || starts(line, "Author:")) {
        out.author = value_of(line);
        last = Field::author;
      }
    } else if (in_headers && line.front() == ' ' && last == Field::subject) {
      out.title.append(" ").append(trim(line));  // mail folds long subjects
    } else if (in_headers && line.front() == ' ' && last == Field::description) {
      // DEP-3 puts the long description here, with " ." for an empty line.
      const std::string_view text = trim(line);
      append_line(out.body, text == "." ? std::string_view() : text);
    } else {
      in_headers = false;
      append_line(out.body, line);
    }
  }
  return out;
}

void finish(Description& description) {
  description.body = trim(description.body);
  if (description.title.empty() && !description.body.empty()) {
    const auto end = description.body.find('\n');
    description.title = description.body.substr(0, end);
    description.body = end == std::string::npos ? "" : std::string(trim(description.body.substr(end)));
  }
}

}  // namespace

Result<LocalChange> read_diff(std::string text, std::string name) {
  const std::string what = "read the diff " + name;
  LocalChange change;
  if (trim(text).empty()) {
    return fail(ErrorCode::invalid_input, what, "it is empty: there is nothing to review");
  }
  SplitDiff split = split_diff(text);
  if (split.files.empty()) {
    return fail(ErrorCode::invalid_input, what, "there is no file's change in it",
                "give it the output of `git diff`, `git format-patch` or `diff -u`");
  }
  std::size_t replaced = 0;
  Description description = describe(to_utf8(split.preamble, &replaced));
  change.not_utf8 = replaced + make_utf8(split.files);
  finish(description);
  change.repository = is_utf8(name) ? std::move(name) : to_utf8(name, nullptr);
  change.title = std::move(description.title);
  change.body = std::move(description.body);
  change.author = std::move(description.author);
  change.files = std::move(split.files);
  return change;
}

}  // namespace sluice::host
