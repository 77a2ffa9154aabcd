#include "model/quotes.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "text.h"

namespace review {
namespace {

constexpr std::size_t quote_letters_min = 3;
constexpr std::size_t part_bytes_min = 12;

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (!lines.empty() || !trim(line).empty()) lines.push_back(line);
  }
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  return lines;
}

std::string joined(const std::vector<std::string_view>& lines, std::size_t without) {
  std::string out;
  for (const std::string_view line : lines)
    append(out, out.empty() ? "" : "\n", line.substr(std::min(without, line.size())));
  return out;
}

bool has_marks(const std::vector<std::string_view>& lines) {
  return std::all_of(lines.begin(), lines.end(), [](std::string_view line) {
    return !line.empty() && std::string_view("+- ").contains(line.front());
  });
}

struct Spot {
  std::uint32_t file = 0;
  const Line* line = nullptr;
};

// The lines that the batch shows of files that `wanted` names; changed ones first.
std::vector<Spot> shown(const Change& change, const Batch& batch, std::string_view wanted) {
  const auto named = [&](const Piece& piece, auto is_named) {
    const FileChange& file = change.files[piece.file];
    return is_named(file.path) || (!file.previous_path.empty() && is_named(file.previous_path));
  };
  const auto collect = [&](auto is_named) {
    std::vector<Spot> spots;
    for (const Piece& piece : batch.pieces) {
      if (!named(piece, is_named)) continue;
      const std::vector<Line>& lines = change.files[piece.file].hunks[piece.hunk].lines;
      for (std::uint32_t i = piece.first; i < piece.end; ++i) spots.push_back({piece.file, &lines[i]});
    }
    return spots;
  };
  wanted = trim(wanted);
  std::vector<Spot> spots =
      collect([&](const std::string& path) { return squeeze(path) == squeeze(wanted); });
  if (spots.empty()) {
    if (wanted.starts_with("a/") || wanted.starts_with("b/") || wanted.starts_with("./"))
      wanted.remove_prefix(wanted.find('/') + 1);
    const std::string end = concat('/', wanted);
    spots = collect(
        [&](const std::string& path) { return path == wanted || (!wanted.empty() && path.ends_with(end)); });
  }
  std::stable_partition(spots.begin(), spots.end(),
                        [](const Spot& spot) { return spot.line->op != Line::Op::context; });
  return spots;
}

const Spot* first_with(const std::vector<Spot>& spots, std::string_view line) {
  for (const bool exact : {true, false}) {
    const auto found = std::find_if(spots.begin(), spots.end(), [&](const Spot& spot) {
      return exact ? spot.line->text == line : equal_squeezed(spot.line->text, line);
    });
    if (found != spots.end()) return &*found;
  }
  return nullptr;
}

// The only line that holds the text.
const Spot* only_with_part(const std::vector<Spot>& spots, std::string_view part) {
  const Spot* only = nullptr;
  for (const Spot& spot : spots) {
    if (spot.line->text.find(part) == std::string_view::npos) continue;
    if (only != nullptr && only->line->text != spot.line->text) return nullptr;
    if (only == nullptr) only = &spot;
  }
  return only;
}

Side side_of(const Line& line) {
  return line.op == Line::Op::deleted ? Side::left : Side::right;
}

std::optional<Risk> anchored(const Change& change, const Spot& spot, std::string quote, const Found& found,
                             const std::string& source) {
  const Side side = side_of(*spot.line);
  Claim claim{.source = source,
              .severity = found.severity,
              .path = change.files[spot.file].path,
              .side = side,
              .line = side == Side::left ? spot.line->old_line : spot.line->new_line,
              .quote = std::move(quote),
              .why = squeeze(found.why),
              .action = squeeze(found.action)};
  Anchored result = anchor(change, {std::move(claim)});
  if (result.risks.empty()) return std::nullopt;
  return std::move(result.risks.front());
}

bool says_something(std::string_view quote) {
  return static_cast<std::size_t>(std::count_if(quote.begin(), quote.end(), is_word)) >= quote_letters_min;
}

}  // namespace

std::optional<Risk> resolve(const Change& change, const Batch& batch, const Found& found,
                            const std::string& source) {
  if (!says_something(found.quote) || trim(found.why).empty()) return std::nullopt;
  const std::vector<std::string_view> lines = lines_in(found.quote);
  const std::vector<Spot> spots = shown(change, batch, found.file);
  for (const std::size_t marks : {0U, 1U}) {
    if (marks == 1 && !has_marks(lines)) continue;
    const Spot* spot = first_with(spots, lines.front().substr(marks));
    if (spot == nullptr) continue;
    if (std::optional<Risk> risk = anchored(change, *spot, joined(lines, marks), found, source)) return risk;
  }
  if (lines.size() != 1) return std::nullopt;
  for (const std::size_t marks : {0U, 1U}) {
    if (marks == 1 && !has_marks(lines)) continue;
    const std::string_view part = trim(lines.front().substr(marks));
    if (part.size() < part_bytes_min) continue;
    if (const Spot* spot = only_with_part(spots, part))
      return anchored(change, *spot, std::string(spot->line->text), found, source);
  }
  return std::nullopt;
}

}  // namespace review
