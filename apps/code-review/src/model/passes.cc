#include "model/passes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "model/quotes.h"
#include "text.h"

namespace review {
namespace {

// More calls than this are worth one that says which of them come first.
constexpr std::size_t calls_without_plan = 4;
// A prompt that was counted too low is halved this often at most.
constexpr int halvings_max = 8;
constexpr std::uint32_t bytes_of_a_token = 3;
constexpr std::uint32_t verdict_tokens = 40;

std::string why_unshown(Unshown::Why why) {
  if (why == Unshown::Why::deleted_file) return "deleted file: the model is told its name only";
  return "one of its lines is longer than the model's context";
}

}  // namespace

Passes::Passes(Model& model, Review& review, std::span<const Claim> hints, const ModelCaps& caps,
               const Room& room, const Outside& outside)
    : model_(model),
      review_(review),
      change_(review.selection.change),
      hints_(hints),
      caps_(caps),
      room_(room),
      prompts_(review, review.selection.change.body),
      asker_(model, caps, outside) {
  for (const FileChange& file : change_.files) seen_.emplace_back(file.hunks.size());
}

void Passes::find() {
  ModelResult<Packing> packing = pack_all();
  if (!packing) return give_up(packing.error());
  for (const Unshown& each : packing->unshown) {
    HunkSeen& hunk = seen_[each.file][each.hunk];
    hunk.left_out = each.why == Unshown::Why::deleted_file;
    hunk.why_not = why_unshown(each.why);
  }
  ask_about(std::move(packing->batches));
}

ModelResult<Packing> Passes::pack_all() {
  PackingOptions options{
      .room_tokens = room_.prompt_max - room_.system - room_.frame, .hints = hints_, .first_files = {}};
  ModelResult<Packing> packing = pack(change_, model_, options);
  if (!packing || packing->batches.size() <= calls_without_plan) return packing;
  const std::vector<std::uint32_t> first = plan();
  if (first.empty()) return packing;
  options.first_files = first;
  return pack(change_, model_, options);
}

// A plan changes the order alone: what a change says of itself cannot keep a file from being looked at.
std::vector<std::uint32_t> Passes::plan() {
  std::vector<std::uint32_t> files;
  const std::size_t room_bytes =
      std::size_t{room_.prompt_max - room_.system - room_.frame} * bytes_of_a_token;
  const Question question{.user = prompts_.plan(review_.changes, hints_, room_bytes, room_.answer),
                          .schema = plan_schema(room_.answer),
                          .prompt_tokens = room_.prompt_max,
                          .answer_tokens_max = room_.answer.tokens_max};
  const Reader read = [&](std::size_t, std::string_view answer) -> std::optional<std::string> {
    const Read<std::vector<std::string>> paths = read_plan(answer, room_.answer);
    if (!paths) return paths.error();
    for (const std::string& path : *paths) {
      for (std::uint32_t i = 0; i < change_.files.size(); ++i) {
        if (squeeze(change_.files[i].path) == squeeze(path)) files.push_back(i);
      }
    }
    return std::nullopt;
  };
  (void)asker_.ask(std::span(&question, 1), read, "planning");
  return files;
}

ModelResult<std::vector<std::uint32_t>> Passes::prompt_tokens(std::span<const std::string> prompts) {
  ModelResult<std::vector<std::uint32_t>> counts = count_all(model_, prompts);
  if (!counts) return counts;
  for (std::uint32_t& count : *counts) count += room_.system;
  return counts;
}

// Halves what turns out too long when its prompt is counted as a whole.
std::vector<Question> Passes::questions_for(std::vector<Batch>& batches) {
  std::vector<Question> questions;
  std::vector<Batch> fitting;
  while (!batches.empty()) {
    std::vector<std::string> prompts;
    for (const Batch& batch : batches) prompts.push_back(prompts_.find(code_of(batch), room_.answer));
    const auto counts = prompt_tokens(prompts);
    if (!counts) {
      give_up(counts.error());
      batches.clear();
      return {};
    }
    std::vector<Batch> smaller;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      if ((*counts)[i] <= room_.prompt_max) {
        questions.push_back(
            {std::move(prompts[i]), findings_schema(room_.answer), (*counts)[i], room_.answer.tokens_max});
        fitting.push_back(std::move(batches[i]));
        continue;
      }
      std::vector<Batch> two = halves(batches[i]);
      if (two.empty()) mark_unseen(batches[i], why_unshown(Unshown::Why::line_too_long));
      std::move(two.begin(), two.end(), std::back_inserter(smaller));
    }
    batches = std::move(smaller);
  }
  batches = std::move(fitting);
  return questions;
}

void Passes::ask_about(std::vector<Batch> batches) {
  for (int round = 0; round <= halvings_max && !batches.empty(); ++round) {
    const std::vector<Question> questions = questions_for(batches);
    std::vector<std::vector<Found>> found(batches.size());
    const Reader read = [&](std::size_t question, std::string_view answer) -> std::optional<std::string> {
      Read<std::vector<Found>> findings = read_findings(answer, room_.answer);
      if (!findings) return findings.error();
      found[question] = std::move(*findings);
      return std::nullopt;
    };
    const std::vector<Reply> replies = asker_.ask(questions, read, "reviewing");
    std::vector<Batch> again;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      if (replies[i].state == Reply::State::answered) {
        mark_seen(batches[i]);
        add_findings(batches[i], found[i]);
        continue;
      }
      mark_unseen(batches[i], replies[i].why);
      if (replies[i].state != Reply::State::too_long) continue;
      std::vector<Batch> two = halves(batches[i]);
      std::move(two.begin(), two.end(), std::back_inserter(again));
    }
    batches = std::move(again);
  }
}

void Passes::add_findings(const Batch& batch, const std::vector<Found>& found) {
  Asked asked{batch, {}};
  for (const Found& each : found) {
    ++review_.model.findings;
    std::expected<Risk, Unresolved> risk = resolve(change_, batch, each, "model:" + review_.model.name);
    if (!risk) {
      ++(risk.error() == Unresolved::not_shown    ? review_.model.unresolved
         : risk.error() == Unresolved::too_little ? review_.model.too_little
                                                  : review_.model.without_reason);
      continue;
    }
    risk->why = prompts_.without_key(risk->why);
    risk->action = prompts_.without_key(risk->action);
    asked.findings.push_back(std::move(*risk));
  }
  if (!asked.findings.empty()) asked_.push_back(std::move(asked));
}

void Passes::judge() {
  std::vector<std::string> prompts;
  for (const Asked& asked : asked_) prompts.push_back(prompts_.judge(code_of(asked.batch), asked.findings));
  const auto counts = prompt_tokens(prompts);
  std::vector<Question> questions;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::size_t findings = asked_[i].findings.size();
    questions.push_back({std::move(prompts[i]), verdicts_schema(findings),
                         counts ? (*counts)[i] : room_.prompt_max,
                         static_cast<std::uint32_t>(findings + 1) * verdict_tokens});
  }
  std::vector<std::vector<Verdict>> verdicts(asked_.size());
  const Reader read = [&](std::size_t question, std::string_view answer) -> std::optional<std::string> {
    Read<std::vector<Verdict>> some = read_verdicts(answer, asked_[question].findings.size());
    if (!some) return some.error();
    verdicts[question] = std::move(*some);
    return std::nullopt;
  };
  const std::vector<Reply> replies = asker_.ask(questions, read, "judging");
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].state == Reply::State::answered) {
      take_verdicts(asked_[i], verdicts[i]);
      continue;
    }
    review_.model.unjudged += static_cast<std::uint32_t>(asked_[i].findings.size());
    for (const Risk& risk : asked_[i].findings) {
      HunkSeen& hunk = seen_[risk.file][risk.hunk];
      hunk.lines = 0;
      hunk.why_not = concat("what the model found could not be judged: ", replies[i].why);
    }
  }
}

void Passes::take_verdicts(const Asked& asked, const std::vector<Verdict>& verdicts) {
  for (std::uint32_t i = 0; i < asked.findings.size(); ++i) {
    // Of two verdicts on one finding the stricter counts.
    std::optional<bool> keep;
    for (const Verdict& verdict : verdicts) {
      if (verdict.id != i + 1) continue;
      keep = keep.value_or(true) && verdict.keep && verdict.score >= caps_.score_min;
    }
    if (!keep) {
      ++review_.model.unjudged;
    } else if (!*keep) {
      ++review_.model.weak;
    } else {
      kept_.push_back(asked.findings[i]);
    }
  }
}

void Passes::summarize() {
  const std::size_t room_bytes =
      std::size_t{room_.prompt_max - room_.system - room_.frame} * bytes_of_a_token;
  const Question question{.user = prompts_.merge(review_.changes, kept_, room_bytes),
                          .schema = summary_schema(),
                          .prompt_tokens = room_.prompt_max,
                          .answer_tokens_max = room_.answer.tokens_max};
  const Reader read = [&](std::size_t, std::string_view answer) -> std::optional<std::string> {
    const Read<std::string> summary = read_summary(answer);
    if (!summary) return summary.error();
    review_.model.summary = prompts_.without_key(*summary);
    return std::nullopt;
  };
  (void)asker_.ask(std::span(&question, 1), read, "summarising");
}

void Passes::mark_seen(const Batch& batch) {
  seen_any_ = true;
  for (const Piece& piece : batch.pieces) seen_[piece.file][piece.hunk].lines += piece.end - piece.first;
}

void Passes::mark_unseen(const Batch& batch, const std::string& why) {
  for (const Piece& piece : batch.pieces) seen_[piece.file][piece.hunk].why_not = why;
}

void Passes::give_up(const ModelError& error) {
  review_.model.trouble = concat("counting tokens failed: ", words_of(error));
  for (std::vector<HunkSeen>& file : seen_) {
    for (HunkSeen& hunk : file) {
      if (hunk.why_not.empty()) hunk.why_not = review_.model.trouble;
    }
  }
}

}  // namespace review
