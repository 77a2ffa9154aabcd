#include "settings.h"

#include <algorithm>
#include <utility>

#include "common_text.h"
#include "retry_after.h"

namespace llm {
namespace {

constexpr std::uint64_t million = 1'000'000;

Outcome<std::string> base_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  const bool has_host = url.starts_with(scheme) && url.size() > scheme.size() && url[scheme.size()] != '/';
  if (!has_host || url.find_first_of("?#@ \\") != std::string::npos) {
    return std::unexpected(wrong_setting("base-url", "`https://HOST/v1` or the like", url));
  }
  return url;
}

Outcome<bool> flag_setting(Outside& outside, std::string_view key, bool otherwise) {
  const std::optional<std::string> text = outside.setting(key);
  if (!text) return otherwise;
  if (*text != "true" && *text != "false") return std::unexpected(wrong_setting(key, "true or false", *text));
  return *text == "true";
}

Outcome<std::optional<std::uint64_t>> price_setting(Outside& outside, std::string_view key) {
  const std::optional<std::string> text = outside.setting(key);
  if (!text) return std::nullopt;
  const std::optional<std::uint64_t> price = decimal_micros(*text);
  if (!price || *price > million * million) {
    return std::unexpected(wrong_setting(key, "US dollars for a million tokens such as \"2.50\"", *text));
  }
  return price;
}

Outcome<std::optional<Prices>> read_prices(Outside& outside) {
  auto prompt = price_setting(outside, "price-prompt");
  if (!prompt) return std::unexpected(prompt.error());
  auto cached = price_setting(outside, "price-cached");
  if (!cached) return std::unexpected(cached.error());
  auto completion = price_setting(outside, "price-completion");
  if (!completion) return std::unexpected(completion.error());
  if (prompt->has_value() != completion->has_value() || (cached->has_value() && !prompt->has_value())) {
    return std::unexpected(
        invalid("the settings `price-prompt` and `price-completion` are needed both, or neither"));
  }
  if (!prompt->has_value()) return std::nullopt;
  return Prices{**prompt, cached->value_or(**prompt), **completion};
}

// A name as headers have it, in lower case.
bool is_header_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

Outcome<std::string> key_header(Outside& outside, const std::string& base_url, const Defaults& defaults) {
  std::optional<std::string> header = outside.setting("key-header");
  if (!header) return std::string(base_url.starts_with("https://") ? defaults.key_header : "");
  if (*header == "none") return std::string();
  if (!is_header_name(*header))
    return std::unexpected(
        wrong_setting("key-header", "`none` or a header such as `authorization`", *header));
  return std::move(*header);
}

}  // namespace

std::uint64_t Prices::cost_micros(const Usage& usage) const {
  const std::uint64_t reused = std::min(usage.cached_tokens, usage.prompt_tokens);
  const std::uint64_t sum =
      (usage.prompt_tokens - reused) * prompt + reused * cached + usage.completion_tokens * completion;
  return (sum + million / 2) / million;
}

std::optional<HttpRequest::Key> Settings::key() const {
  if (key_header.empty()) return std::nullopt;
  return HttpRequest::Key{key_header, key_header == "authorization" ? "Bearer " : ""};
}

Problem wrong_setting(std::string_view key, std::string_view expected, std::string_view found) {
  return invalid("setting `" + std::string(key) + "`: expected " + std::string(expected) + ", found `" +
                 common::one_line(found, 100) + "`");
}

Outcome<std::uint32_t> number_setting(Outside& outside, std::string_view key, std::uint32_t otherwise,
                                      std::uint32_t most) {
  const std::optional<std::string> text = outside.setting(key);
  if (!text) return otherwise;
  const std::optional<std::uint64_t> number = common::to_number(*text);
  if (!number || *number > most) {
    return std::unexpected(wrong_setting(key, "a whole number up to " + std::to_string(most), *text));
  }
  return static_cast<std::uint32_t>(*number);
}

Outcome<Settings> read_settings(Outside& outside, const Defaults& defaults) {
  Settings settings;
  auto url = base_url(outside.setting("base-url").value_or(std::string(defaults.base_url)));
  if (!url) return std::unexpected(url.error());
  settings.base_url = std::move(*url);
  settings.model = outside.setting("model").value_or("");
  auto header = key_header(outside, settings.base_url, defaults);
  if (!header) return std::unexpected(header.error());
  settings.key_header = std::move(*header);
  settings.key_source = common::one_line(outside.setting("key-source").value_or(""), 100);
  const auto streaming = flag_setting(outside, "streaming", true);
  if (!streaming) return std::unexpected(streaming.error());
  settings.streaming = *streaming;
  std::uint32_t context = 0;
  struct Number {
    std::string_view key;
    std::uint32_t* value;
    std::uint32_t most;
  };
  const Number numbers[] = {{"max-wait-seconds", &settings.max_wait_seconds, 24 * 3600},
                            {"retries", &settings.retries, 20},
                            {"retry-base-ms", &settings.retry_base_ms, 60'000},
                            {"context-tokens", &context, 1'000'000'000}};
  for (const Number& number : numbers) {
    const Outcome<std::uint32_t> read = number_setting(outside, number.key, *number.value, number.most);
    if (!read) return std::unexpected(read.error());
    *number.value = *read;
  }
  if (context != 0) settings.context_tokens = context;
  auto prices = read_prices(outside);
  if (!prices) return std::unexpected(prices.error());
  settings.prices = *prices;
  return settings;
}

Outcome<std::string> model_for(const Settings& settings, const std::optional<std::string>& named) {
  if (named && !named->empty()) return *named;
  if (!settings.model.empty()) return settings.model;
  return std::unexpected(
      invalid("no model: name one in the request, or set `model` in the integration's config"));
}

}  // namespace llm
