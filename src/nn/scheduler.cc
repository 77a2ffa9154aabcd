#include "nn/scheduler.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "nn/fillers.h"

namespace sluice::nn {

namespace {

// A prompt waits for another only if it saves so much.
constexpr std::size_t worth_waiting_tokens = 32;

// Where they share their memory, what is kept has ids of its own; more of them where nothing is given back
// while steady ones run.
std::int32_t sequences_for(const EngineSettings& settings) {
  const std::uint32_t for_each = settings.separate ? 1 : settings.steady_most > 0 ? 4 : 2;
  return static_cast<std::int32_t>(for_each * settings.parallel);
}

// Room for what fills up batches is on top.
std::uint32_t tokens_for(const EngineSettings& settings) {
  if (!settings.separate) return settings.total_tokens + settings.steady_least;
  return settings.parallel * (settings.request_tokens + settings.steady_least);
}

// All but the last token, which is always computed: its logits are wanted.
std::span<const std::int32_t> beginning_tokens(const Generation& generation) {
  return std::span(generation.tokens()).first(generation.tokens().size() - 1);
}

Sequences::Wanted wanted_by(const Generation& generation) {
  return generation.is_steady() ? Sequences::Wanted::steady : Sequences::Wanted::any;
}

}  // namespace

Result<std::unique_ptr<Scheduler>> Scheduler::open(const LoadedModel& model, SendMessage send) {
  const EngineSettings& settings = model.settings();
  const sluice_nn_context_options options{.tokens = tokens_for(settings),
                                          .sequences = static_cast<std::uint32_t>(sequences_for(settings)),
                                          .batch_tokens = settings.batch_tokens,
                                          .threads = settings.threads,
                                          .threads_batch = settings.threads,
                                          .embeddings = 0,
                                          .separate = settings.separate ? 1U : 0U};
  sluice_nn_context* context = nullptr;
  sluice_nn_error error{};
  const auto status = model.llm().context_open(model.handle(), &options, &context, &error);
  if (status != SLUICE_NN_OK)
    return std::unexpected(plugin_error(status, error, "load the model " + model.name()));
  return std::make_unique<Scheduler>(model, ContextHandle(context, PluginClose{&model.llm()}),
                                     std::move(send));
}

Scheduler::Scheduler(const LoadedModel& model, ContextHandle context, SendMessage send)
    : model_(model),
      send_(std::move(send)),
      context_(std::move(context)),
      sequences_(
          model.llm(), context_.get(), sequences_for(model.settings()),
          model.settings().separate ? Sequences::Neighbours::matter : Sequences::Neighbours::do_not_matter),
      plan_(model.settings()),
      drawing_(std::min(model.settings().threads, model.settings().parallel) - 1) {}

void Scheduler::add(Owned generation) {
  waiting_.push_back(std::move(generation));
}

bool Scheduler::cancel(RequestId id) {
  const Error error{ErrorCode::cancelled, model_.asked(), "the request was cancelled", {}};
  const auto has_id = [id](const Owned& generation) { return generation->id() == id; };
  if (const auto found = std::ranges::find_if(waiting_, has_id); found != waiting_.end()) {
    waiting_.erase(found);
    send_(FailedMessage{id, error});
    return true;
  }
  const auto found = std::ranges::find_if(running_, has_id);
  if (found == running_.end()) return false;
  const Owned generation = take_running(**found);
  keep(*generation);
  send_(FailedMessage{id, error});
  return true;
}

bool Scheduler::step() {
  give_places();
  gather();
  const bool has_picture = compute_picture();
  const Batch batch = plan_.next(running_);
  if (batch.items.empty()) return has_picture;
  compute(batch);
  return true;
}

// False: none is next.
bool Scheduler::compute_picture() {
  const auto found =
      std::ranges::find_if(running_, [](const Owned& one) { return one->next_picture() != nullptr; });
  if (found == running_.end()) return false;
  Generation& generation = **found;
  const Picture& picture = *generation.next_picture();
  sluice_nn_error error{};
  const auto status =
      model_.llm().mixed_decode(context_.get(), generation.mixed(), picture.stretch, generation.sequence,
                                static_cast<std::int32_t>(generation.computed), &error);
  if (status == SLUICE_NN_OK) {
    generation.computed += picture.positions;
    occupied_ += picture.room;
  } else if (status == SLUICE_NN_FULL) {
    make_room();
  } else if (status != SLUICE_NN_STOPPED) {
    fail_running(generation, plugin_error(status, error, model_.asked()));
  }
  return true;
}

Scheduler::Beginning Scheduler::beginning_of(const Generation& generation) const {
  Beginning best;
  for (const Owned& other : running_) {
    const std::size_t common = common_prefix(other->tokens(), beginning_tokens(generation));
    const bool only_steady = generation.is_steady() && !other->is_steady();
    const std::size_t soon = only_steady ? std::min(common, other->steady) : common;
    const std::size_t now = std::min(soon, generation.is_steady() ? other->steady : other->computed);
    if (now > best.now.length) best.now = {other->sequence, now, std::min(now, other->steady)};
    best.soon = std::max(best.soon, soon);
  }
  return best;
}

// The longest beginning that it would start with.
std::size_t Scheduler::ready(const Generation& generation, const Beginning& beginning) const {
  return std::max(beginning.now.length,
                  sequences_.ready(beginning_tokens(generation), wanted_by(generation)));
}

bool Scheduler::may_start(const Generation& generation) const {
  const Beginning beginning = beginning_of(generation);
  return beginning.soon < ready(generation, beginning) + worth_waiting_tokens;
}

bool Scheduler::has_room_in_order(const Generation& generation) const {
  if (sequences_.has_gaps() || !sequences_.has_free()) return false;
  std::size_t needed = occupied_ + generation.room_most() - ready(generation, beginning_of(generation));
  for (const Owned& other : running_) needed += other->room_most() - other->computed;
  return needed <= model_.settings().total_tokens;
}

// False: it has to wait until all that run have ended.
bool Scheduler::make_order_for(const Generation& generation) {
  const bool is_needed = generation.is_steady() ||
                         std::ranges::any_of(running_, [](const Owned& one) { return one->is_steady(); });
  if (model_.settings().separate || !is_needed || has_room_in_order(generation)) return true;
  if (!running_.empty()) return false;
  sequences_.forget_kept();
  occupied_ = 0;
  return true;
}

void Scheduler::give_places() {
  if (is_full_ && !running_.empty()) return;
  while (running_.size() < model_.settings().parallel && !waiting_.empty()) {
    std::map<std::string, std::size_t> places;
    for (const Owned& generation : running_) ++places[generation->owner()];
    std::vector<std::size_t> order(waiting_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return places[waiting_[i]->owner()]; });
    const auto chosen = std::ranges::find_if(order, [&](std::size_t i) { return may_start(*waiting_[i]); });
    if (chosen == order.end()) return;
    const auto place = waiting_.begin() + static_cast<std::ptrdiff_t>(*chosen);
    // Nobody passes it meanwhile: it might wait for ever.
    if (!make_order_for(**place)) return;
    Owned generation = std::move(*place);
    waiting_.erase(place);
    start(std::move(generation));
  }
}

// Being computed apart costs at each step what a copy costs once, or nearly.
void Scheduler::gather() {
  while (const auto move = sequences_.apart()) {
    const auto moved =
        std::ranges::find(running_, move->from, [](const Owned& one) { return one->sequence; });
    if (!sequences_.move(*move, (*moved)->computed)) return;
    (*moved)->sequence = move->to;
  }
}

void Scheduler::start(Owned generation) {
  const Sequences::Place place =
      sequences_.take(beginning_tokens(*generation), beginning_of(*generation).now, wanted_by(*generation));
  generation->sequence = place.sequence;
  generation->computed = generation->whole_beginning(place.computed);
  if (generation->computed < place.computed)
    generation->computed = sequences_.cut(place.sequence, generation->computed);
  generation->steady = std::min(place.steady, generation->computed);
  if (generation->started == 0) {
    generation->started = ++started_;
    generation->cached = static_cast<std::uint32_t>(generation->computed);
    generation->send_stage(send_, Stage::running);
  }
  const auto later = std::ranges::upper_bound(running_, generation->started, {}, &Generation::started);
  running_.insert(later, std::move(generation));
}

void Scheduler::compute(const Batch& batch) {
  sluice_nn_error error{};
  const auto status = decode(batch, error);
  if (status == SLUICE_NN_OK) return advance(batch);
  if (status == SLUICE_NN_STOPPED) return;
  if (status == SLUICE_NN_FULL) return make_room();
  compute_apart(batch, plugin_error(status, error, model_.asked()));
}

sluice_nn_status Scheduler::decode(const Batch& batch, sluice_nn_error& error) {
  const Filling filling =
      filling_for(batch, model_.settings(), [this](std::int32_t id) { return sequences_.idle_length(id); });
  std::vector<sluice_nn_item> items = batch.items;
  for (const std::size_t i : filling.outputs) items[i].output = 1;
  for (const auto& [after, count, output] : filling.fillers) {
    for (std::int32_t i = 1; i <= count; ++i)
      items.push_back({after.token, after.position + i, after.sequence, output ? 1 : 0});
  }
  const auto status = model_.llm().decode(context_.get(), items.data(), items.size(), &error);
  if (status != SLUICE_NN_OK) return status;
  for (const Filler& filler : filling.fillers)
    model_.llm().sequence_remove(context_.get(), filler.after.sequence, filler.after.position + 1, -1);
  return status;
}

// One of them broke the batch: each is computed by itself, and only the one that breaks again fails.
void Scheduler::compute_apart(const Batch& batch, Error error) {
  const std::vector<Generation*> generations = batch.generations();
  if (generations.size() == 1) return fail_running(*generations.front(), std::move(error));
  for (Generation* const generation : generations) {
    const std::size_t computed = generation->computed;
    generation->computed = sequences_.cut(generation->sequence, computed);
    generation->steady = std::min(generation->steady, generation->computed);
    if (generation->computed == computed) compute(batch.only(*generation));
  }
}

void Scheduler::advance(const Batch& batch) {
  std::vector<std::size_t> outputs;
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    Generation& generation = *batch.of[i];
    if (batch.is_steady && generation.steady == generation.computed) ++generation.steady;
    ++generation.computed;
    ++occupied_;
    if (batch.items[i].output == 1) outputs.push_back(i);
  }
  std::vector<Draw> draws(outputs.size());
  drawing_.run(outputs.size(), [&](std::size_t i) {
    const float* const logits = model_.llm().logits(context_.get(), outputs[i]);
    if (logits != nullptr) {
      draws[i] = batch.of[outputs[i]]->draw(logits);
    } else {
      draws[i].status = SLUICE_NN_BROKEN;
    }
  });
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Generation& generation = *batch.of[outputs[i]];
    if (draws[i].status != SLUICE_NN_OK) {
      fail_running(generation, plugin_error(draws[i].status, draws[i].error, model_.asked()));
      continue;
    }
    if (!generation.is_answering()) generation.send_stage(send_, Stage::answering);
    if (!generation.accept(draws[i])) {
      generation.send_delta(send_);
      continue;
    }
    const Owned ended = take_running(generation);
    ended->finish(send_);
    keep(*ended);
  }
}

void Scheduler::make_room() {
  if (sequences_.evict()) return;
  Generation& youngest = *running_.back();
  if (running_.size() == 1) {
    return fail_running(youngest, {ErrorCode::limit, model_.asked(),
                                   "its context has no room for the request alone", "shorten the prompt"});
  }
  Owned preempted = take_running(youngest);
  sequences_.drop(preempted->sequence);
  preempted->sequence = -1;
  preempted->computed = 0;
  waiting_.push_front(std::move(preempted));
  is_full_ = true;
}

void Scheduler::keep(const Generation& generation) {
  const auto& tokens = generation.tokens();
  sequences_.keep(generation.sequence,
                  {tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(generation.computed)},
                  generation.steady);
}

void Scheduler::fail_running(Generation& generation, Error error) {
  const Owned ended = take_running(generation);
  sequences_.drop(ended->sequence);
  send_(FailedMessage{ended->id(), std::move(error)});
}

Scheduler::Owned Scheduler::take_running(const Generation& generation) {
  const auto found =
      std::ranges::find_if(running_, [&](const Owned& one) { return one.get() == &generation; });
  Owned taken = std::move(*found);
  running_.erase(found);
  is_full_ = false;
  return taken;
}

}  // namespace sluice::nn
