// Settings from the manifest's `[integration.github.config]`.
#pragma once

#include <cstdint>
#include <string>

#include "outside.h"
#include "problem.h"

namespace github {

struct Settings {
  // Without a slash at its end. GitHub Enterprise: `https://HOST/api/v3`.
  std::string base_url = "https://api.github.com";
  // All that one call may wait for rate limits and between tries.
  std::uint32_t max_wait_seconds = 60;
  // How often a read is sent again after trouble of the network or the server.
  std::uint32_t retries = 3;
  // Before the first of them; doubles each time.
  std::uint32_t retry_base_ms = 500;
  // Who we are, where the token may not ask (that of an app's installation): `NAME[bot]`.
  std::string bot_login;
};

// A wrong setting is `invalid` and names its key.
[[nodiscard]] Outcome<Settings> read_settings(Outside& outside);

}  // namespace github
