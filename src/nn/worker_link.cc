#include "nn/worker_link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "base/text.h"
#include "base/value.h"

namespace sluice::nn {

namespace {

constexpr std::size_t last_errors_bytes_max = 2048;

// asio closes what it is given.
int released(const UniqueFd& fd) {
  return fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
}

}  // namespace

WorkerLink::WorkerLink(asio::io_context& context, WorkerProcess process, Events events)
    : socket_(context, released(process.socket)),
      errors_(context, released(process.errors)),
      pid_(process.pid),
      events_(std::move(events)) {}

WorkerLink::~WorkerLink() {
  static_cast<void>(end());
}

void WorkerLink::begin() {
  read();
  read_errors();
}

void WorkerLink::close() {
  if (pid_ > 0 && events_.closed) events_.closed();
}

void WorkerLink::read() {
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t count) {
                            if (self->pid_ < 0) return;
                            if (error) return self->close();
                            self->reader_.feed({self->buffer_.data(), count});
                            while (auto frame = self->reader_.next()) {
                              auto message = decode_from_worker(frame->kind, frame->payload);
                              if (!message) return self->close();
                              self->events_.message(std::move(*message));
                              if (self->pid_ < 0) return;
                            }
                            if (self->reader_.broken()) return self->close();
                            self->read();
                          });
}

void WorkerLink::read_errors() {
  errors_.async_read_some(asio::buffer(error_buffer_),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t count) {
                            if (error || self->pid_ < 0) return;
                            self->take_error_bytes({self->error_buffer_.data(), count});
                            self->read_errors();
                          });
}

void WorkerLink::take_error_bytes(std::string_view bytes) {
  last_errors_ += bytes;
  if (last_errors_.size() > last_errors_bytes_max)
    last_errors_.erase(0, last_errors_.size() - last_errors_bytes_max);
}

void WorkerLink::send(std::string frame) {
  unsent_.push_back(std::move(frame));
  if (unsent_.size() == 1) write();
}

void WorkerLink::write() {
  asio::async_write(socket_, asio::buffer(unsent_.front()),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      // That it has ended is seen by reading.
                      if (error || self->pid_ < 0) return;
                      self->unsent_.pop_front();
                      if (!self->unsent_.empty()) self->write();
                    });
}

const std::string& WorkerLink::end() {
  if (pid_ < 0) return ending_;
  ending_ = end_worker(std::exchange(pid_, -1));
  // What it wrote last may not have been read.
  while (true) {
    const ssize_t got = ::read(errors_.native_handle(), error_buffer_.data(), error_buffer_.size());
    if (got <= 0) break;
    take_error_bytes({error_buffer_.data(), static_cast<std::size_t>(got)});
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
  errors_.close(ignored);
  if (const std::string_view lines = trim(last_errors_); !lines.empty()) {
    ending_ += fmt::format("; its last words: {}", to_utf8(lines, nullptr));
  }
  return ending_;
}

}  // namespace sluice::nn
