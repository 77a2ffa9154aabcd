// One request and its answer in libcurl's terms. For http_client.cc alone.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/address.h"
#include "net/gunzip.h"
#include "net/http_client.h"

namespace sluice::net {

class Transfer {
 public:
  Transfer(HttpRequest request, EgressCheck check, const HttpClientSettings& settings);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  // False if libcurl took not all options; then nothing may be sent.
  [[nodiscard]] bool ready() const { return setup_ == CURLE_OK; }

  void finish(CURLcode code) { code_ = code; }
  // Once. `cancelled` if finish was not called before.
  [[nodiscard]] Result<HttpResponse> take_result();

 private:
  struct EasyDelete {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct ListDelete {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  template <class Value>
  void set(CURLoption option, Value value) {
    if (setup_ == CURLE_OK) setup_ = curl_easy_setopt(easy_.get(), option, value);
  }
  void set_up(const HttpClientSettings& settings);
  void set_up_connection(const HttpClientSettings& settings);
  void set_up_message(const HttpClientSettings& settings);
  void add_header(const std::string& line);

  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static CURLcode on_tls_context(CURL* easy, void* context, void* self);
  static int on_request(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);

  // Whether the address may be connected to; keeps the reason if not.
  bool allow(const boost::asio::ip::address& address);
  bool take_header_line(std::string_view line);
  bool take_body(std::string_view bytes);
  // At the first byte of the body: watches its speed, makes room for it, and the decoder that the headers
  // ask for.
  bool begin_body();
  bool too_large();
  [[nodiscard]] bool is_repeatable() const;
  // What libcurl lets pass but is no whole answer.
  [[nodiscard]] std::optional<Error> check_answer(long status) const;
  [[nodiscard]] Error error(CURLcode code) const;
  [[nodiscard]] Error error(ErrorCode code, std::string why, std::string todo = {}) const;

  HttpRequest request_;
  EgressCheck check_;
  std::array<char, CURL_ERROR_SIZE> message_{};  // before easy_, which writes into it
  std::unique_ptr<curl_slist, ListDelete> headers_;
  std::unique_ptr<CURL, EasyDelete> easy_;
  CURLcode setup_ = CURLE_OK;
  std::optional<CURLcode> code_;
  // Why a callback of ours ended the transfer; more exact than libcurl's code.
  std::optional<Error> own_error_;
  unsigned times_sent_ = 0;

  enum class HeaderState { before, inside, final } header_state_ = HeaderState::before;
  unsigned blocks_ = 0;
  unsigned block_status_ = 0;
  std::size_t header_bytes_ = 0;
  std::size_t wire_bytes_ = 0;  // of the body, as sent
  std::optional<Gunzip> gunzip_;
  HttpResponse response_;
};

}  // namespace sluice::net
