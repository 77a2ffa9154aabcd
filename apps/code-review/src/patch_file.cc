#include "patch_file.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace review {
namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// The path of a `---` or `+++` line; empty for /dev/null.
std::string path_of(std::string_view line) {
  std::string_view path = line.substr(4, line.find('\t', 4) - 4);
  while (path.ends_with('\r') || path.ends_with(' ')) path.remove_suffix(1);
  if (path == "/dev/null") return {};
  const std::size_t slash = path.find('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// Old and new lines that a hunk's header counts; {0, 0} where it is none.
std::pair<std::size_t, std::size_t> counts_of(std::string_view header) {
  const Patch patch = parse_patch(header);
  return patch.hunks.empty()
             ? std::pair<std::size_t, std::size_t>()
             : std::pair<std::size_t, std::size_t>(patch.hunks[0].old_count, patch.hunks[0].new_count);
}

// Takes the hunk whose header was just read: as many lines as it counts, and a marker after them.
void take_hunk(std::string_view header, std::string_view& rest, std::string& out) {
  auto [old_left, new_left] = counts_of(header);
  out.append(header).push_back('\n');
  while (!rest.empty()) {
    std::string_view ahead = rest;
    const std::string_view line = take_line(ahead);
    const bool marker = line.starts_with('\\');
    if (old_left == 0 && new_left == 0 && !marker) return;
    if (!marker && !line.starts_with('+') && old_left > 0) --old_left;
    if (!marker && !line.starts_with('-') && new_left > 0) --new_left;
    out.append(line).push_back('\n');
    rest = ahead;
  }
}

}  // namespace

PatchFile read_patch_file(std::string_view text) {
  PatchFile file;
  std::string_view rest = text;
  std::string_view before;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.starts_with("@@ -") && !file.parts.empty()) {
      take_hunk(line, rest, file.parts.back().patch);
    } else if (line.starts_with("+++ ") && before.starts_with("--- ")) {
      PatchPart part;
      part.path = path_of(line);
      std::string old_path = path_of(before);
      if (part.path.empty()) {
        part.status = FileStatus::removed;
        part.path = std::move(old_path);
      } else if (old_path.empty()) {
        part.status = FileStatus::added;
      } else if (old_path != part.path && line.starts_with("+++ b/")) {
        part.status = FileStatus::renamed;
        part.previous_path = std::move(old_path);
      }
      file.parts.push_back(std::move(part));
    } else if (file.title.empty()) {
      for (const std::string_view key : {std::string_view("Subject: "), std::string_view("Description: ")}) {
        if (line.starts_with(key)) file.title = line.substr(key.size());
      }
    }
    before = line;
  }
  // GitHub gives patches without the last line's end.
  for (PatchPart& part : file.parts) {
    if (part.patch.ends_with('\n')) part.patch.pop_back();
  }
  return file;
}

std::string reverse_patch(std::string_view patch) {
  Patch parsed = parse_patch(patch);
  std::vector<std::string> headers;
  headers.reserve(parsed.hunks.size());
  for (Hunk& hunk : parsed.hunks) {
    std::swap(hunk.old_start, hunk.new_start);
    std::swap(hunk.old_count, hunk.new_count);
    std::string header = "@@ -" + std::to_string(hunk.old_start) + "," + std::to_string(hunk.old_count) +
                         " +" + std::to_string(hunk.new_start) + "," + std::to_string(hunk.new_count) + " @@";
    if (!hunk.section.empty()) header.append(" ").append(hunk.section);
    hunk.header = headers.emplace_back(std::move(header));
    for (Line& line : hunk.lines) {
      std::swap(line.old_line, line.new_line);
      if (line.op == Line::Op::context) continue;
      line.op = line.op == Line::Op::added ? Line::Op::deleted : Line::Op::added;
    }
    // Deleted lines stand before the added ones of the same block.
    for (auto first = hunk.lines.begin(); first != hunk.lines.end();) {
      const auto context = [](const Line& line) { return line.op == Line::Op::context; };
      const auto begin = std::find_if_not(first, hunk.lines.end(), context);
      const auto end = std::find_if(begin, hunk.lines.end(), context);
      std::vector<Line> ordered;
      for (const Line::Op op : {Line::Op::deleted, Line::Op::added}) {
        std::copy_if(begin, end, std::back_inserter(ordered),
                     [&](const Line& line) { return line.op == op; });
      }
      std::copy(ordered.begin(), ordered.end(), begin);
      first = end;
    }
  }
  return print_patch(parsed);
}

PatchFile reverse(const PatchFile& file) {
  PatchFile out;
  out.title = "Revert: " + file.title;
  for (const PatchPart& part : file.parts) {
    PatchPart back = part;
    back.patch = reverse_patch(part.patch);
    if (part.status == FileStatus::added) back.status = FileStatus::removed;
    if (part.status == FileStatus::removed) back.status = FileStatus::added;
    if (part.status == FileStatus::renamed) std::swap(back.path, back.previous_path);
    out.parts.push_back(std::move(back));
  }
  return out;
}

Change change_of(const PatchFile& file) {
  Change change;
  change.title = file.title;
  for (const PatchPart& part : file.parts) {
    change.files.push_back(parse_file_change(part.path, part.previous_path, part.status, part.patch));
  }
  return change;
}

}  // namespace review
