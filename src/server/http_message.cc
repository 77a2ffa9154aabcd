#include "server/http_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <iterator>
#include <nlohmann/json.hpp>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 || byte == '\t') && byte != 0x7f;
  });
}

bool may_have_body(unsigned status) {
  return status != 204 && status != 304;
}

}  // namespace

std::string_view HttpCall::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &HttpHeaders::value_type::first);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view HttpCall::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

HttpReply error_reply(unsigned status, std::string_view code, std::string_view message) {
  const nlohmann::json body{{"error", {{"code", code}, {"message", message}}}};
  HttpReply reply;
  reply.status = status;
  reply.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return reply;
}

std::string_view reason_of(unsigned status) {
  const auto reason = http::obsolete_reason(http::int_to_status(status));
  return reason == "<unknown-status>" ? "Unknown" : std::string_view(reason.data(), reason.size());
}

std::string write_chunk(std::string_view piece) {
  return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}

std::string write_head(const HttpReply& reply, KeepAlive keep_alive, Framing framing) {
  if (reply.status < 200 || reply.status > 599 || !is_value(reply.content_type)) return {};
  std::string head;
  head.reserve(256);
  auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", reply.status, reason_of(reply.status));
  for (const auto& [name, value] : reply.headers) {
    if (!is_token(name) || !is_value(value)) return {};
    fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  if (may_have_body(reply.status)) {
    if (!reply.content_type.empty()) fmt::format_to(out, "content-type: {}\r\n", reply.content_type);
    if (framing == Framing::length) {
      fmt::format_to(out, "content-length: {}\r\n", reply.body.size());
    } else if (framing == Framing::chunks) {
      head += "transfer-encoding: chunked\r\n";
    }
  }
  head += keep_alive == KeepAlive::yes ? "\r\n" : "connection: close\r\n\r\n";
  return head;
}

}  // namespace sluice::server
