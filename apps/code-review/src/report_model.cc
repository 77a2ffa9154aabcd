#include "report_model.h"

#include <algorithm>
#include <cstdint>

#include "text.h"

namespace review {
namespace {

// "$0.0123": cents are too coarse for one review.
std::string dollars(std::uint64_t micros) {
  constexpr std::uint64_t whole = 1'000'000;
  std::string decimals = concat(micros % whole);
  decimals.insert(0, 6 - decimals.size(), '0');
  return concat('$', micros / whole, '.', std::string_view(decimals).substr(0, 4));
}

std::string seconds(std::uint64_t ms) {
  return concat(ms / 1000, '.', ms % 1000 / 100, " s");
}

std::string code(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '`', '\'');
  return concat('`', out, '`');
}

std::uint32_t hunks_for_model(const Review& review) {
  return static_cast<std::uint32_t>(
      std::count_if(review.coverage.begin(), review.coverage.end(),
                    [](const Coverage& entry) { return entry.model.has_value(); }));
}

void say_dropped(std::vector<std::string>& out, const ModelPart& model) {
  std::vector<std::string> parts;
  if (model.unresolved > 0) parts.push_back(concat(model.unresolved, " quote nothing that it was shown"));
  if (model.too_little > 0) parts.push_back(concat(model.too_little, " quote too little to be found"));
  if (model.without_reason > 0) parts.push_back(concat(model.without_reason, " give no reason"));
  if (model.weak > 0) parts.push_back(concat(model.weak, " did not hold in the second pass"));
  if (model.unjudged > 0) parts.push_back(concat(model.unjudged, " were not judged"));
  if (!parts.empty())
    out.push_back(concat("Of the model's ", counted(model.findings, "finding"),
                         " were dropped: ", listed(parts, parts.size()), '.'));
}

}  // namespace

std::string made_by(const Review& review) {
  const ModelPart& model = review.model;
  if (!model.wanted) return "by signals alone: no model was asked, 0 tokens";
  if (model.name.empty()) return "by signals alone: the model could not be asked, 0 tokens";
  const ModelUsage& usage = model.usage;
  // What was asked and never answered has no part in the review.
  const bool silent = usage.answer_tokens == 0 && hunks_seen_by_model(review) == 0;
  std::string out =
      concat(silent ? "by signals alone: the model " : "by signals and the model ", code(model.name),
             !silent            ? ": "
             : usage.calls == 0 ? " was not asked: "
                                : " did not answer: ",
             counted(usage.calls, "call"), ", ", usage.prompt_tokens, " tokens in (", usage.cached_tokens,
             " cached), ", usage.answer_tokens, " out, ");
  if (usage.cost_micros) append(out, dollars(*usage.cost_micros), ", ");
  return out + seconds(usage.duration_ms);
}

std::uint32_t hunks_seen_by_model(const Review& review) {
  return static_cast<std::uint32_t>(std::count_if(
      review.coverage.begin(), review.coverage.end(),
      [](const Coverage& entry) { return entry.model && entry.model->status == Covered::reviewed; }));
}

std::vector<std::string> model_sentences(const Review& review) {
  const ModelPart& model = review.model;
  std::vector<std::string> out;
  if (!model.wanted) return out;
  const std::uint32_t wanted = hunks_for_model(review);
  const std::uint32_t seen = hunks_seen_by_model(review);
  if (wanted > 0 && model.name.empty()) {
    out.push_back(concat("No model read it: ", model.trouble, '.'));
  } else if (seen < wanted) {
    out.push_back(concat("The model ", code(model.name), " read ", seen, " of ", counted(wanted, "hunk"),
                         ": see the coverage for why."));
  }
  if (!model.trusted && !model.name.empty()) {
    out.push_back(
        concat("What the model says is not shown, because it is not trusted to judge code (`model-trust`): ",
               counted(model.withheld, "finding"), " passed the checks, ",
               model.findings - std::min(model.findings, model.withheld), " did not."));
    return out;
  }
  say_dropped(out, model);
  return out;
}

std::vector<CoverageGroup> unseen_by_model(const Review& review) {
  std::vector<CoverageGroup> groups;
  for (const Coverage& entry : review.coverage) {
    if (!entry.model || entry.model->status == Covered::reviewed) continue;
    if (!groups.empty() && groups.back().file == entry.file && groups.back().reason == entry.model->reason) {
      ++groups.back().hunks;
    } else {
      groups.push_back({entry.file, entry.model->reason, 1});
    }
  }
  return groups;
}

std::string sources_of(const Risk& risk) {
  std::string out = risk.source;
  for (const std::string& other : risk.also) append(out, ", ", other);
  return out;
}

void write_model(JsonWriter& json, const Review& review) {
  const ModelPart& model = review.model;
  if (!model.wanted) {
    json.null();
    return;
  }
  json.begin_object().key("name");
  if (model.name.empty()) {
    json.null();
  } else {
    json.text(model.name);
  }
  json.key("trusted").boolean(model.trusted);
  json.member("trouble", model.trouble).member("summary", model.summary);
  json.member("hunks_wanted", hunks_for_model(review)).member("hunks_reviewed", hunks_seen_by_model(review));
  json.member("findings", model.findings).member("findings_unresolved", model.unresolved);
  json.member("findings_too_little", model.too_little);
  json.member("findings_without_reason", model.without_reason);
  json.member("findings_weak", model.weak).member("findings_unjudged", model.unjudged);
  json.member("findings_withheld", model.withheld).end_object();
}

}  // namespace review
