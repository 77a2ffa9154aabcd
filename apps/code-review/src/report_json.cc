#include "report.h"
#include "report_model.h"
#include "text.h"

namespace review {
namespace {

void write_names(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.key(key).begin_array();
  for (const std::string& name : names) json.text(name);
  json.end_array();
}

void write_change(JsonWriter& json, const FileNote& note) {
  json.begin_object().member("file", note.path);
  if (!note.previous_path.empty()) json.member("previous_file", note.previous_path);
  json.member("status", name_of(note.status)).member("kind", name_of(note.kind));
  json.member("language", name_of(note.language));
  json.member("additions", note.additions).member("deletions", note.deletions);
  json.key("reviewed").boolean(note.reviewed);
  json.member("what", note.what);
  write_names(json, "adds", note.symbols.added);
  write_names(json, "removes", note.symbols.removed);
  write_names(json, "touches", note.symbols.touched);
  json.key("signatures").begin_array();
  for (const SignatureChange& change : note.symbols.signatures) {
    json.begin_object()
        .member("name", change.name)
        .member("before", change.before)
        .member("after", change.after);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_risk(JsonWriter& json, const Risk& risk) {
  json.begin_object();
  json.member("severity", name_of(risk.severity))
      .member("file", risk.path)
      .member("side", name_of(risk.side));
  json.member("line", risk.line);
  if (risk.start_line != 0) json.member("start_line", risk.start_line);
  json.member("quote", risk.quote).member("why", risk.why).member("action", risk.action);
  json.member("source", risk.source);
  if (!risk.also.empty()) write_names(json, "also", risk.also);
  json.member("fingerprint", risk.fingerprint);
  json.end_object();
}

void write_coverage(JsonWriter& json, const Coverage& entry) {
  json.begin_object().member("file", entry.file).key("hunk");
  if (entry.hunk.empty()) {
    json.null();
  } else {
    json.text(entry.hunk);
  }
  json.member("status", name_of(entry.status)).member("reason", entry.reason).key("model");
  if (entry.model) {
    json.begin_object().member("status", name_of(entry.model->status)).member("reason", entry.model->reason);
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
}

void write_model_usage(JsonWriter& json, const ModelPart& model) {
  json.key("model");
  if (model.name.empty()) {
    json.null();
  } else {
    json.text(model.name);
  }
  json.member("calls", model.usage.calls).member("input_tokens", model.usage.prompt_tokens);
  json.member("cached_tokens", model.usage.cached_tokens).member("output_tokens", model.usage.answer_tokens);
  json.key("cost_micros");
  if (model.usage.cost_micros) {
    json.number(*model.usage.cost_micros);
  } else {
    json.null();
  }
  json.member("model_ms", model.usage.duration_ms);
}

void write_usage(JsonWriter& json, const Review& review) {
  const Usage& usage = review.usage;
  json.begin_object().member("duration_ms", usage.duration_ms);
  write_model_usage(json, review.model);
  json.member("hunks", usage.hunks).member("hunks_reviewed", usage.hunks_reviewed);
  json.member("additions", usage.additions).member("deletions", usage.deletions);
  json.member("findings_unresolved", review.claims_unresolved);
  json.member("findings_duplicate", review.claims_duplicate).end_object();
}

}  // namespace

std::string render_json(const Review& review, JsonWriter::Layout layout) {
  JsonWriter json(layout);
  json.begin_object().member("version", format_version);
  json.key("tool").begin_object().member("name", app_name).member("version", app_version).end_object();
  json.member("status", name_of(review.outcome));
  json.key("change").begin_object();
  json.member("owner", review.pull.owner)
      .member("repo", review.pull.repo)
      .member("number", review.pull.number);
  json.member("title", review.about.title)
      .member("author", review.about.author)
      .member("url", review.about.url);
  json.member("base", review.about.base_sha).member("head", review.about.head_sha).end_object();

  std::string summary;
  for (const std::string& sentence : review.summary) append(summary, summary.empty() ? "" : " ", sentence);
  json.member("summary", summary);
  json.key("changes").begin_array();
  for (const FileNote& note : review.changes) write_change(json, note);
  json.end_array();
  json.key("risks").begin_array();
  for (const Risk& risk : review.risks) write_risk(json, risk);
  json.end_array().member("risks_unlisted", review.risks_unlisted);
  json.member("risks_alike", review.risks_alike).key("risks_seen").begin_object();
  for (std::size_t i = severities; i-- > 0;)
    json.member(name_of(static_cast<Severity>(i)), review.risks_seen[i]);
  json.end_object();
  json.key("coverage").begin_array();
  for (const Coverage& entry : review.coverage) write_coverage(json, entry);
  json.end_array();
  json.key("effort")
      .begin_object()
      .member("score", review.effort.score)
      .member("reason", review.effort.reason);
  json.end_object().key("model");
  write_model(json, review);
  json.key("usage");
  write_usage(json, review);
  return json.end_object().take();
}

}  // namespace review
