// libcurl's multi interface driven by an Asio event loop: the socket-action pattern.
#pragma once

#include <curl/curl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/task.h"

namespace sluice::net {

struct CurlMultiDelete {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// Everything happens on the thread of the io_context. Made with make_shared: handlers that wait refer to it
// weakly.
class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
 public:
  // Runs from the event loop when a transfer has ended, after its handle was removed. It must not resume what
  // waits inline if that may destroy this object.
  using Done = std::move_only_function<void(CURLcode)>;

  explicit CurlLoop(asio::io_context& context);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // For limits on connections; null once closed.
  [[nodiscard]] CURLM* multi() const { return multi_.get(); }
  [[nodiscard]] std::size_t active() const { return transfers_.size(); }

  // Starts a transfer. The handle stays the caller's, who keeps it until `done` has run or `remove` was
  // called.
  void add(CURL* easy, Done done);
  // Ends a transfer early; its `done` is dropped. No effect if it isn't under way.
  void remove(CURL* easy);
  // Ends all transfers with CURLE_ABORTED_BY_CALLBACK and closes all connections. Idempotent.
  void close();

 private:
  struct Watch;
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  void set_interest(curl_socket_t fd, int what);
  void arm(const std::shared_ptr<Watch>& watch);
  void arm(const std::shared_ptr<Watch>& watch, int direction);
  void act(curl_socket_t fd, int events);
  void collect_done();
  void release(Watch& watch);

  asio::io_context& context_;
  std::unique_ptr<CURLM, CurlMultiDelete> multi_;
  std::optional<asio::steady_timer> timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unordered_map<CURL*, Done> transfers_;
};

}  // namespace sluice::net
