#include "net/curl_loop.h"

#include <chrono>
#include <utility>
#include <vector>

namespace sluice::net {

// What curl waits for on one of its sockets. The descriptor never owns the socket: curl closes it.
struct CurlLoop::Watch {
  asio::posix::stream_descriptor descriptor;
  curl_socket_t fd;
  int wanted = 0;   // CURL_POLL_IN, CURL_POLL_OUT
  int waiting = 0;  // directions with an asynchronous wait under way
  enum class State { open, closed } state = State::open;
};

CurlLoop::CurlLoop(asio::io_context& context)
    : context_(context), multi_((curl_global_init(CURL_GLOBAL_DEFAULT), curl_multi_init())), timer_(context) {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop() {
  close();
  curl_global_cleanup();
}

void CurlLoop::add(CURL* easy, Done done) {
  transfers_.emplace(easy, std::move(done));
  curl_multi_add_handle(multi_.get(), easy);
}

void CurlLoop::remove(CURL* easy) {
  if (transfers_.erase(easy) != 0) curl_multi_remove_handle(multi_.get(), easy);
}

void CurlLoop::close() {
  if (!multi_) return;
  std::vector<Done> dones;
  for (auto& [easy, done] : transfers_) {
    curl_multi_remove_handle(multi_.get(), easy);
    dones.push_back(std::move(done));
  }
  transfers_.clear();
  // Before curl closes the sockets of the connections that it keeps.
  for (auto& [fd, watch] : watches_) release(*watch);
  watches_.clear();
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, nullptr);
  multi_.reset();
  timer_.reset();
  for (Done& done : dones) done(CURLE_ABORTED_BY_CALLBACK);
}

int CurlLoop::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  try {
    static_cast<CurlLoop*>(self)->set_interest(fd, what);
    return 0;
  } catch (...) {
    return -1;
  }
}

int CurlLoop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& loop = *static_cast<CurlLoop*>(self);
  try {
    if (timeout_ms < 0) {
      loop.timer_->cancel();
      return 0;
    }
    loop.timer_->expires_after(std::chrono::milliseconds(timeout_ms));
    loop.timer_->async_wait([weak = loop.weak_from_this()](const boost::system::error_code& ec) {
      if (ec) return;
      if (const auto alive = weak.lock()) alive->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  } catch (...) {
    return -1;
  }
}

void CurlLoop::release(Watch& watch) {
  watch.state = Watch::State::closed;
  watch.descriptor.release();
}

void CurlLoop::set_interest(curl_socket_t fd, int what) {
  auto found = watches_.find(fd);
  if (what == CURL_POLL_REMOVE) {
    if (found == watches_.end()) return;
    release(*found->second);
    watches_.erase(found);
    return;
  }
  if (found == watches_.end()) {
    auto watch = std::make_shared<Watch>(asio::posix::stream_descriptor(context_, fd), fd);
    found = watches_.emplace(fd, std::move(watch)).first;
  }
  found->second->wanted = what;
  arm(found->second);
}

void CurlLoop::arm(const std::shared_ptr<Watch>& watch) {
  arm(watch, CURL_POLL_IN);
  arm(watch, CURL_POLL_OUT);
}

void CurlLoop::arm(const std::shared_ptr<Watch>& watch, int direction) {
  if ((watch->wanted & direction) == 0 || (watch->waiting & direction) != 0) return;
  watch->waiting |= direction;
  const auto kind = direction == CURL_POLL_IN ? asio::posix::stream_descriptor::wait_read
                                              : asio::posix::stream_descriptor::wait_write;
  const int event = direction == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
  watch->descriptor.async_wait(
      kind, [weak = weak_from_this(), watch, direction, event](const boost::system::error_code& ec) {
        watch->waiting &= ~direction;
        const auto self = weak.lock();
        if (!self || watch->state == Watch::State::closed || (watch->wanted & direction) == 0) return;
        self->act(watch->fd, ec ? CURL_CSELECT_ERR : event);
        if (watch->state == Watch::State::open) self->arm(watch);
      });
}

void CurlLoop::act(curl_socket_t fd, int events) {
  if (!multi_) return;
  int running = 0;
  curl_multi_socket_action(multi_.get(), fd, events, &running);
  collect_done();
}

void CurlLoop::collect_done() {
  int left = 0;
  while (multi_) {
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    if (message == nullptr) return;
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;  // the message dies with the removal
    const auto found = transfers_.find(easy);
    curl_multi_remove_handle(multi_.get(), easy);
    if (found == transfers_.end()) continue;
    Done done = std::move(found->second);
    transfers_.erase(found);
    done(code);
  }
}

}  // namespace sluice::net
