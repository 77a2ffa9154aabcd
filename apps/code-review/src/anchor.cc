#include "anchor.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "hash.h"
#include "text.h"

namespace review {
namespace {

// Beyond this nobody reads on, and comments have a size limit.
constexpr std::size_t prose_bytes_max = 1'000;

enum class Match : std::uint8_t { exact, squeezed };

struct Place {
  std::uint32_t hunk = 0;
  Side side = Side::right;
  std::uint32_t line = 0;
  std::uint32_t start_line = 0;
  std::string quote;
  // Of several places the lowest is taken.
  std::uint32_t distance = 0;
};

// The kind of line that a quote from this side passes over.
Line::Op other_side(Side side) {
  return side == Side::left ? Line::Op::added : Line::Op::deleted;
}

std::uint32_t number_on(const Line& line, Side side) {
  return side == Side::left ? line.old_line : line.new_line;
}

bool matches(std::string_view text, std::string_view quote, Match match) {
  return match == Match::exact ? text == quote : equal_squeezed(text, quote);
}

std::vector<std::string_view> lines_of(std::string_view quote) {
  std::vector<std::string_view> lines;
  while (!quote.empty()) {
    std::string_view line = take_until(quote, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  // A model's quote often has empty lines around it.
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  const auto first =
      std::find_if(lines.begin(), lines.end(), [](std::string_view l) { return !trim(l).empty(); });
  lines.erase(lines.begin(), first);
  return lines;
}

class Finder {
 public:
  Finder(const FileChange& file, const Claim& claim)
      : file_(file), claim_(claim), quote_(lines_of(claim.quote)) {}

  std::optional<Place> find() {
    if (quote_.empty()) return std::nullopt;
    search_hinted();
    if (best_ && best_->distance == 0) return std::move(best_);
    for (const Match match : {Match::exact, Match::squeezed}) {
      for (std::uint32_t hunk = 0; hunk < file_.hunks.size(); ++hunk) search(hunk, match);
      if (best_) break;
    }
    return std::move(best_);
  }

 private:
  // Signals know their lines: this saves them the walk over the whole file.
  void search_hinted() {
    if (!claim_.side || !claim_.line) return;
    const Side side = *claim_.side;
    for (std::uint32_t i = 0; i < file_.hunks.size(); ++i) {
      const Hunk& hunk = file_.hunks[i];
      const std::uint32_t start = side == Side::left ? hunk.old_start : hunk.new_start;
      if (*claim_.line < start) continue;
      // Before the line stand at least those of its side.
      for (std::size_t at = *claim_.line - start; at < hunk.lines.size(); ++at) {
        const Line& line = hunk.lines[at];
        if (line.op == other_side(side) || number_on(line, side) != *claim_.line) continue;
        if (matches(line.text, quote_.front(), Match::exact)) consider(i, at, side, Match::exact);
        break;
      }
    }
  }

  void search(std::uint32_t hunk, Match match) {
    const std::vector<Line>& lines = file_.hunks[hunk].lines;
    for (std::size_t at = 0; at < lines.size(); ++at) {
      if (!matches(lines[at].text, quote_.front(), match)) continue;
      consider(hunk, at, lines[at].op == Line::Op::deleted ? Side::left : Side::right, match);
    }
  }

  void consider(std::uint32_t hunk, std::size_t at, Side side, Match match) {
    if (claim_.side && *claim_.side != side) return;
    const std::vector<Line>& lines = file_.hunks[hunk].lines;
    Place place{.hunk = hunk, .side = side, .line = 0, .start_line = 0, .quote = {}, .distance = 0};
    std::size_t matched = 0;
    bool changed = false;
    for (; at < lines.size() && matched < quote_.size(); ++at) {
      const Line& line = lines[at];
      if (line.op == other_side(side)) continue;
      // GitHub takes context for the right side only.
      if (side == Side::left && line.op == Line::Op::context) return;
      if (!matches(line.text, quote_[matched], match)) return;
      place.line = number_on(line, side);
      if (matched == 0) place.start_line = place.line;
      if (matched++ > 0) place.quote += '\n';
      place.quote += line.text;
      changed = changed || line.op != Line::Op::context;
    }
    if (matched < quote_.size()) return;
    place.distance = distance(place, changed);
    if (best_ && best_->distance <= place.distance) return;
    if (place.start_line == place.line) place.start_line = 0;
    best_ = std::move(place);
  }

  // How far a place is from what the claim names; without a line, changed lines come before context.
  [[nodiscard]] std::uint32_t distance(const Place& place, bool changed) const {
    const std::uint32_t context = changed ? 0 : 1;
    if (!claim_.line) return context;
    const std::uint32_t hint = *claim_.line;
    const std::uint32_t lines = place.line > hint ? place.line - hint : hint - place.line;
    return std::min(lines, 1U << 30U) * 2 + context;
  }

  const FileChange& file_;
  const Claim& claim_;
  std::vector<std::string_view> quote_;
  std::optional<Place> best_;
};

// The best place in the files of that path: a diff of several commits has a file more than once.
template <class HasPath>
std::optional<Place> find_in(const Change& change, const Claim& claim, std::uint32_t& file,
                             HasPath has_path) {
  std::optional<Place> best;
  for (std::uint32_t i = 0; i < change.files.size(); ++i) {
    if (!has_path(change.files[i])) continue;
    std::optional<Place> place = Finder(change.files[i], claim).find();
    if (!place || (best && best->distance <= place->distance)) continue;
    best = std::move(place);
    file = i;
  }
  return best;
}

std::optional<Place> find_place(const Change& change, const Claim& claim, std::uint32_t& file) {
  if (claim.path.empty()) return std::nullopt;
  std::optional<Place> place =
      find_in(change, claim, file, [&](const FileChange& each) { return each.path == claim.path; });
  if (place) return place;
  return find_in(change, claim, file,
                 [&](const FileChange& each) { return each.previous_path == claim.path; });
}

// Sorts by place and drops what was said before about the same line.
std::uint32_t drop_duplicates(std::vector<Risk>& risks) {
  const auto place = [](const Risk& risk) { return std::tuple(risk.file, risk.line, risk.side); };
  std::stable_sort(risks.begin(), risks.end(),
                   [&](const Risk& a, const Risk& b) { return place(a) < place(b); });
  std::vector<Risk> kept;
  kept.reserve(risks.size());
  std::size_t same_place = 0;  // the first of those kept at the place of the last one
  for (Risk& risk : risks) {
    if (same_place < kept.size() && place(kept[same_place]) != place(risk)) same_place = kept.size();
    const bool known =
        std::any_of(kept.begin() + static_cast<std::ptrdiff_t>(same_place), kept.end(),
                    [&](const Risk& k) { return k.source == risk.source || k.why == risk.why; });
    if (!known) kept.push_back(std::move(risk));
  }
  const std::size_t dropped = risks.size() - kept.size();
  risks = std::move(kept);
  return static_cast<std::uint32_t>(dropped);
}

// A zero byte ends each part.
std::uint64_t hash_part(std::uint64_t hash, std::string_view part) {
  return hash_text(part, hash) * hash_prime;
}

std::string hex(std::uint64_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 0; i < 16; ++i) out[15 - i] = digits[(number >> (4 * i)) & 0xFU];
  return out;
}

// `risks` are in the order of their places: equal findings in equal lines are told apart by that order.
void give_fingerprints(std::vector<Risk>& risks) {
  std::vector<std::pair<std::uint64_t, std::size_t>> bases;
  bases.reserve(risks.size());
  for (std::size_t i = 0; i < risks.size(); ++i) {
    const Risk& risk = risks[i];
    // Another model that finds the same says nothing new.
    const std::string_view source =
        risk.source.starts_with("model:") ? "model" : std::string_view(risk.source);
    const std::uint64_t start = hash_part(hash_part(hash_start, source), risk.path);
    bases.emplace_back(hash_part(start, squeeze(risk.quote)), i);
  }
  std::sort(bases.begin(), bases.end());
  std::size_t occurrence = 0;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    occurrence = i > 0 && bases[i].first == bases[i - 1].first ? occurrence + 1 : 0;
    risks[bases[i].second].fingerprint =
        hex(hash_part(bases[i].first, concat(static_cast<std::uint64_t>(occurrence))));
  }
}

}  // namespace

Claim claim_of(Finding finding) {
  return {.source = "signal:" + finding.id,
          .severity = finding.severity,
          .path = std::move(finding.path),
          .side = finding.side,
          .line = finding.line,
          .quote = std::move(finding.quote),
          .why = std::move(finding.why),
          .action = std::move(finding.action),
          .alike = finding.alike};
}

Anchored anchor(const Change& change, std::vector<Claim> claims) {
  Anchored result;
  for (Claim& claim : claims) {
    std::uint32_t file = 0;
    std::optional<Place> place = find_place(change, claim, file);
    if (!place) {
      ++result.unresolved;
      continue;
    }
    Risk risk{.severity = claim.severity,
              .source = std::move(claim.source),
              .also = {},
              .path = change.files[file].path,
              .side = place->side,
              .line = place->line,
              .start_line = place->start_line,
              .quote = std::move(place->quote),
              .why = shorten(claim.why, prose_bytes_max),
              .action = shorten(claim.action, prose_bytes_max),
              .file = file,
              .hunk = place->hunk,
              .fingerprint = {}};
    result.risks.push_back(std::move(risk));
  }
  result.duplicates = drop_duplicates(result.risks);
  give_fingerprints(result.risks);
  std::stable_sort(result.risks.begin(), result.risks.end(),
                   [](const Risk& a, const Risk& b) { return a.severity > b.severity; });
  return result;
}

}  // namespace review
