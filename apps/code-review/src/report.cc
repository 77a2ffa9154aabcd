#include "report.h"

#include <algorithm>

#include "signals.h"
#include "text.h"

namespace review {
namespace {

constexpr std::string_view format_names[] = {"markdown", "json", "sarif", "html"};

bool is_quoted(const Risk& risk, const Line& line) {
  const bool left = risk.side == Side::left;
  if (line.op == (left ? Line::Op::added : Line::Op::deleted)) return false;
  const std::uint32_t number = left ? line.old_line : line.new_line;
  return number <= risk.line && number >= (risk.start_line == 0 ? risk.line : risk.start_line) &&
         (!left || line.op == Line::Op::deleted);
}

}  // namespace

std::optional<Format> format_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(format_names); ++i) {
    if (format_names[i] == name) return static_cast<Format>(i);
  }
  return std::nullopt;
}

std::string render(const Review& review, Format format) {
  switch (format) {
    case Format::markdown:
      return render_markdown(review, {});
    case Format::json:
      return render_json(review, JsonWriter::Layout::indented) + '\n';
    case Format::sarif:
      return render_sarif(review);
    case Format::html:
      return render_html(review);
  }
  return {};
}

std::vector<RiskGroup> risk_groups(const Review& review) {
  std::vector<RiskGroup> groups;
  for (const Risk& risk : review.risks) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const RiskGroup& each) {
      const Risk& first = *each.risks.front();
      return first.severity == risk.severity && first.source == risk.source && first.also == risk.also &&
             first.action == risk.action;
    });
    if (group == groups.end()) {
      groups.push_back({{&risk}, true});
    } else {
      group->same_why = group->same_why && group->risks.front()->why == risk.why;
      group->risks.push_back(&risk);
    }
  }
  return groups;
}

std::string place_of(const Risk& risk) {
  const std::string_view deleted = risk.side == Side::left ? "deleted " : "";
  if (risk.start_line == 0) return concat(deleted, "line ", risk.line);
  return concat(deleted, "lines ", risk.start_line, " to ", risk.line);
}

std::vector<ExcerptLine> excerpt(const Review& review, const Risk& risk, std::size_t around) {
  const std::vector<Line>& lines = review.selection.change.files[risk.file].hunks[risk.hunk].lines;
  std::size_t first = lines.size();
  std::size_t last = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_quoted(risk, lines[i])) continue;
    first = std::min(first, i);
    last = i;
  }
  std::vector<ExcerptLine> out;
  if (first == lines.size()) return out;
  first -= std::min(first, around);
  last = std::min(last + around, lines.size() - 1);
  for (std::size_t i = first; i <= last; ++i) out.push_back({&lines[i], is_quoted(risk, lines[i])});
  return out;
}

std::string shown_text(const Review& review, const Risk& risk, const Line& line, std::size_t bytes_max) {
  std::string text = review.masks.hide(line.text);
  if (risk.source == "signal:secret-added") text = mask_line(text);
  return shorten(text, bytes_max);
}

std::string alike_sentence(const Review& review) {
  if (review.risks_alike == 0) return {};
  return concat(counted(review.risks_alike, "further line"), review.risks_alike == 1 ? " is" : " are",
                " like those listed: of one signal in one file, ", findings_of_one_signal_max, " lines are.");
}

std::vector<CoverageGroup> not_reviewed(const Review& review) {
  std::vector<CoverageGroup> groups;
  for (const Coverage& entry : review.coverage) {
    if (entry.status == Covered::reviewed) continue;
    const std::uint32_t hunks = entry.hunk.empty() ? 0 : 1;
    if (hunks > 0 && !groups.empty() && groups.back().file == entry.file &&
        groups.back().reason == entry.reason) {
      ++groups.back().hunks;
    } else {
      groups.push_back({entry.file, entry.reason, hunks});
    }
  }
  return groups;
}

std::string_view title_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "Info";
    case Severity::low:
      return "Low";
    case Severity::medium:
      return "Medium";
    case Severity::high:
      return "High";
    case Severity::critical:
      return "Critical";
  }
  return "Info";
}

char mark_of(const Line& line) {
  switch (line.op) {
    case Line::Op::added:
      return '+';
    case Line::Op::deleted:
      return '-';
    case Line::Op::context:
      return ' ';
  }
  return ' ';
}

}  // namespace review
