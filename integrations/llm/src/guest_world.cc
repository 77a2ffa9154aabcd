#include "guest_world.h"

#include <sluice/text.h>

#include <new>
#include <utility>

namespace llm {
namespace {

namespace client = ::sluice::http::client;
using ::sluice::guest::to_wit;
using ::sluice::guest::view;

client::Header text_header(std::string_view name, std::string_view value) {
  return {to_wit(name), {client::HeaderValue::Text{to_wit(value)}}};
}

HttpFailure failure_of(client::Error& error) {
  using Kind = HttpFailure::Kind;
  if (auto* one = std::get_if<client::Error::Refused>(&error.variants))
    return {Kind::refused, one->value.to_string()};
  if (auto* one = std::get_if<client::Error::Unreachable>(&error.variants))
    return {Kind::unreachable, "not reachable: " + one->value.to_string()};
  if (auto* one = std::get_if<client::Error::TooLarge>(&error.variants))
    return {Kind::too_large, "the answer is larger than " + std::to_string(one->value) + " bytes"};
  if (auto* one = std::get_if<client::Error::Invalid>(&error.variants))
    return {Kind::malformed, one->value.to_string()};
  return {Kind::timeout, "no answer in time"};
}

HttpOutcome outcome_of(std::expected<client::Response, client::Error>& got) {
  if (!got) return std::unexpected(failure_of(got.error()));
  HttpAnswer answer;
  answer.status = got->status;
  for (const auto& [name, value] : got->headers.get_view())
    answer.headers.emplace_back(view(name), view(value));
  answer.body = view(got->body);
  return answer;
}

}  // namespace

client::Request Imports::request_of(const HttpRequest& request) const {
  const std::size_t own = request.key ? 3 : 2;
  auto headers = wit::vector<client::Header>::allocate(request.headers.size() + own);
  headers.initialize(0, text_header("user-agent", user_agent_));
  headers.initialize(1, text_header("content-type", "application/json"));
  if (request.key) {
    client::SecretUse key{to_wit("key"), to_wit(request.key->prefix)};
    headers.initialize(2, {to_wit(request.key->header), {client::HeaderValue::Secret{std::move(key)}}});
  }
  for (std::size_t i = 0; i < request.headers.size(); ++i)
    headers.initialize(own + i, text_header(request.headers[i].first, request.headers[i].second));
  return {to_wit("POST"), to_wit(request.url), {}, std::move(headers), to_wit(request.body), 0, std::nullopt};
}

std::vector<HttpOutcome> Imports::send(const std::vector<HttpRequest>& requests) {
  std::vector<HttpOutcome> outcomes;
  outcomes.reserve(requests.size());
  if (requests.size() == 1) {
    auto got = client::Send(request_of(requests.front()));
    outcomes.push_back(outcome_of(got));
    return outcomes;
  }
  auto sent = wit::vector<client::Request>::allocate(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) sent.initialize(i, request_of(requests[i]));
  auto all = client::SendAll(sent.get_const_view());
  for (auto& got : all.get_view()) outcomes.push_back(outcome_of(got));
  return outcomes;
}

void Imports::sleep(std::uint32_t ms) {
  ::sluice::time::timer::Sleep(ms);
}

std::uint64_t Imports::now() {
  return ::wasi::clocks::wall_clock::Now().seconds;
}

std::optional<std::string> Imports::setting(std::string_view name) {
  // All at once: one call over the link instead of one for each setting.
  if (!settings_) {
    settings_.emplace(::wasi::config::store::GetAll());
    if (!settings_->has_value()) log(LogLevel::warn, "the settings cannot be read; defaults are used");
  }
  if (!settings_->has_value()) return std::nullopt;
  for (const auto& [key, value] : (*settings_)->get_const_view()) {
    if (view(key) == name) return value.to_string();
  }
  return std::nullopt;
}

void Imports::log(LogLevel level, std::string_view message) {
  using Level = ::wasi::logging::logging::Level;
  const Level to = level == LogLevel::warn   ? Level::kWarn
                   : level == LogLevel::info ? Level::kInfo
                                             : Level::kDebug;
  ::wasi::logging::logging::Log(to, "llm", ::sluice::guest::to_utf8(message));
}

}  // namespace llm
