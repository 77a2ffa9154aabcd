// A worker as its parent sees it: a process, frames to it and from it, and how it ended.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/task.h"
#include "nn/frames.h"
#include "nn/protocol.h"
#include "nn/worker_process.h"

namespace sluice::nn {

// On one thread. Nothing is called after `end`.
class WorkerLink : public std::enable_shared_from_this<WorkerLink> {
 public:
  struct Events {
    std::function<void(FromWorker)> message;
    std::function<void()> closed;  // it ended, or wrote what is no message
  };
  WorkerLink(asio::io_context& context, WorkerProcess process, Events events);
  ~WorkerLink();
  WorkerLink(const WorkerLink&) = delete;
  WorkerLink& operator=(const WorkerLink&) = delete;

  void begin();
  void send(std::string frame);
  // Kills the process if it still runs. How it ended and its last lines, for people. A second call says the
  // same.
  const std::string& end();

 private:
  void read();
  void read_errors();
  void write();
  void take_error_bytes(std::string_view bytes);
  void close();

  asio::posix::stream_descriptor socket_;
  asio::posix::stream_descriptor errors_;
  pid_t pid_;
  Events events_;
  FrameReader reader_;
  std::deque<std::string> unsent_;
  std::string last_errors_;
  std::string ending_;
  std::array<char, 64U << 10U> buffer_{};
  std::array<char, 4096> error_buffer_{};
};

}  // namespace sluice::nn
