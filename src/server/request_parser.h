// Parses one HTTP/1.1 request straight into an HttpCall, with limits, and refuses what parsers read in two
// ways.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/http_message.h"

namespace sluice::server {

struct ParseLimits {
  // Request line, headers and trailers.
  std::uint32_t header_bytes_max = 16 * 1024;
  std::size_t headers_max = 100;
  std::size_t body_bytes_max = 1024 * 1024;
};

// Why a request isn't accepted: the reply that says so.
struct ParseFailure {
  unsigned status = 400;
  std::string_view code;
  std::string_view message;
};

class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(const ParseLimits& limits);

  enum class Progress : std::uint8_t { need_more, complete, failed };

  // Takes bytes from the front of `bytes` and removes them. Until the headers are complete nothing is taken,
  // so the caller offers them again with more behind.
  Progress parse(std::string_view& bytes);

  [[nodiscard]] const ParseFailure& failure() const { return failure_; }
  [[nodiscard]] bool headers_done() const { return is_header_done(); }
  // Whether the client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] bool takes_chunks() const { return version_ >= 11; }
  [[nodiscard]] bool wants_keep_alive() const { return keep_alive(); }
  // Bytes of the body still to come, if the client said how many.
  [[nodiscard]] std::size_t body_bytes_left() const;
  [[nodiscard]] HttpCall& call() { return call_; }

 private:
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;
  using verb = boost::beast::http::verb;
  using field = boost::beast::http::field;

  void on_request_impl(verb method, string_view text, string_view target, int version,
                       error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view name_text, string_view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override;
  std::size_t on_body_impl(string_view body, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t left, string_view body, error_code& ec) override;
  void on_finish_impl(error_code& ec) override;

  void refuse(unsigned status, std::string_view code, std::string_view message, error_code& ec);
  [[nodiscard]] ParseFailure failure_of(const error_code& ec) const;

  ParseLimits limits_;
  HttpCall call_;
  ParseFailure failure_;
  std::size_t header_bytes_ = 0;
  std::size_t headers_ = 0;  // trailers included
  unsigned hosts_ = 0;
  int version_ = 11;
  bool expects_continue_ = false;
};

}  // namespace sluice::server
