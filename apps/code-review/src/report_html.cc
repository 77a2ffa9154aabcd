#include <algorithm>

#include "escape.h"
#include "report.h"
#include "report_html_style.h"
#include "report_model.h"
#include "summary.h"
#include "text.h"

namespace review {
namespace {

constexpr std::size_t lines_around = 4;
constexpr std::size_t line_bytes_max = 400;

std::string line_number(std::uint32_t number) {
  return number == 0 ? std::string() : concat(number);
}

void add_code(std::string& out, const Review& review, const Risk& risk) {
  const std::vector<ExcerptLine> lines = excerpt(review, risk, lines_around);
  if (lines.empty()) return;
  out += "<div class=\"scroll\"><table class=\"code\">\n";
  for (const ExcerptLine& entry : lines) {
    const Line& line = *entry.line;
    const std::string_view kind = line.op == Line::Op::added     ? "added"
                                  : line.op == Line::Op::deleted ? "deleted"
                                                                 : "";
    append(out, "<tr class=\"", kind, entry.quoted ? " quoted" : "", "\"><td class=\"number\">",
           line_number(line.old_line), "</td><td class=\"number\">", line_number(line.new_line),
           "</td><td class=\"mark\">", mark_of(line), "</td><td>",
           html_text(shown_text(review, risk, line, line_bytes_max)), "</td></tr>\n");
  }
  out += "</table></div>\n";
}

void add_place(std::string& out, const Risk& risk) {
  append(out, "<span class=\"path\">", html_text(risk.path), ", ", place_of(risk), "</span>");
}

void add_group(std::string& out, const Review& review, const RiskGroup& group) {
  const Risk& first = *group.risks.front();
  const bool several = group.risks.size() > 1;
  append(out, "<article class=\"risk ", name_of(first.severity), "\">\n<header><span class=\"label\">",
         title_of(first.severity), "</span>");
  if (several) {
    append(out, "<span>", counted(group.risks.size(), "place"), "</span>");
  } else {
    add_place(out, first);
  }
  append(out, "<span class=\"soft\">", html_text(sources_of(first)), "</span></header>\n");
  if (group.same_why) append(out, "<p>", html_prose(first.why), "</p>\n");
  for (const Risk* risk : group.risks) {
    append(out, "<div id=\"risk-", risk->fingerprint, "\">");
    if (several) add_place(out, *risk);
    if (!group.same_why) append(out, "<p>", html_prose(risk->why), "</p>\n");
    add_code(out, review, *risk);
    out += "</div>\n";
  }
  append(out, "<p><strong>What to do:</strong> ", html_prose(first.action), "</p>\n</article>\n");
}

void add_risks(std::string& out, const Review& review) {
  if (review.outcome == Outcome::nothing) return;
  out += "<h2>Hidden risks</h2>\n";
  if (review.risks.empty()) out += "<p>None seen.</p>\n";
  for (const RiskGroup& group : risk_groups(review)) add_group(out, review, group);
  if (review.risks_unlisted > 0) {
    append(out, "<p class=\"soft\">", counted(review.risks_unlisted, "further risk"),
           " of no higher severity not listed (<code>max-risks</code>).</p>\n");
  }
  if (const std::string alike = alike_sentence(review); !alike.empty())
    append(out, "<p class=\"soft\">", html_prose(alike), "</p>\n");
}

void add_changes(std::string& out, const Review& review) {
  if (review.changes.empty()) return;
  out += "<h2>Major changes by file</h2>\n";
  for (std::size_t i = 0; i < review.changes.size(); ++i) {
    const FileNote& note = review.changes[i];
    const bool first = i == 0 || review.changes[i - 1].kind != note.kind;
    const bool last = i + 1 == review.changes.size() || review.changes[i + 1].kind != note.kind;
    if (first) append(out, "<h3>", title_of(note.kind), "</h3>\n<div class=\"box\"><table>\n");
    append(out, "<tr><td class=\"path\">", html_text(note.path),
           "</td><td class=\"counts\"><span class=\"plus\">+", note.additions,
           "</span> <span class=\"minus\">−", note.deletions, "</span></td><td>", html_prose(note.what),
           "</td></tr>\n");
    if (last) out += "</table></div>\n";
  }
}

std::string by_model(const Coverage& entry) {
  if (!entry.model) return {};
  return concat("<br>model: ", name_of(entry.model->status), ": ", html_prose(entry.model->reason));
}

void add_coverage(std::string& out, const Review& review) {
  out += "<h2>Coverage</h2>\n";
  const std::vector<CoverageGroup> groups = not_reviewed(review);
  if (!groups.empty()) {
    out += "<h3>Not reviewed</h3>\n<div class=\"box\"><table>\n";
    for (const CoverageGroup& group : groups) {
      append(out, "<tr><td class=\"path\">", html_text(group.file), "</td><td class=\"counts\">",
             group.hunks == 0 ? std::string("whole file") : counted(group.hunks, "hunk"), "</td><td>",
             html_prose(group.reason), "</td></tr>\n");
    }
    out += "</table></div>\n";
  }
  if (review.coverage.empty()) {
    out += "<p>The change has no files.</p>\n";
    return;
  }
  out += "<details><summary>Every hunk, one by one</summary>\n<div class=\"box\"><table>\n";
  for (const Coverage& entry : review.coverage) {
    append(out, "<tr><td class=\"path\">", html_text(entry.file), "</td><td><code>",
           entry.hunk.empty() ? std::string("whole file") : html_text(entry.hunk), "</code></td><td>",
           name_of(entry.status), ": ", html_prose(entry.reason), by_model(entry), "</td></tr>\n");
  }
  out += "</table></div></details>\n";
}

void add_tile(std::string& out, std::string_view name, std::string_view value, std::string_view more) {
  append(out, "<div class=\"tile\"><span class=\"soft\">", name, "</span><b>", value, "</b>", more,
         "</div>\n");
}

std::string meter(std::uint64_t part, std::uint64_t whole, std::string_view mood) {
  const std::uint64_t percent = whole == 0 ? 0 : part * 100 / whole;
  return concat("<div class=\"meter", mood, "\"><i style=\"width:", percent, "%\"></i></div>");
}

void add_tiles(std::string& out, const Review& review) {
  const Usage& usage = review.usage;
  out += "<div class=\"tiles\">\n";
  const std::uint64_t risks = risks_seen(review);
  const std::string counts = risk_counts(review);
  add_tile(out, "Hidden risks", review.outcome == Outcome::nothing ? std::string("not known") : concat(risks),
           concat("<span class=\"soft\">",
                  !counts.empty()       ? std::string_view(counts)
                  : review.model.wanted ? std::string_view("by signals and a model")
                                        : std::string_view("by signals, without a model"),
                  "</span>"));
  add_tile(out, "Effort", concat(review.effort.score, " of 5"),
           concat(meter(review.effort.score, 5, review.effort.score > 3 ? " some" : ""),
                  "<span class=\"soft\">", html_prose(review.effort.reason), "</span>"));
  const bool all = usage.hunks == usage.hunks_reviewed && usage.hunks > 0;
  add_tile(out, "Coverage", concat(usage.hunks_reviewed, " of ", counted(usage.hunks, "hunk")),
           concat(meter(usage.hunks_reviewed, usage.hunks, all ? "" : " some"),
                  "<span class=\"soft\">status: ", name_of(review.outcome), "</span>"));
  add_tile(out, "Size", counted(review.changes.size(), "file"),
           concat("<span class=\"plus\">+", usage.additions, "</span> <span class=\"minus\">−",
                  usage.deletions, "</span>"));
  out += "</div>\n";
}

std::string origin(const Review& review) {
  const PullRequest& about = review.about;
  std::string out = html_text(concat(review.pull.owner, '/', review.pull.repo));
  if (!about.author.empty()) append(out, " · by ", html_text(about.author));
  if (!about.head_sha.empty()) append(out, " · commit <code>", html_text(cut(about.head_sha, 12)), "</code>");
  return out;
}

}  // namespace

std::string render_html(const Review& review) {
  const std::string title = squeeze(shorten(review.about.title, 300));
  const std::string heading = title.empty() ? std::string("Code review") : html_text(title);
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n";
  append(out, "<title>Review: ", heading, "</title>\n<style>", html_style,
         "</style>\n</head>\n<body>\n<main>\n<h1>", heading, "</h1>\n<p class=\"soft\">", origin(review),
         "</p>\n<p class=\"summary\">");
  for (const std::string& sentence : review.summary) append(out, html_prose(sentence), '\n');
  out += "</p>\n";
  if (!review.model.summary.empty())
    append(out, "<p><strong>In the model's words:</strong> ", html_prose(review.model.summary), "</p>\n");
  add_tiles(out, review);
  add_risks(out, review);
  add_changes(out, review);
  add_coverage(out, review);
  append(out, "<footer class=\"soft\">", app_name, ' ', app_version, ", ", review.usage.duration_ms, " ms, ",
         html_prose(made_by(review)), ".</footer>\n</main>\n</body>\n</html>\n");
  return out;
}

}  // namespace review
