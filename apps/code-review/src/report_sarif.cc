#include <algorithm>

#include "escape.h"
#include "report.h"
#include "report_model.h"
#include "signals.h"
#include "text.h"

namespace review {
namespace {

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high:
      return "error";
    case Severity::medium:
      return "warning";
    case Severity::low:
    case Severity::info:
      return "note";
  }
  return "note";
}

// What a rule is about; for a source that is no signal, its name.
std::string_view about(std::string_view source) {
  constexpr std::string_view prefix = "signal:";
  if (!source.starts_with(prefix)) return source;
  const std::size_t at = find_signal(source.substr(prefix.size()));
  return at < all_signals().size() ? all_signals()[at].about : source;
}

std::vector<std::string_view> rules_of(const Review& review) {
  std::vector<std::string_view> rules;
  for (const Risk& risk : review.risks) {
    if (std::find(rules.begin(), rules.end(), risk.source) == rules.end()) rules.push_back(risk.source);
  }
  return rules;
}

// SARIF's regions are of the file as it is after the change. A deleted line is shown where it stood.
std::uint32_t line_after(const Review& review, const Risk& risk) {
  if (risk.side == Side::right) return risk.line;
  std::uint32_t line = 1;
  for (const Line& other : review.selection.change.files[risk.file].hunks[risk.hunk].lines) {
    if (other.op == Line::Op::deleted && other.old_line >= risk.line) break;
    if (other.op != Line::Op::deleted) line = other.new_line;
  }
  return std::max(line, 1U);
}

void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key).begin_object().member("text", text).end_object();
}

void write_result(JsonWriter& json, const Review& review, const Risk& risk, std::size_t rule) {
  json.begin_object().member("ruleId", risk.source).member("ruleIndex", rule);
  json.member("level", level_of(risk.severity));
  write_text(json, "message", concat(risk.why, " What to do: ", risk.action));
  json.key("locations").begin_array().begin_object().key("physicalLocation").begin_object();
  json.key("artifactLocation")
      .begin_object()
      .member("uri", uri_path(risk.path))
      .member("uriBaseId", "SRCROOT");
  json.end_object().key("region").begin_object();
  const std::uint32_t line = line_after(review, risk);
  const bool span = risk.side == Side::right && risk.start_line != 0;
  json.member("startLine", span ? risk.start_line : line);
  if (span) json.member("endLine", line);
  write_text(json, "snippet", risk.quote);
  json.end_object().end_object().end_object().end_array();
  json.key("partialFingerprints").begin_object().member("sluice/v1", risk.fingerprint).end_object();
  json.key("properties").begin_object().member("severity", name_of(risk.severity));
  json.member("side", name_of(risk.side)).member("line", risk.line).member("action", risk.action);
  json.end_object().end_object();
}

// What was not reviewed goes into the notifications: a run without results is no clean bill.
void write_invocation(JsonWriter& json, const Review& review) {
  json.begin_object().key("executionSuccessful").boolean(review.outcome != Outcome::nothing);
  json.key("toolExecutionNotifications").begin_array();
  for (const CoverageGroup& group : not_reviewed(review)) {
    const std::string hunks =
        group.hunks == 0 ? std::string() : concat(" (", counted(group.hunks, "hunk"), ")");
    json.begin_object().member("level", "note");
    write_text(json, "message", concat("Not reviewed: ", group.file, hunks, ": ", group.reason));
    json.end_object();
  }
  for (const CoverageGroup& group : unseen_by_model(review)) {
    json.begin_object().member("level", "note");
    write_text(json, "message",
               concat("Not read by the model: ", group.file, " (", counted(group.hunks, "hunk"),
                      "): ", group.reason));
    json.end_object();
  }
  json.end_array();
  json.key("properties").begin_object().member("by", made_by(review)).key("model");
  write_model(json, review);
  json.end_object().end_object();
}

}  // namespace

std::string render_sarif(const Review& review) {
  const std::vector<std::string_view> rules = rules_of(review);
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object();
  json.member("$schema",
              "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
  json.member("version", "2.1.0").key("runs").begin_array().begin_object();
  json.key("tool").begin_object().key("driver").begin_object();
  json.member("name", app_name).member("version", app_version).key("rules").begin_array();
  for (const std::string_view rule : rules) {
    json.begin_object().member("id", rule);
    write_text(json, "shortDescription", about(rule));
    json.end_object();
  }
  json.end_array().end_object().end_object();
  json.member("columnKind", "unicodeCodePoints");
  json.key("originalUriBaseIds").begin_object().key("SRCROOT").begin_object();
  write_text(json, "description", "The root of the repository.");
  json.end_object().end_object();
  json.key("invocations").begin_array();
  write_invocation(json, review);
  json.end_array().key("results").begin_array();
  for (const Risk& risk : review.risks) {
    const auto rule = std::find(rules.begin(), rules.end(), std::string_view(risk.source)) - rules.begin();
    write_result(json, review, risk, static_cast<std::size_t>(rule));
  }
  json.end_array().end_object().end_array().end_object();
  return json.take() + '\n';
}

}  // namespace review
