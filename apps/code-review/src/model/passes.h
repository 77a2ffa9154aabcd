// The passes of a model over a change. See model_review.h for what they are together.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/asker.h"
#include "model/packing.h"
#include "model/prompts.h"
#include "review.h"

namespace review {

// What of one hunk the model has seen.
struct HunkSeen {
  std::uint32_t lines = 0;
  bool left_out = false;  // on purpose
  std::string why_not;    // the last reason
};

class Passes {
 public:
  // Room for the prompts of one call, in tokens.
  struct Room {
    std::uint32_t prompt_max = 0;  // of a whole prompt
    std::uint32_t system = 0;      // the system prompt
    std::uint32_t frame = 0;       // what stands around the code
    AnswerLimits answer;
  };

  Passes(Model& model, Review& review, std::span<const Claim> hints, const ModelCaps& caps, const Room& room,
         const Outside& outside);

  // In this order.
  void find();
  void judge();
  void summarize();

  // By file and hunk of the change.
  [[nodiscard]] const std::vector<std::vector<HunkSeen>>& seen() const { return seen_; }
  [[nodiscard]] bool has_seen_any() const { return seen_any_; }
  [[nodiscard]] const std::vector<Risk>& kept() const { return kept_; }
  [[nodiscard]] Asker& asker() { return asker_; }

 private:
  struct Asked {
    Batch batch;
    std::vector<Risk> findings;
  };

  ModelResult<Packing> pack_all();
  std::vector<std::uint32_t> plan();
  std::vector<Question> questions_for(std::vector<Batch>& batches);
  ModelResult<std::vector<std::uint32_t>> prompt_tokens(std::span<const std::string> prompts);
  void ask_about(std::vector<Batch> batches);
  void add_findings(const Batch& batch, const std::vector<Found>& found);
  void take_verdicts(const Asked& asked, const std::vector<Verdict>& verdicts);
  void mark_seen(const Batch& batch);
  void mark_unseen(const Batch& batch, const std::string& why);
  void give_up(const ModelError& error);
  std::string code_of(const Batch& batch) const { return text_of(change_, batch, hints_); }

  Model& model_;
  Review& review_;
  const Change& change_;
  std::span<const Claim> hints_;
  ModelCaps caps_;
  Room room_;
  Prompts prompts_;
  Asker asker_;
  std::vector<std::vector<HunkSeen>> seen_;
  bool seen_any_ = false;
  std::vector<Asked> asked_;  // with findings to judge
  std::vector<Risk> kept_;
};

}  // namespace review
