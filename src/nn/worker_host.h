// Starts a worker for one model when it is asked, and sees that each request has an answer.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/task.h"
#include "nn/call.h"
#include "nn/language_model.h"
#include "nn/models.h"
#include "nn/protocol.h"
#include "nn/worker_link.h"

namespace sluice::nn {

// On one thread, but for `stats`.
class WorkerHost {
 public:
  WorkerHost(asio::io_context& context, ModelSpec spec, ModelsSettings settings);

  // What is asked of the worker; without a frame, what the model is.
  struct Request {
    RequestId id = 0;
    std::string frame;
    std::size_t answer = 0;  // which of Answer's alternatives ends it
    std::chrono::milliseconds timeout{0};
    std::chrono::steady_clock::time_point asked;
  };
  void ask(Request request, std::shared_ptr<Call> call);
  // Nobody waits for it any more.
  void forget(RequestId id);
  // Ends the worker, and with it the requests.
  void close();

  [[nodiscard]] LanguageModel::Stats stats() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Place : std::uint8_t { waiting, running };
  struct Pending {
    std::shared_ptr<Call> call;  // null: forgotten, and the worker's last message about it is awaited
    std::size_t answer = 0;
    bool is_sent = false;
    Place place = Place::waiting;
    Clock::time_point asked;
    asio::steady_timer timer;  // until its time is over, then until the worker must have let go of it
  };
  using Entry = std::map<RequestId, Pending>::iterator;

  [[nodiscard]] Status start();
  void on_message(FromWorker message);
  void on(LoadedMessage& message);
  void on(LoadFailedMessage& message);
  void on(ProgressMessage& message);
  void on(DeltaMessage& message);
  void on(LogMessage& message);
  void on(DoneMessage& message);
  void on(EmbeddedMessage& message);
  void on(CountedMessage& message);
  void on(FailedMessage& message);
  void on_end_of(RequestId id, Result<Answer> answer);
  void finish(Entry entry, Result<Answer> answer);
  void end(Call& call, Result<Answer> answer);
  void erase(Entry entry);
  void watch(RequestId id, Clock::duration after);
  void on_time(RequestId id);
  void let_go(RequestId id);
  void worker_ended(std::string_view because);
  void fail_all(const Error& error);
  void end_when_idle();

  asio::io_context& context_;
  ModelSpec spec_;
  ModelsSettings settings_;
  std::shared_ptr<WorkerLink> link_;
  std::optional<ModelInfo> info_;  // while a worker has the model
  std::optional<FileStamp> checked_;
  std::map<RequestId, Pending> pending_;
  asio::steady_timer idle_;
  Clock::time_point started_;
  // Workers that ended before they had the model, one after the other.
  std::uint32_t failures_ = 0;
  Clock::time_point not_before_;
  std::string last_ending_;
  mutable std::mutex stats_mutex_;
  LanguageModel::Stats stats_;
};

}  // namespace sluice::nn
