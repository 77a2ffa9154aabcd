#include "server/request_parser.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

}  // namespace

RequestParser::RequestParser(const ParseLimits& limits) : limits_(limits) {
  eager(true);
  header_limit(limits.header_bytes_max);
  body_limit(limits.body_bytes_max);
}

RequestParser::Progress RequestParser::parse(std::string_view& bytes) {
  error_code ec;
  const std::size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  bytes.remove_prefix(taken);
  if (ec && ec != http::error::need_more) {
    if (failure_.code.empty()) failure_ = failure_of(ec);
    return Progress::failed;
  }
  if (is_done()) return Progress::complete;
  // What is left are headers, a chunk's header or trailers that aren't whole; none may grow without end.
  if (bytes.size() >= limits_.header_bytes_max) {
    failure_ = failure_of(http::error::header_limit);
    return Progress::failed;
  }
  return Progress::need_more;
}

std::size_t RequestParser::body_bytes_left() const {
  const auto left = is_header_done() ? content_length_remaining() : boost::none;
  return left ? static_cast<std::size_t>(*left) : 0;
}

void RequestParser::refuse(unsigned status, std::string_view code, std::string_view message, error_code& ec) {
  failure_ = {status, code, message};
  ec = http::error::bad_value;
}

ParseFailure RequestParser::failure_of(const error_code& ec) const {
  if (ec == http::error::header_limit) {
    return {431, "headers-too-large", "The request's line and headers are larger than the server takes."};
  }
  if (ec == http::error::body_limit) {
    return {413, "body-too-large", "The request's body is larger than the server takes."};
  }
  if (ec == http::error::bad_version) return {505, "bad-version", "The server speaks HTTP/1.1."};
  return {400, "bad-request", "The request is not well-formed HTTP/1.1."};
}

void RequestParser::on_request_impl(verb, string_view text, string_view target, int version, error_code&) {
  header_bytes_ = text.size() + target.size();
  call_.method.assign(text.data(), text.size());
  call_.target.assign(target.data(), target.size());
  version_ = version;
}

void RequestParser::on_field_impl(field name, string_view name_text, string_view value, error_code& ec) {
  header_bytes_ += name_text.size() + value.size();
  if (++headers_ > limits_.headers_max || header_bytes_ > limits_.header_bytes_max) {
    return refuse(431, "headers-too-large", "The request has more or larger headers than the server takes.",
                  ec);
  }
  if (is_header_done()) return;  // a trailer, which nothing may rely on
  if (name == field::host) ++hosts_;
  if (name == field::transfer_encoding && !boost::beast::iequals(value, "chunked")) {
    return refuse(501, "bad-transfer-encoding", "The only transfer coding that the server takes is chunked.",
                  ec);
  }
  if (name == field::expect) {
    if (!boost::beast::iequals(value, "100-continue")) {
      return refuse(417, "bad-expectation", "The only expectation that the server meets is 100-continue.",
                    ec);
    }
    expects_continue_ = true;
  }
  call_.headers.emplace_back(to_lower({name_text.data(), name_text.size()}),
                             std::string(value.data(), value.size()));
}

void RequestParser::on_header_impl(error_code& ec) {
  if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11)) {
    refuse(400, "bad-host", "A request of HTTP/1.1 has exactly one Host header.", ec);
  }
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  // Within the limit, which was checked before.
  if (length) call_.body.reserve(static_cast<std::size_t>(*length));
}

std::size_t RequestParser::on_body_impl(string_view body, error_code&) {
  call_.body.append(body.data(), body.size());
  return body.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t, string_view, error_code&) {}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view body, error_code&) {
  call_.body.append(body.data(), body.size());
  return body.size();
}

void RequestParser::on_finish_impl(error_code&) {}

}  // namespace sluice::server
