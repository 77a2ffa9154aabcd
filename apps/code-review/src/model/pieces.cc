#include "model/pieces.h"

#include <algorithm>
#include <utility>

#include "kind.h"
#include "text.h"

namespace review {
namespace {

constexpr std::size_t hints_max = 4;  // for one piece
constexpr std::size_t hint_bytes_max = 240;
constexpr std::size_t count_bytes_max = 4U << 20U;

char mark(const Line& line) {
  if (line.op == Line::Op::added) return '+';
  return line.op == Line::Op::deleted ? '-' : ' ';
}

bool is_on(const Claim& hint, const Line& line) {
  if (!hint.line || !hint.side) return false;
  if (*hint.side == Side::left) return line.op == Line::Op::deleted && line.old_line == *hint.line;
  return line.op != Line::Op::deleted && line.new_line == *hint.line;
}

std::string heading(const FileChange& file) {
  std::string out = concat("File: ", squeeze(file.path));
  if (!file.previous_path.empty()) append(out, " (before: ", squeeze(file.previous_path), ')');
  const std::string_view language = title_of(file.language);
  if (!language.empty()) append(out, ", ", language);
  return out + '\n';
}

}  // namespace

std::string text_of(const Change& change, const Piece& piece, std::span<const Claim> hints) {
  const FileChange& file = change.files[piece.file];
  const Hunk& hunk = file.hunks[piece.hunk];
  std::string out(hunk.header.substr(0, hunk.header.find("@@", 2) + 2));
  if (!hunk.section.empty()) append(out, ' ', hunk.section);
  if (piece.end - piece.first < hunk.lines.size()) out += " (a part of it)";
  out += '\n';
  const std::span<const Line> lines = std::span(hunk.lines).subspan(piece.first, piece.end - piece.first);
  for (const Line& line : lines) append(out, mark(line), line.text, '\n');
  std::size_t shown = 0;
  for (const Claim& hint : hints) {
    if (shown == hints_max) break;
    if (hint.path != file.path ||
        std::none_of(lines.begin(), lines.end(), [&](const Line& l) { return is_on(hint, l); }))
      continue;
    if (shown++ == 0) out += "Hints of simple checks, which may be wrong:\n";
    append(out, "* ", shorten(squeeze(hint.quote), hint_bytes_max), " -- ",
           shorten(squeeze(hint.why), hint_bytes_max), '\n');
  }
  return out;
}

std::string text_of(const Change& change, const Batch& batch, std::span<const Claim> hints) {
  std::string out;
  const Piece* before = nullptr;
  for (const Piece& piece : batch.pieces) {
    if (before == nullptr || before->file != piece.file) out += heading(change.files[piece.file]);
    out += text_of(change, piece, hints);
    before = &piece;
  }
  return out;
}

bool only_deletes(const Change& change, const Piece& piece) {
  const std::vector<Line>& lines = change.files[piece.file].hunks[piece.hunk].lines;
  return std::none_of(lines.begin() + piece.first, lines.begin() + piece.end,
                      [](const Line& line) { return line.op == Line::Op::added; });
}

ModelResult<std::vector<std::uint32_t>> count_all(Model& model, std::span<const std::string> texts) {
  std::vector<std::uint32_t> counts;
  counts.reserve(texts.size());
  while (counts.size() < texts.size()) {
    std::size_t end = counts.size();
    for (std::size_t bytes = 0;
         end < texts.size() && (bytes == 0 || bytes + texts[end].size() <= count_bytes_max); ++end) {
      bytes += texts[end].size() + 1;
    }
    const auto some = model.count_tokens(texts.subspan(counts.size(), end - counts.size()));
    if (!some) return std::unexpected(some.error());
    if (some->size() != end - counts.size()) {
      return std::unexpected(
          ModelError{ModelError::Kind::unavailable, "it counted other texts than it was given", 0});
    }
    counts.insert(counts.end(), some->begin(), some->end());
  }
  return counts;
}

std::vector<Batch> halves(const Batch& batch) {
  if (batch.pieces.size() > 1) {
    const auto middle = batch.pieces.begin() + static_cast<std::ptrdiff_t>(batch.pieces.size() / 2);
    return {Batch{{batch.pieces.begin(), middle}}, Batch{{middle, batch.pieces.end()}}};
  }
  Piece first = batch.pieces.front();
  if (first.end - first.first < 2) return {};
  Piece second = first;
  first.end = second.first = first.first + (first.end - first.first) / 2;
  first.tokens = second.tokens = first.tokens / 2;
  return {Batch{{first}}, Batch{{second}}};
}

}  // namespace review
