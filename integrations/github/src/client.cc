#include "client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "answers.h"
#include "etag_cache.h"
#include "rate_limit.h"
#include "text.h"

namespace github {
namespace {

constexpr std::uint64_t pause_ms_max = 30'000;

// What a request is called in messages: without the base URL, which is no news, and without the query.
std::string name_of(const HttpRequest& request, std::string_view base_url) {
  std::string_view path = request.url;
  path.remove_prefix(base_url.size());
  return request.method + " " + std::string(path.substr(0, path.find('?')));
}

// Only the host: a redirect's address may hold anything.
std::string target_host(const HttpAnswer& answer) {
  const std::string* location = answer.header("location");
  if (location == nullptr) return "nowhere";
  const std::size_t begin = location->find("://");
  if (begin == location->npos) return "another path";
  const std::size_t end = location->find_first_of("/?#", begin + 3);
  return one_line(std::string_view(*location).substr(begin + 3, end - std::min(end, begin + 3)), 80);
}

Next next_of(const HttpAnswer& answer) {
  const std::string* link = answer.header("link");
  if (link == nullptr) return Next::unsaid;
  const bool some = link->find("rel=\"next\"") != link->npos || link->find("rel=next") != link->npos;
  return some ? Next::some : Next::none;
}

}  // namespace

const std::string* HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool Client::wait(std::uint64_t ms) {
  const std::uint64_t most = std::uint64_t{settings_.max_wait_seconds} * 1000;
  if (ms > most || waited_ms_ > most - ms) return false;
  waited_ms_ += ms;
  outside_.sleep(static_cast<std::uint32_t>(ms));
  return true;
}

bool Client::wait_before_retry(std::uint32_t tries, const std::string& what, const std::string& why) {
  if (tries >= settings_.retries) return false;
  const std::uint64_t pause =
      std::min(pause_ms_max, std::uint64_t{settings_.retry_base_ms} << std::min(tries, 16U));
  outside_.log(LogLevel::warn, what + ": " + why + "; again in " + std::to_string(pause) + " ms");
  return wait(pause);
}

Outcome<HttpAnswer> Client::perform(const HttpRequest& request, Repeat repeat) {
  const std::string what = name_of(request, settings_.base_url);
  const std::string unsure = repeat == Repeat::safe ? "" : "; GitHub may have carried it out all the same";
  std::uint32_t limited = 0;
  for (std::uint32_t tries = 0;;) {
    std::expected<HttpAnswer, HttpFailure> answer = outside_.send(request);
    if (!answer) {
      const HttpFailure& failure = answer.error();
      if (failure.kind == HttpFailure::Kind::refused) return forbidden(what + ": " + failure.text);
      if (failure.kind == HttpFailure::Kind::too_large) return unavailable(what + ": " + failure.text);
      if (repeat == Repeat::unsafe || !wait_before_retry(tries, what, failure.text)) {
        return unavailable(what + ": " + failure.text + unsure);
      }
      ++tries;
      continue;
    }
    if (const std::optional<std::uint64_t> seconds = rate_limit_seconds(*answer, outside_.now(), limited)) {
      outside_.log(LogLevel::warn,
                   what + ": rate limit of GitHub, " + std::to_string(*seconds) + " s to wait");
      if (!wait(*seconds * 1000))
        return rate_limited(static_cast<std::uint32_t>(std::min<std::uint64_t>(*seconds, UINT32_MAX)));
      ++limited;
      continue;
    }
    if (answer->status >= 500 && repeat == Repeat::safe &&
        wait_before_retry(tries, what, std::to_string(answer->status))) {
      ++tries;
      continue;
    }
    return judge(what, std::move(*answer));
  }
}

Outcome<HttpAnswer> Client::judge(const std::string& what, HttpAnswer answer) const {
  const std::uint16_t status = answer.status;
  if ((status >= 200 && status < 300) || status == 304) return answer;
  if (status == 404 || status == 410) return not_found();
  std::string text = what + ": " + std::to_string(status) + ": ";
  if (status >= 300 && status < 400) {
    text += "redirected to " + target_host(answer) +
            "; redirects are not followed: check `base-url`, and whether the repository was renamed";
    return status == 301 || status == 308 ? invalid(std::move(text)) : unavailable(std::move(text));
  }
  text += read_error(answer.body);
  if (status == 401) return forbidden(text + "; check the secret `token`");
  if (status == 403 || status == 451) return forbidden(std::move(text));
  return status >= 400 && status < 500 ? invalid(std::move(text)) : unavailable(std::move(text));
}

Outcome<Client::Answer> Client::get(const std::string& path) {
  HttpRequest request{"GET", settings_.base_url + path, {{"accept", "application/vnd.github+json"}}, {}};
  std::optional<CachedAnswer> known = recall_answer(outside_, request.url);
  if (known) request.headers.emplace_back("if-none-match", known->etag);
  Outcome<HttpAnswer> answer = perform(request, Repeat::safe);
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (answer->status == 304) {
    if (!known) return unavailable("GET " + path + ": 304, though nothing was asked on a condition");
    return Answer{std::move(known->body), known->next};
  }
  const Next next = next_of(*answer);
  if (const std::string* etag = answer->header("etag"); etag != nullptr && answer->status == 200) {
    remember_answer(outside_, request.url, CachedAnswer{*etag, next, answer->body});
  }
  return Answer{std::move(answer->body), next};
}

Outcome<std::string> Client::write(std::string_view method, const std::string& path, std::string body) {
  const HttpRequest request{std::string(method),
                            settings_.base_url + path,
                            {{"accept", "application/vnd.github+json"}, {"content-type", "application/json"}},
                            std::move(body)};
  Outcome<HttpAnswer> answer = perform(request, Repeat::unsafe);
  if (!answer) return std::unexpected(std::move(answer.error()));
  return std::move(answer->body);
}

}  // namespace github
