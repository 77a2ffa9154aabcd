#include "model/quotes.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "text.h"

namespace review {
namespace {

// A quote with fewer has to be the whole of one line.
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

std::size_t letters_in(std::string_view quote) {
  return static_cast<std::size_t>(std::count_if(quote.begin(), quote.end(), is_word));
}

bool is_within(const std::vector<Spot>& spots, std::string_view part) {
  return std::ranges::any_of(
      spots, [&](const Spot& spot) { return spot.line->text.find(trim(part)) != std::string::npos; });
}

// A quote of a few letters: by chance they stand in many lines, so it has to be all of one.
std::expected<Spot, Unresolved> only_line(const std::vector<Spot>& spots,
                                          const std::vector<std::string_view>& lines) {
  const std::string_view line = lines.front();
  const auto equal_to = [&](std::size_t marks) {
    std::vector<Spot> equal;
    std::ranges::copy_if(spots, std::back_inserter(equal),
                         [&](const Spot& spot) { return trim(spot.line->text) == trim(line.substr(marks)); });
    return equal;
  };
  std::vector<Spot> equal = equal_to(0);
  if (equal.empty() && has_marks(lines)) equal = equal_to(1);
  if (equal.size() == 1 && lines.size() == 1) return equal.front();
  return std::unexpected(equal.empty() && !is_within(spots, line) ? Unresolved::not_shown
                                                                  : Unresolved::too_little);
}

}  // namespace

std::expected<Risk, Unresolved> resolve(const Change& change, const Batch& batch, const Found& found,
                                        const std::string& source) {
  if (trim(found.why).empty()) return std::unexpected(Unresolved::without_reason);
  const std::size_t letters = letters_in(found.quote);
  if (letters == 0) return std::unexpected(Unresolved::too_little);
  const std::vector<std::string_view> lines = lines_in(found.quote);
  const std::vector<Spot> spots = shown(change, batch, found.file);
  if (letters < quote_letters_min) {
    const std::expected<Spot, Unresolved> spot = only_line(spots, lines);
    if (!spot) return std::unexpected(spot.error());
    if (auto risk = anchored(change, *spot, std::string(spot->line->text), found, source))
      return *std::move(risk);
    return std::unexpected(Unresolved::not_shown);
  }
  for (const std::size_t marks : {0U, 1U}) {
    if (marks == 1 && !has_marks(lines)) continue;
    const Spot* spot = first_with(spots, lines.front().substr(marks));
    if (spot == nullptr) continue;
    if (auto risk = anchored(change, *spot, joined(lines, marks), found, source)) return *std::move(risk);
  }
  if (lines.size() != 1) return std::unexpected(Unresolved::not_shown);
  for (const std::size_t marks : {0U, 1U}) {
    if (marks == 1 && !has_marks(lines)) continue;
    const std::string_view part = trim(lines.front().substr(marks));
    if (part.size() < part_bytes_min) continue;
    const Spot* spot = only_with_part(spots, part);
    if (spot == nullptr) continue;
    if (auto risk = anchored(change, *spot, std::string(spot->line->text), found, source))
      return *std::move(risk);
  }
  return std::unexpected(is_within(spots, lines.front()) ? Unresolved::too_little : Unresolved::not_shown);
}

}  // namespace review
