#include "nn/worker_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/cores.h"
#include "base/log.h"
#include "base/value.h"
#include "nn/plugin.h"

namespace sluice::nn {

namespace {

constexpr std::chrono::seconds pause_min{1};
constexpr std::chrono::seconds pause_max{30};

// Guests and connections need a core, too; of two, a model that has one only would be half as fast.
std::uint32_t threads_of(const ModelSpec& spec) {
  if (spec.threads != 0) return spec.threads;
  const unsigned cores = usable_cores();
  return cores > 2 ? cores - 1 : cores;
}

}  // namespace

WorkerHost::WorkerHost(asio::io_context& context, ModelSpec spec, ModelsSettings settings)
    : context_(context),
      spec_(std::move(spec)),
      settings_(std::move(settings)),
      checked_(spec_.verified),
      idle_(context) {}

LanguageModel::Stats WorkerHost::stats() const {
  const std::lock_guard lock(stats_mutex_);
  return stats_;
}

void WorkerHost::ask(Request request, std::shared_ptr<Call> call) {
  {
    const std::lock_guard lock(stats_mutex_);
    ++stats_.waiting;
  }
  idle_.cancel();
  Pending pending{std::move(call), request.answer, false,
                  Place::waiting,  request.asked,  asio::steady_timer(context_)};
  const auto entry = pending_.emplace(request.id, std::move(pending)).first;
  if (!link_) {
    if (auto ok = start(); !ok) {
      return finish(entry, std::unexpected(std::move(ok.error())));
    }
  }
  if (request.frame.empty() && info_) return finish(entry, *info_);
  if (!request.frame.empty()) {
    entry->second.is_sent = true;
    link_->send(std::move(request.frame));
  }
  watch(request.id, request.timeout.count() > 0 ? request.timeout : std::chrono::milliseconds(spec_.timeout));
}

Status WorkerHost::start() {
  const auto now = Clock::now();
  if (now < not_before_) {
    return fail(ErrorCode::unavailable, fmt::format("load the model {}", spec_.name),
                fmt::format("its last worker failed before it had the model: {}", last_ending_),
                "see that the file and the backend are whole; it is tried again in a few seconds");
  }
  auto process = start_worker(settings_.program, plugin_path(settings_.backends, spec_.backend));
  if (!process) return std::unexpected(std::move(process.error()));
  link_ = std::make_shared<WorkerLink>(
      context_, std::move(*process),
      WorkerLink::Events{[this](FromWorker message) { on_message(std::move(message)); },
                         [this] { worker_ended({}); }});
  started_ = now;
  {
    const std::lock_guard lock(stats_mutex_);
    ++stats_.worker_starts;
  }
  link_->begin();
  OpenMessage open{.version = protocol_version,
                   .name = spec_.name,
                   .path = spec_.path.string(),
                   .path_name = to_utf8(spec_.path_name, nullptr),
                   .sha256 = spec_.sha256,
                   .checked = checked_,
                   .projector = spec_.projector.string(),
                   .projector_name = to_utf8(spec_.projector_name, nullptr),
                   .context_tokens = spec_.context_tokens,
                   .parallel = spec_.parallel,
                   .threads = threads_of(spec_),
                   .gpu_layers = spec_.gpu_layers,
                   .gpu_needed = spec_.gpu_needed,
                   .queue_max = spec_.queue_max,
                   .memory_mib = spec_.memory_mib,
                   .locked_in = spec_.locked_in};
  // The names were checked when the model was opened here.
  link_->send(*encode(ToWorker(std::move(open))));
  return {};
}

void WorkerHost::on_message(FromWorker message) {
  std::visit([this](auto& alternative) { on(alternative); }, message);
}

void WorkerHost::on(LoadedMessage& message) {
  if (info_) return worker_ended("it said twice that it has the model");
  info_ = std::move(message.info);
  checked_ = message.checked;
  failures_ = 0;
  for (auto entry = pending_.begin(); entry != pending_.end();) {
    const auto next = std::next(entry);
    if (!entry->second.is_sent) finish(entry, *info_);
    entry = next;
  }
}

void WorkerHost::on(LoadFailedMessage& message) {
  static_cast<void>(link_->end());
  link_.reset();
  fail_all(message.error);
}

void WorkerHost::on(ProgressMessage& message) {
  const auto entry = pending_.find(message.id);
  if (entry == pending_.end()) return worker_ended("it wrote of a request that it does not have");
  if (message.stage != Stage::running || entry->second.place == Place::running) return;
  entry->second.place = Place::running;
  const auto waited =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - entry->second.asked);
  const std::lock_guard lock(stats_mutex_);
  --stats_.waiting;
  ++stats_.running;
  stats_.longest_wait = std::max(stats_.longest_wait, waited);
}

void WorkerHost::on(DeltaMessage& message) {
  const auto entry = pending_.find(message.id);
  if (entry == pending_.end()) return worker_ended("it wrote of a request that it does not have");
  if (entry->second.call) entry->second.call->add(std::move(message.delta));
}

void WorkerHost::on(LogMessage& message) {
  log(message.level, message.line, {{"model", spec_.name}});
}

void WorkerHost::on(DoneMessage& message) {
  {
    const std::lock_guard lock(stats_mutex_);
    stats_.prompt_tokens += message.completion.usage.prompt_tokens;
    stats_.cached_tokens += message.completion.usage.cached_tokens;
    stats_.completion_tokens += message.completion.usage.completion_tokens;
  }
  on_end_of(message.id, std::move(message.completion));
}

void WorkerHost::on(EmbeddedMessage& message) {
  {
    const std::lock_guard lock(stats_mutex_);
    stats_.prompt_tokens += message.embedded.prompt_tokens;
  }
  on_end_of(message.id, std::move(message.embedded));
}

void WorkerHost::on(CountedMessage& message) {
  on_end_of(message.id, std::move(message.counts));
}

void WorkerHost::on(FailedMessage& message) {
  on_end_of(message.id, std::unexpected(std::move(message.error)));
}

void WorkerHost::on_end_of(RequestId id, Result<Answer> answer) {
  const auto entry = pending_.find(id);
  if (entry == pending_.end()) return worker_ended("it wrote of a request that it does not have");
  if (answer && answer->index() != entry->second.answer)
    return worker_ended("it answered with something else");
  finish(entry, std::move(answer));
}

// Whoever has the answer finds it counted and its place free.
void WorkerHost::finish(Entry entry, Result<Answer> answer) {
  const std::shared_ptr<Call> call = std::exchange(entry->second.call, nullptr);
  erase(entry);
  if (call) end(*call, std::move(answer));
}

void WorkerHost::end(Call& call, Result<Answer> answer) {
  {
    const std::lock_guard lock(stats_mutex_);
    ++stats_.requests;
    if (!answer) ++stats_.failed;
  }
  call.end(std::move(answer));
}

void WorkerHost::erase(Entry entry) {
  {
    const std::lock_guard lock(stats_mutex_);
    --(entry->second.place == Place::running ? stats_.running : stats_.waiting);
  }
  pending_.erase(entry);
  if (pending_.empty()) end_when_idle();
}

void WorkerHost::watch(RequestId id, Clock::duration after) {
  asio::steady_timer& timer = pending_.at(id).timer;
  timer.expires_after(after);
  timer.async_wait([this, id](boost::system::error_code error) {
    if (!error && pending_.contains(id)) on_time(id);
  });
}

void WorkerHost::on_time(RequestId id) {
  Pending& pending = pending_.at(id);
  if (pending.call) {
    const std::shared_ptr<Call> call = std::exchange(pending.call, nullptr);
    end(*call, fail(ErrorCode::timeout, fmt::format("ask the model {}", spec_.name),
                    info_ ? "it did not answer in time" : "it was not loaded in time",
                    "allow more time, or ask for fewer tokens"));
    return let_go(id);
  }
  // A large model takes its time to load, which is not wasted: the next request needs it too.
  if (!info_ && Clock::now() - started_ < spec_.timeout) return watch(id, settings_.cancel_grace);
  worker_ended("it did not let go of a cancelled request");
}

void WorkerHost::forget(RequestId id) {
  const auto entry = pending_.find(id);
  if (entry == pending_.end() || !entry->second.call) return;
  entry->second.call.reset();
  {
    const std::lock_guard lock(stats_mutex_);
    ++stats_.requests;
    ++stats_.cancelled;
  }
  let_go(id);
}

void WorkerHost::let_go(RequestId id) {
  const auto entry = pending_.find(id);
  if (!entry->second.is_sent) return erase(entry);
  link_->send(*encode(ToWorker(CancelMessage{id})));
  watch(id, settings_.cancel_grace);
}

void WorkerHost::worker_ended(std::string_view because) {
  const std::string ending = link_->end();
  link_.reset();
  last_ending_ = because.empty() ? ending : std::string(because);
  if (!info_) {
    const auto pause = std::min(pause_max, pause_min * (1U << std::min(failures_++, 5U)));
    not_before_ = Clock::now() + pause;
  }
  log(LogLevel::warn, "a model's worker ended", {{"model", spec_.name}, {"why", last_ending_}});
  fail_all({ErrorCode::unavailable, fmt::format("ask the model {}", spec_.name),
            fmt::format("its worker ended: {}", last_ending_), "ask again: another worker starts"});
}

void WorkerHost::fail_all(const Error& error) {
  info_.reset();
  while (!pending_.empty()) {
    finish(pending_.begin(), std::unexpected(error));
  }
}

void WorkerHost::end_when_idle() {
  if (!link_) return;
  idle_.expires_after(settings_.idle);
  idle_.async_wait([this](boost::system::error_code error) {
    if (!error && pending_.empty()) close();
  });
}

void WorkerHost::close() {
  if (link_) static_cast<void>(link_->end());
  link_.reset();
  idle_.cancel();
  fail_all({ErrorCode::cancelled, fmt::format("ask the model {}", spec_.name), "the program ends", {}});
}

}  // namespace sluice::nn
