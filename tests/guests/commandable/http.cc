// {"do": "http", "method": "GET", "url": "…", "body": "", "timeout_ms": 0, "idempotency_key": null,
//  "headers": [{"name": "…", "text": "…"} | {"name": "…", "secret": "…", "prefix": "…"}],
//  "url_secrets": [{"slot": "{word}", "secret": "…"}]}: one request over sluice:http/client.
// {"do": "http-all", "requests": [as above, without "do"]}: all of them side by side; a list of answers as
// above, or texts that say what went wrong.
#include <sluice/text.h>
#include <sluice/world.h>

#include "command.h"

namespace commandable {
namespace {
namespace http = ::sluice::http::client;
namespace json = ::sluice::guest::json;
using ::sluice::guest::to_wit;

std::string describe(const http::Error& error) {
  struct Visitor {
    std::string operator()(const http::Error::Refused& e) { return "refused: " + e.value.to_string(); }
    std::string operator()(const http::Error::Unreachable& e) {
      return "unreachable: " + e.value.to_string();
    }
    std::string operator()(const http::Error::Timeout&) { return "timeout"; }
    std::string operator()(const http::Error::TooLarge& e) { return "too-large: " + std::to_string(e.value); }
    std::string operator()(const http::Error::Invalid& e) { return "invalid: " + e.value.to_string(); }
  };
  return std::visit(Visitor{}, error.variants);
}

const Json& list_of(const Json& command, std::string_view key) {
  static const Json none = Json::array();
  const Json* found = json::find(command, key);
  return found != nullptr && found->is_array() ? *found : none;
}

http::HeaderValue value_of(const Json& header) {
  if (!header.contains("secret")) return {http::HeaderValue::Text{to_wit(text_of(header, "text"))}};
  return {http::HeaderValue::Secret{{to_wit(text_of(header, "secret")), to_wit(text_of(header, "prefix"))}}};
}

http::Request request_of(const Json& command) {
  const Json& headers = list_of(command, "headers");
  auto sent = wit::vector<http::Header>::allocate(headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    sent.initialize(i, {to_wit(text_of(headers[i], "name")), value_of(headers[i])});
  }
  const Json& secrets = list_of(command, "url_secrets");
  auto slots = wit::vector<http::UrlSecret>::allocate(secrets.size());
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    slots.initialize(i, {to_wit(text_of(secrets[i], "slot")), to_wit(text_of(secrets[i], "secret"))});
  }
  std::optional<wit::string> key;
  if (const auto text = json::get_text(command, "idempotency_key")) key.emplace(to_wit(*text));
  return {to_wit(text_of(command, "method", "GET")),
          to_wit(text_of(command, "url")),
          std::move(slots),
          std::move(sent),
          to_wit(text_of(command, "body")),
          static_cast<std::uint32_t>(number_of(command, "timeout_ms", 0)),
          std::move(key)};
}

Json show(const http::Response& response) {
  Json headers = Json::array();
  for (const auto& [name, value] : response.headers.get_const_view()) {
    headers.push_back({name.to_string(), value.to_string()});
  }
  return {{"status", response.status}, {"headers", headers}, {"body", response.body.to_string()}};
}

Answer send(const Json& command) {
  const auto response = http::Send(request_of(command));
  if (!response) return reject("http: " + describe(response.error()));
  return done(show(*response));
}

Answer send_all(const Json& command) {
  const Json& requests = list_of(command, "requests");
  auto sent = wit::vector<http::Request>::allocate(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) sent.initialize(i, request_of(requests[i]));
  const auto responses = http::SendAll(sent.get_const_view());
  Json shown = Json::array();
  for (const auto& response : responses.get_const_view()) {
    shown.push_back(response ? show(*response) : Json("http: " + describe(response.error())));
  }
  return done(shown);
}

}  // namespace

Run find_http(std::string_view name) {
  if (name == "http") return send;
  if (name == "http-all") return send_all;
  return nullptr;
}

}  // namespace commandable
