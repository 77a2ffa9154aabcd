#include "model/asker.h"

#include <algorithm>
#include <utility>

#include "model/prompts.h"
#include "text.h"

namespace review {
namespace {

constexpr std::size_t error_bytes_max = 200;

Reply reply_of(const ModelError& error) {
  if (error.kind == ModelError::Kind::context_too_long) return {Reply::State::too_long, words_of(error)};
  return {Reply::State::failed, words_of(error)};
}

// Some providers tell no tokens; the caps hold all the same.
ModelAnswer counted_by_us(const ModelAnswer& answer, const Question& question) {
  ModelAnswer out = answer;
  if (out.prompt_tokens == 0) out.prompt_tokens = question.prompt_tokens;
  if (out.answer_tokens == 0) out.answer_tokens = static_cast<std::uint32_t>(out.text.size() / 3 + 1);
  return out;
}

}  // namespace

std::string words_of(const ModelError& error) {
  const std::string text = shorten(squeeze(error.text), error_bytes_max);
  const std::string more = text.empty() ? std::string() : ": " + text;
  switch (error.kind) {
    case ModelError::Kind::unavailable:
      return "the model did not answer" + more;
    case ModelError::Kind::rate_limited:
      return concat("the model's provider wants fewer requests",
                    error.seconds > 0 ? concat(" (again in ", counted(error.seconds, "second"), ")") : "");
    case ModelError::Kind::context_too_long:
      return "the model's context is too short for it" + more;
    case ModelError::Kind::invalid:
      return "the model takes no such request" + more;
    case ModelError::Kind::refused:
      return "the model was refused" + more;
    case ModelError::Kind::timeout:
      return "the model took too long to answer";
  }
  return "the model did not answer";
}

Asker::Asker(Model& model, const ModelCaps& caps, const Outside& outside)
    : model_(model), caps_(caps), outside_(outside), spending_(caps, outside.clock.now_ms()) {}

ModelUsage Asker::usage() {
  spending_.set_duration(outside_.clock.now_ms());
  return spending_.usage();
}

void Asker::tell_progress(std::string_view stage, std::span<const Reply> replies) {
  const auto done = std::count_if(replies.begin(), replies.end(),
                                  [](const Reply& each) { return each.state != Reply::State::not_asked; });
  const ModelUsage usage = spending_.usage();
  outside_.log.progress(concat("the model, ", stage, ": ", static_cast<std::uint64_t>(done), " of ",
                               replies.size(), " answers, ", usage.prompt_tokens + usage.answer_tokens,
                               " tokens so far"));
}

std::vector<Reply> Asker::ask(std::span<const Question> questions, const Reader& read,
                              std::string_view stage) {
  std::vector<Reply> replies(questions.size());
  std::vector<Turn> waiting;
  for (std::size_t i = 0; i < questions.size(); ++i) waiting.push_back({i, {}});
  tell_progress(stage, replies);
  while (!waiting.empty() && stopped_.empty()) {
    ask_wave(questions, waiting, read, replies);
    tell_progress(stage, replies);
  }
  for (Reply& reply : replies) {
    if (reply.state == Reply::State::not_asked) reply.why = stopped_;
  }
  // A first answer that was no JSON, and no second one: that is worth telling more than the cap.
  for (const Turn& turn : waiting) {
    if (!turn.complaint.empty())
      replies[turn.question].why =
          concat("its answer ", turn.complaint, ", and it was not asked again: ", stopped_);
  }
  return replies;
}

// As many as may be asked at the same time and the caps allow.
std::vector<Asker::Turn> Asker::take_wave(std::span<const Question> questions, std::vector<Turn>& waiting) {
  std::size_t count = 0;
  while (count < waiting.size() && count < caps_.parallel) {
    const Question& next = questions[waiting[count].question];
    const std::uint64_t tokens = std::uint64_t{next.prompt_tokens} + next.answer_tokens_max;
    if (std::optional<std::string> why = spending_.reserve(tokens, outside_.clock.now_ms())) {
      // What was set aside for this wave may come back: the cap is reached only if nothing fits.
      if (count == 0) stopped_ = std::move(*why);
      break;
    }
    ++count;
  }
  const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Turn> wave(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
  waiting.erase(waiting.begin(), end);
  return wave;
}

void Asker::ask_wave(std::span<const Question> questions, std::vector<Turn>& waiting, const Reader& read,
                     std::vector<Reply>& replies) {
  const std::vector<Turn> wave = take_wave(questions, waiting);
  if (wave.empty()) return;
  std::vector<ModelRequest> requests;
  for (const Turn& turn : wave) {
    const Question& question = questions[turn.question];
    std::string user = question.user;
    if (!turn.complaint.empty()) {
      append(user, "\nYour last answer ", turn.complaint,
             ". Answer once more: one JSON object by the schema, short, and nothing else.");
    }
    requests.push_back(
        {std::string(system_prompt()), std::move(user), question.schema, question.answer_tokens_max});
  }
  ModelResult<std::vector<ModelResult<ModelAnswer>>> answers = model_.complete_all(requests);
  spending_.release();
  std::size_t broken = 0;
  for (std::size_t i = 0; i < wave.size(); ++i) {
    Reply& reply = replies[wave[i].question];
    if (!answers) {
      reply = reply_of(answers.error());
    } else if (i >= answers->size()) {
      reply = {Reply::State::failed, "the model's provider gave fewer answers than there were questions"};
    } else if (!(*answers)[i]) {
      reply = reply_of((*answers)[i].error());
    } else {
      spending_.count(counted_by_us(*(*answers)[i], questions[wave[i].question]));
      settle(wave[i], *(*answers)[i], read, waiting, reply);
    }
    broken += reply.state == Reply::State::failed ? 1U : 0U;
  }
  // Where none of them came through, the next ones would only take as long again.
  if (broken == wave.size()) stopped_ = concat("it failed before (", replies[wave.front().question].why, ")");
}

void Asker::settle(const Turn& turn, const ModelAnswer& answer, const Reader& read,
                   std::vector<Turn>& waiting, Reply& reply) {
  if (answer.end == ModelAnswer::End::filtered) {
    reply = {Reply::State::invalid, "the provider's content filter kept the answer back"};
    return;
  }
  std::optional<std::string> wrong = read(turn.question, answer.text);
  if (!wrong) {
    reply = {Reply::State::answered, {}};
    return;
  }
  if (answer.end == ModelAnswer::End::cut) wrong = "was cut at its most tokens";
  if (turn.complaint.empty()) {
    waiting.push_back({turn.question, std::move(*wrong)});
  } else {
    reply = {Reply::State::invalid, concat("its answer ", *wrong, ", twice")};
  }
}

}  // namespace review
