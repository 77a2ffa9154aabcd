#include "settings.h"

#include "names.h"
#include "text.h"

namespace github {
namespace {

Outcome<std::uint32_t> number_setting(Outside& outside, std::string_view key, std::uint32_t otherwise,
                                      std::uint32_t most) {
  const std::optional<std::string> text = outside.setting(key);
  if (!text) return otherwise;
  const std::optional<std::uint64_t> number = to_number(*text);
  if (!number || *number > most) {
    return invalid("setting `" + std::string(key) + "`: expected a whole number up to " +
                   std::to_string(most) + ", found `" + one_line(*text, 40) + "`");
  }
  return static_cast<std::uint32_t>(*number);
}

Outcome<std::string> base_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  const bool has_host = url.starts_with(scheme) && url.size() > scheme.size() && url[scheme.size()] != '/';
  if (!has_host || url.find_first_of("?#@ \\") != url.npos) {
    return invalid("setting `base-url`: expected `https://HOST` or `https://HOST/api/v3`, found `" +
                   one_line(url, 100) + "`");
  }
  return url;
}

}  // namespace

Outcome<Settings> read_settings(Outside& outside) {
  Settings settings;
  if (std::optional<std::string> url = outside.setting("base-url")) {
    Outcome<std::string> checked = base_url(std::move(*url));
    if (!checked) return std::unexpected(checked.error());
    settings.base_url = std::move(*checked);
  }
  struct Number {
    std::string_view key;
    std::uint32_t* value;
    std::uint32_t most;
  };
  const Number numbers[] = {{"max-wait-seconds", &settings.max_wait_seconds, 24 * 3600},
                            {"retries", &settings.retries, 20},
                            {"retry-base-ms", &settings.retry_base_ms, 60'000}};
  for (const Number& number : numbers) {
    const Outcome<std::uint32_t> read = number_setting(outside, number.key, *number.value, number.most);
    if (!read) return std::unexpected(read.error());
    *number.value = *read;
  }
  if (const std::optional<std::string> login = outside.setting("bot-login")) {
    if (!encoded_login(*login)) {
      return invalid("setting `bot-login`: expected an account such as `my-app[bot]`, found `" +
                     one_line(*login, 80) + "`");
    }
    settings.bot_login = *login;
  }
  return settings;
}

}  // namespace github
