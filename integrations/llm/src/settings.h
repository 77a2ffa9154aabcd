// Settings from the manifest's `config` that all integrations of language models have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat.h"
#include "outside.h"
#include "problem.h"

namespace llm {

// In millionths of a US dollar for a million tokens.
struct Prices {
  std::uint64_t prompt = 0;
  std::uint64_t cached = 0;
  std::uint64_t completion = 0;

  // Millionths of a dollar, rounded.
  [[nodiscard]] std::uint64_t cost_micros(const Usage& usage) const;
};

// What differs from provider to provider.
struct Defaults {
  std::string_view base_url;
  std::string_view key_header;
};

struct Settings {
  std::string base_url;  // without a slash at its end
  std::string model;     // empty: each request names its own
  std::optional<std::uint32_t> context_tokens;
  // The header that takes the secret `key`; empty: none is sent.
  std::string key_header;
  // Where a person sets the key, for messages; empty: in the manifest.
  std::string key_source;
  bool streaming = true;
  // All that one call may wait for rate limits and between tries.
  std::uint32_t max_wait_seconds = 60;
  // How often a request is sent again after a 5xx.
  std::uint32_t retries = 3;
  // Before the first of them; doubles each time.
  std::uint32_t retry_base_ms = 500;
  std::optional<Prices> prices;

  // `authorization` takes the secret behind `Bearer `, other headers as it is.
  [[nodiscard]] std::optional<HttpRequest::Key> key() const;
};

// A wrong setting is `invalid` and names its key.
[[nodiscard]] Outcome<Settings> read_settings(Outside& outside, const Defaults& defaults);

// For the settings that only one provider has.
[[nodiscard]] Outcome<std::uint32_t> number_setting(Outside& outside, std::string_view key,
                                                    std::uint32_t otherwise, std::uint32_t most);
[[nodiscard]] Problem wrong_setting(std::string_view key, std::string_view expected, std::string_view found);

// The model that a request is for: what it names, else the setting's.
[[nodiscard]] Outcome<std::string> model_for(const Settings& settings,
                                             const std::optional<std::string>& named);

}  // namespace llm
