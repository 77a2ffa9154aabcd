#include "model/model_review.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "model/passes.h"
#include "text.h"

namespace review {
namespace {

// Where nobody says how long the context is. One that is shorter answers so, and then its calls are halved.
constexpr std::uint32_t context_assumed = 16'384;
// Of one call. Models overlook less in less text, and a model on this machine computes several calls
// together.
constexpr std::uint32_t prompt_tokens_remote = 12'000;
constexpr std::uint32_t prompt_tokens_local = 4'000;
// What chat templates add, and room for the claims in the second pass.
constexpr std::uint32_t template_tokens = 64;
constexpr std::uint32_t claims_tokens_max = 512;
// Less than this shows no hunk worth reading.
constexpr std::uint32_t room_tokens_min = 128;

ModelResult<Passes::Room> room_for(Model& model, const ModelInfo& info, const Review& review,
                                   const ModelCaps& caps) {
  std::uint32_t context = caps.context_tokens != 0 ? caps.context_tokens : info.context_tokens;
  if (context == 0) context = context_assumed;
  Passes::Room room;
  room.answer = answer_limits(context);
  const Prompts prompts(review, review.selection.change.body);
  const std::string texts[] = {std::string(system_prompt()), prompts.find({}, room.answer)};
  const auto counts = count_all(model, texts);
  if (!counts) return std::unexpected(counts.error());
  room.system = (*counts)[0];
  room.frame = (*counts)[1];
  const std::uint32_t reserve =
      room.answer.tokens_max + template_tokens + std::min(claims_tokens_max, context / 16);
  const std::uint32_t cap = caps.prompt_tokens_max != 0 ? caps.prompt_tokens_max
                            : info.local                ? prompt_tokens_local
                                                        : prompt_tokens_remote;
  room.prompt_max = std::min(cap, context > reserve ? context - reserve : 0U);
  const std::uint32_t needed = room.system + room.frame + room_tokens_min;
  if (room.prompt_max < needed) {
    return std::unexpected(ModelError{ModelError::Kind::context_too_long,
                                      concat("prompts may have ", room.prompt_max, " tokens of a context of ",
                                             context, ", and the smallest has ", needed),
                                      0});
  }
  return room;
}

void cover(Review& review, const Passes* passes, const std::string& why_none) {
  // The hunks that the signals read are those of the change, in the same order.
  std::uint32_t file = 0;
  std::uint32_t hunk = 0;
  bool unread = false;
  for (Coverage& entry : review.coverage) {
    if (entry.hunk.empty() || entry.status != Covered::reviewed) continue;
    const std::vector<FileChange>& files = review.selection.change.files;
    while (hunk >= files[file].hunks.size()) {
      ++file;
      hunk = 0;
    }
    Coverage::ByModel by{Covered::unread, why_none};
    if (passes != nullptr) {
      const HunkSeen& seen = passes->seen()[file][hunk];
      const std::size_t lines = files[file].hunks[hunk].lines.size();
      if (seen.lines >= lines && lines > 0) {
        by = {Covered::reviewed, "read by " + review.model.name};
      } else if (seen.left_out) {
        by = {Covered::left_out, seen.why_not};
      } else {
        by.reason = seen.lines == 0
                        ? seen.why_not
                        : concat("read as far as ", seen.lines, " of ", lines, " lines: ", seen.why_not);
      }
    }
    unread = unread || by.status == Covered::unread;
    entry.model = std::move(by);
    ++hunk;
  }
  if (unread && review.outcome == Outcome::reviewed) review.outcome = Outcome::partial;
}

Claim claim_of(const Risk& risk) {
  return {.source = risk.source,
          .severity = risk.severity,
          .path = risk.path,
          .side = risk.side,
          .line = risk.line,
          .quote = risk.quote,
          .why = risk.why,
          .action = risk.action};
}

}  // namespace

std::vector<Claim> review_with(Model& model, Review& review, std::span<const Claim> hints,
                               const ModelCaps& caps, const Outside& outside) {
  const ModelResult<std::optional<ModelInfo>> info = model.describe();
  if (info && !*info) return {};
  ModelPart& part = review.model;
  part.wanted = true;
  part.trusted = caps.trust == ModelTrust::full;
  if (review.selection.change.files.empty()) return {};
  if (!info) {
    part.trouble = words_of(info.error());
    cover(review, nullptr, part.trouble);
    return {};
  }
  part.name = shorten(squeeze((*info)->name), 80);
  if (part.name.empty()) part.name = "unnamed";
  const ModelResult<Passes::Room> room = room_for(model, **info, review, caps);
  if (!room) {
    part.trouble = words_of(room.error());
    cover(review, nullptr, part.trouble);
    return {};
  }
  Passes passes(model, review, hints, caps, *room, outside);
  passes.find();
  passes.judge();
  if (part.trusted && passes.has_seen_any() && passes.asker().stopped().empty()) passes.summarize();
  part.usage = passes.asker().usage();
  if (part.trouble.empty()) part.trouble = passes.asker().stopped();
  cover(review, &passes, {});
  std::vector<Claim> claims;
  if (part.trusted) {
    for (const Risk& risk : passes.kept()) claims.push_back(claim_of(risk));
  } else {
    part.withheld = static_cast<std::uint32_t>(passes.kept().size());
  }
  return claims;
}

}  // namespace review
