#include "host/http.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cctype>

#include "base/log.h"
#include "gate/redact.h"
#include "host/types.h"

namespace sluice::host {

namespace {

// Fields of `request`, in the order of wit/http.wit.
enum RequestField : std::size_t { method, url, url_secrets, headers, body, timeout_ms, idempotency_key };

// Functions, in the order of `client_type`.
constexpr std::size_t send_all_index = 1;

// Of `send-all`: requests under way at once, and how often the limit of one answer all of them may hold.
constexpr std::size_t at_once_max = 16;
constexpr std::size_t answers_max = 4;

// Cases of `error`.
enum class HttpError : std::uint32_t { refused, unreachable, timeout, too_large, invalid };

InterfaceType client_type() {
  const Type secret_use = Type::record({member("name", text()), member("prefix", text())});
  const Type header_value = Type::variant({member("text", text()), member("secret", secret_use)});
  const Type header = Type::record({member("name", text()), member("value", header_value)});
  const Type url_secret = Type::record({member("slot", text()), member("name", text())});
  const Type request = Type::record(
      {member("method", text()), member("url", text()), member("url-secrets", Type::list(url_secret)),
       member("headers", Type::list(header)), member("body", text()), member("timeout-ms", u32()),
       member("idempotency-key", Type::option(text()))});
  const Type response =
      Type::record({member("status", u16()), member("headers", Type::list(Type::tuple({text(), text()}))),
                    member("body", text())});
  const Type error =
      Type::variant({member("refused", text()), member("unreachable", text()), member("timeout"),
                     member("too-large", u64()), member("invalid", text())});
  const Type outcome = result_of(response, error);
  return {"sluice:http/client@0.1.0",
          {function("send", {{"request", request}}, outcome),
           function("send-all", {{"requests", Type::list(request)}}, Type::list(outcome))}};
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

bool is_slot(std::string_view slot) {
  return slot.size() > 2 && slot.front() == '{' && slot.back() == '}' &&
         std::ranges::all_of(slot.substr(1, slot.size() - 2),
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

net::BoundValues by_name(const gate::BoundValues& bound) {
  net::BoundValues values;
  for (const gate::BoundValue& value : bound) {
    if (value.known) values[value.parameter] = value.text;
  }
  return values;
}

Value error_value(const Error& error, std::size_t bytes_max, const gate::Redactor& redactor) {
  const auto with_text = [&](HttpError one) {
    return Value::of_case(static_cast<std::uint32_t>(one),
                          Value::string(to_utf8(redactor.cut(error.to_string()), nullptr)));
  };
  switch (error.code) {
    case ErrorCode::timeout:
      return Value::of_case(static_cast<std::uint32_t>(HttpError::timeout));
    case ErrorCode::limit:
      return Value::of_case(static_cast<std::uint32_t>(HttpError::too_large), Value::unsigned_int(bytes_max));
    case ErrorCode::invalid_input:
      return with_text(HttpError::invalid);
    case ErrorCode::refused:
      return with_text(HttpError::refused);
    default:
      return with_text(HttpError::unreachable);
  }
}

Value response_value(net::HttpResponse response, const gate::Redactor& redactor) {
  std::vector<Value> lines;
  lines.reserve(response.headers.size());
  for (auto& [name, value] : response.headers) {
    std::vector<Value> pair;
    pair.push_back(Value::string(to_utf8(redactor.cut(std::move(name)), nullptr)));
    pair.push_back(Value::string(to_utf8(redactor.cut(std::move(value)), nullptr)));
    lines.push_back(Value::list(std::move(pair)));
  }
  std::vector<Field> fields;
  fields.push_back({"status", Value::unsigned_int(response.status)});
  fields.push_back({"headers", Value::list(std::move(lines))});
  std::string body = is_utf8(response.body) ? std::move(response.body) : to_utf8(response.body, nullptr);
  fields.push_back({"body", Value::string(redactor.cut(std::move(body)))});
  return Value::record(std::move(fields));
}

}  // namespace

struct HttpCapability::Prepared {
  net::HttpRequest request;
  net::EgressCheck check;
};

HttpCapability::HttpCapability(HttpPolicy policy, const HttpClients& clients)
    : Capability("http", client_type()), policy_(std::move(policy)), clients_(clients) {}

Result<std::string> HttpCapability::fill_slots(const std::string& url,
                                               const std::vector<Value>& slots) const {
  if (slots.empty()) return url;
  const auto bad = [](std::string why) {
    return fail(ErrorCode::invalid_input, "put a secret into a URL", std::move(why));
  };
  const auto scheme_end = url.find("://");
  const auto path_start = scheme_end == std::string::npos ? std::string::npos : url.find('/', scheme_end + 3);
  if (path_start == std::string::npos) return bad("the URL has no path");
  // The host decides which secrets may go there, so it is read before any is put in.
  auto origin = net::parse_url(url.substr(0, path_start) + "/");
  if (!origin) return std::unexpected(origin.error());
  std::string rest = url.substr(path_start);
  for (const Value& one : slots) {
    const std::string& slot = one.field(0).as_string();
    const auto at = rest.find(slot);
    if (!is_slot(slot) || at == std::string::npos || rest.find(slot, at + 1) != std::string::npos) {
      return bad("a slot is written {word} and stands exactly once in the path or query");
    }
    auto text = policy_.secrets->use(one.field(1).as_string(), origin->host().text, origin->port());
    if (!text) return std::unexpected(text.error());
    rest.replace(at, slot.size(), percent_encode(*text));
  }
  return url.substr(0, path_start) + rest;
}

Status HttpCapability::add_headers(const Value& lines, const net::Url& url, net::HttpHeaders& out) const {
  for (const Value& line : lines.as_list()) {
    const std::string& name = line.field(0).as_string();
    const CaseValue& value = line.field(1).as_case();
    std::string text;
    if (value.index == 0) {
      text = value.payload->as_string();
    } else {
      auto secret = policy_.secrets->use(value.payload->field(0).as_string(), url.host().text, url.port());
      if (!secret) return std::unexpected(secret.error());
      text = value.payload->field(1).as_string() + std::string(*secret);
    }
    if (auto status = net::check_header(name, text); !status) return status;
    out.emplace_back(name, std::move(text));
  }
  return {};
}

Result<HttpCapability::Prepared> HttpCapability::prepare(const gate::Frame& caller,
                                                         const Value& value) const {
  auto filled = fill_slots(value.field(url).as_string(), value.field(url_secrets).as_list());
  if (!filled) return std::unexpected(filled.error());
  auto parsed = net::parse_url(*filled);
  if (!parsed) return std::unexpected(parsed.error());
  const std::string& verb = value.field(method).as_string();
  auto rule = net::find_grant(policy_.egress, verb, *parsed, by_name(caller.bound));
  if (!rule) return std::unexpected(rule.error());
  Prepared prepared{{verb, *parsed, {}, {}, {}, {}}, net::EgressCheck(**rule)};
  net::HttpRequest& request = prepared.request;
  if (auto status = add_headers(value.field(headers), request.url, request.headers); !status) {
    return std::unexpected(status.error());
  }
  request.body = value.field(body).as_string();
  if (request.body.size() > policy_.request_bytes_max) {
    return fail(
        ErrorCode::invalid_input, "send a request to " + request.url.origin(),
        "its body is larger than " + std::to_string(policy_.request_bytes_max) + " bytes (request-bytes)");
  }
  const CaseValue& key = value.field(idempotency_key).as_case();
  if (key.payload) {
    if (auto status = net::check_header("idempotency-key", key.payload->as_string()); !status) {
      return std::unexpected(status.error());
    }
    request.headers.emplace_back("idempotency-key", key.payload->as_string());
    request.repeat = net::Repeat::harmless;
  }
  const auto wanted = std::chrono::milliseconds(value.field(timeout_ms).as_unsigned());
  request.limits.total_timeout = wanted.count() == 0 ? policy_.timeout : std::min(wanted, policy_.timeout);
  request.limits.body_bytes_max = policy_.response_bytes_max;
  request.limits.connect_timeout = std::min(request.limits.connect_timeout, request.limits.total_timeout);
  return prepared;
}

Task<Result<std::optional<Value>>> HttpCapability::send_one(gate::Frame& caller, const Value& request) {
  const gate::Redactor& redactor = *caller.run.redactor;
  auto prepared = prepare(caller, request);
  // A refusal is an error of the call, so that its record says that nothing was sent.
  if (!prepared) co_return std::unexpected(std::move(prepared.error()));
  auto response = co_await clients_[caller.run.shard]->send(std::move(prepared->request), prepared->check);
  if (!response) {
    if (response.error().code == ErrorCode::cancelled || response.error().code == ErrorCode::refused) {
      co_return std::unexpected(std::move(response.error()));
    }
    Value error = error_value(response.error(), policy_.response_bytes_max, redactor);
    co_return std::optional<Value>(Value::err(std::move(error)));
  }
  Value answer = response_value(std::move(*response), redactor);
  co_return std::optional<Value>(Value::ok(std::move(answer)));
}

Task<Result<net::HttpResponse>> HttpCapability::exchange(gate::Frame& caller, const Value& value,
                                                         std::size_t response_bytes_max) {
  auto prepared = prepare(caller, value);
  if (!prepared) co_return std::unexpected(std::move(prepared.error()));
  prepared->request.limits.body_bytes_max = response_bytes_max;
  co_return co_await clients_[caller.run.shard]->send(std::move(prepared->request), prepared->check);
}

// What the requests of one `send-all` share.
struct HttpCapability::Batch {
  const std::vector<Value>& requests;
  std::vector<Value> answers;
  std::size_t next = 0;   // the first that nobody has taken
  std::size_t bytes = 0;  // of the answers so far
  std::optional<Error> cancelled;
};

Task<void> HttpCapability::work_off(gate::Frame& caller, Batch& batch) {
  const gate::Redactor& redactor = *caller.run.redactor;
  while (batch.next < batch.requests.size() && !batch.cancelled) {
    const std::size_t mine = batch.next++;
    const std::size_t all_bytes_max = answers_max * policy_.response_bytes_max;
    const std::size_t room = all_bytes_max - std::min(batch.bytes, all_bytes_max);
    if (room == 0) {
      batch.answers[mine] = Value::err(Value::of_case(static_cast<std::uint32_t>(HttpError::too_large),
                                                      Value::unsigned_int(all_bytes_max)));
      continue;
    }
    const std::size_t bytes_max = std::min(room, policy_.response_bytes_max);
    auto response = co_await exchange(caller, batch.requests[mine], bytes_max);
    if (response) {
      batch.bytes += response->body.size();
      batch.answers[mine] = Value::ok(response_value(std::move(*response), redactor));
      continue;
    }
    Error& error = response.error();
    if (error.code == ErrorCode::cancelled) {
      batch.cancelled = std::move(error);
      co_return;
    }
    if (error.code == ErrorCode::refused) {
      log(LogLevel::warn, "request refused",
          {{"run", caller.run.id},
           {"app", caller.subject.app},
           {"caller", caller.subject.name},
           {"why", redactor.cut(error.to_string())}});
    }
    batch.answers[mine] = Value::err(error_value(error, bytes_max, redactor));
  }
}

Task<void> HttpCapability::work_side_by_side(gate::Frame& caller, Batch& batch, std::size_t workers) {
  using asio::experimental::awaitable_operators::operator&&;
  if (workers <= 1) {
    co_await work_off(caller, batch);
  } else {
    const std::size_t half = workers / 2;
    co_await (work_side_by_side(caller, batch, half) && work_side_by_side(caller, batch, workers - half));
  }
}

Task<Result<std::optional<Value>>> HttpCapability::send_all(gate::Frame& caller,
                                                            const std::vector<Value>& requests) {
  Batch batch{requests, std::vector<Value>(requests.size()), 0, 0, std::nullopt};
  co_await work_side_by_side(caller, batch, std::min(requests.size(), at_once_max));
  if (batch.cancelled) co_return std::unexpected(std::move(*batch.cancelled));
  co_return std::optional<Value>(Value::list(std::move(batch.answers)));
}

Task<Result<std::optional<Value>>> HttpCapability::call(gate::Frame& caller,
                                                        const gate::BoundValues& /*bound*/, std::size_t index,
                                                        std::vector<Value> arguments) {
  if (index == send_all_index) co_return co_await send_all(caller, arguments[0].as_list());
  co_return co_await send_one(caller, arguments[0]);
}

}  // namespace sluice::host
