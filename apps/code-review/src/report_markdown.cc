#include <algorithm>

#include "escape.h"
#include "report.h"
#include "report_model.h"
#include "summary.h"
#include "text.h"

namespace review {
namespace {

constexpr std::size_t lines_around = 2;
constexpr std::size_t excerpt_lines_max = 24;
constexpr std::size_t line_bytes_max = 240;
constexpr std::size_t places_shown = 10;
constexpr std::size_t places_named = 40;

// Adds entries as long as they fit; what doesn't is counted, never cut.
class Page {
 public:
  explicit Page(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Text that always has its place: headings, and the sentences that say what was left out.
  void must(std::string_view text) { out_ += text; }

  // Whether it was added. `reserve` bytes are kept free for what follows.
  bool may(std::string_view text, std::size_t reserve) {
    if (bytes_max_ != 0 && out_.size() + text.size() + reserve > bytes_max_) return false;
    out_ += text;
    return true;
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t bytes_max_;
};

std::string sentences(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& sentence : list) append(out, out.empty() ? "" : " ", markdown_prose(sentence));
  return out;
}

std::string diff_of(const Review& review, const Risk& risk) {
  std::vector<ExcerptLine> lines = excerpt(review, risk, lines_around);
  if (lines.size() > excerpt_lines_max) lines.resize(excerpt_lines_max);
  std::vector<std::string> texts;
  for (const ExcerptLine& entry : lines) {
    texts.push_back(mark_of(*entry.line) + shown_text(review, risk, *entry.line, line_bytes_max));
  }
  return markdown_diff(texts) + '\n';
}

// Of a pattern that repeats, the first places are shown and some more named; the rest is counted.
void add_places(std::string& out, const Review& review, const RiskGroup& group, std::string_view rest) {
  std::size_t at = 0;
  for (; at < group.risks.size() && at < places_shown; ++at) {
    const Risk& risk = *group.risks[at];
    append(out, "**", markdown_code(risk.path), ", ", place_of(risk), "**\n\n");
    if (!group.same_why) append(out, markdown_prose(risk.why), "\n\n");
    out += diff_of(review, risk);
  }
  if (at == group.risks.size()) return;
  out += "Also:\n\n";
  for (; at < group.risks.size() && at < places_shown + places_named; ++at) {
    append(out, "- ", markdown_code(group.risks[at]->path), ", ", place_of(*group.risks[at]), "\n");
  }
  if (at < group.risks.size()) {
    append(out, "- ", counted(group.risks.size() - at, "further place"), ": ", rest, '\n');
  }
  out += "\n";
}

std::string group_entry(const Review& review, const RiskGroup& group, std::size_t number,
                        std::string_view rest) {
  const Risk& first = *group.risks.front();
  std::string out = concat("#### ", static_cast<std::uint64_t>(number), ". ", title_of(first.severity), ": ");
  if (group.risks.size() == 1) {
    append(out, markdown_code(first.path), ", ", place_of(first), "\n\n", markdown_prose(first.why), "\n\n",
           diff_of(review, first));
  } else {
    append(out, counted(group.risks.size(), "place"), "\n\n");
    if (group.same_why) append(out, markdown_prose(first.why), "\n\n");
    add_places(out, review, group, rest);
  }
  append(out, "**What to do:** ", markdown_prose(first.action), " <sub>", markdown_prose(sources_of(first)),
         "</sub>\n\n");
  return out;
}

// Bytes that are kept free for the parts after each list, and for its own last sentence.
constexpr std::size_t reserve_for_changes = 6'000;
constexpr std::size_t reserve_for_coverage = 2'500;
constexpr std::size_t reserve_for_end = 600;

void add_risks(Page& page, const Review& review, std::string_view rest) {
  if (review.outcome == Outcome::nothing) return;
  page.must("### Hidden risks\n\n");
  if (review.risks.empty()) {
    page.must("None seen.\n\n");
    return;
  }
  std::uint64_t left = 0;
  std::size_t number = 0;
  bool full = false;
  for (const RiskGroup& group : risk_groups(review)) {
    full = full || !page.may(group_entry(review, group, ++number, rest), reserve_for_changes);
    if (full) left += group.risks.size();
  }
  if (left > 0) page.must(concat(counted(left, "further risk"), " of no higher severity: ", rest, ".\n\n"));
  if (review.risks_unlisted > 0)
    page.must(concat(counted(review.risks_unlisted, "further risk"),
                     " of no higher severity not listed (`max-risks`).\n\n"));
  if (const std::string alike = alike_sentence(review); !alike.empty()) page.must(alike + "\n\n");
}

void add_changes(Page& page, const Review& review, std::string_view rest) {
  if (review.changes.empty()) return;
  page.must("### Major changes by file\n\n");
  std::uint64_t left = review.changes.size();
  const FileNote* before = nullptr;
  for (const FileNote& note : review.changes) {
    std::string entry;
    if (before == nullptr || before->kind != note.kind) {
      append(entry, before == nullptr ? "" : "\n", "**", title_of(note.kind), "**\n\n");
    }
    append(entry, "- ", markdown_code(note.path), " (+", note.additions, " −", note.deletions,
           "): ", markdown_prose(note.what), "\n");
    if (!page.may(entry, reserve_for_coverage)) break;
    before = &note;
    --left;
  }
  if (left > 0) page.must(concat("\n", counted(left, "further file"), ": ", rest, ".\n"));
  page.must("\n");
}

void add_unseen_by_model(Page& page, const Review& review, std::string_view rest) {
  const std::vector<CoverageGroup> groups = unseen_by_model(review);
  if (groups.empty()) return;
  page.must(
      concat("By the model ", hunks_seen_by_model(review), " of these hunks were read. Not read by it:\n\n"));
  std::uint64_t left = groups.size();
  for (const CoverageGroup& group : groups) {
    const std::string entry = concat("- ", markdown_code(group.file), " (", counted(group.hunks, "hunk"),
                                     "): ", markdown_prose(group.reason), "\n");
    if (!page.may(entry, reserve_for_end)) break;
    --left;
  }
  if (left > 0) page.must(concat("- ", counted(left, "further entry", "further entries"), ": ", rest, '\n'));
  page.must("\n");
}

void add_coverage(Page& page, const Review& review, std::string_view rest) {
  page.must("### Coverage\n\n");
  const Usage& usage = review.usage;
  const std::vector<CoverageGroup> groups = not_reviewed(review);
  const bool all = usage.hunks == usage.hunks_reviewed;
  if (usage.hunks == 0) {
    page.must("There was no hunk to review.");
  } else if (usage.hunks_reviewed == 0) {
    page.must("No hunk was reviewed.");
  } else if (all) {
    page.must(usage.hunks == 1 ? "The only hunk was reviewed."
                               : concat("All ", usage.hunks, " hunks were reviewed."));
  } else {
    page.must(concat(usage.hunks_reviewed, " of ", counted(usage.hunks, "hunk"), " were reviewed."));
  }
  page.must(groups.empty() ? "\n\n"
            : all && usage.hunks > 0
                ? usage.hunks == 1 ? " Beside it, not reviewed:\n\n" : " Beside them, not reviewed:\n\n"
                : " Not reviewed:\n\n");
  std::uint64_t left = groups.size();
  for (const CoverageGroup& group : groups) {
    const std::string hunks =
        group.hunks == 0 ? std::string() : concat(" (", counted(group.hunks, "hunk"), ")");
    const std::string entry =
        concat("- ", markdown_code(group.file), hunks, ": ", markdown_prose(group.reason), "\n");
    if (!page.may(entry, reserve_for_end)) break;
    --left;
  }
  if (left > 0) page.must(concat("- ", counted(left, "further entry", "further entries"), ": ", rest, '\n'));
  if (!groups.empty()) page.must("\n");
  add_unseen_by_model(page, review, rest);
}

}  // namespace

std::string render_markdown(const Review& review, const MarkdownOptions& options) {
  std::string start = options.first_line;
  if (!start.empty()) start += '\n';
  append(start, "## Code review");
  const std::string title = squeeze(shorten(review.about.title, 200));
  if (!title.empty()) append(start, ": ", markdown_prose(title));
  append(start, "\n\n", sentences(review.summary), "\n\n");
  if (!options.remarks.empty()) append(start, sentences(options.remarks), "\n\n");
  if (!review.model.summary.empty())
    append(start, "**In the model's words:** ", markdown_prose(review.model.summary), "\n\n");
  append(start, "**Effort** ", review.effort.score, " of 5: ", markdown_prose(review.effort.reason), ".\n\n");

  Page page(options.bytes_max);
  page.must(start);
  add_risks(page, review, options.rest);
  add_changes(page, review, options.rest);
  add_coverage(page, review, options.rest);
  std::string head = review.about.head_sha.empty()
                         ? std::string()
                         : concat(" of commit ", markdown_code(cut(review.about.head_sha, 12)));
  page.must(concat("---\n<sub>", app_name, ' ', app_version, head, " in ", review.usage.duration_ms, " ms, ",
                   markdown_prose(made_by(review)), ".</sub>\n"));
  return page.take();
}

}  // namespace review
