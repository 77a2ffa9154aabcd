// The small syntaxes of a manifest's values. Each check gives what is wrong, or nothing.
#pragma once

#include <string>
#include <string_view>

#include "flow/manifest.h"
#include "flow/problem.h"

namespace sluice::flow {

// `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, 63 characters at most: fits a URL's path, a file's name and a DNS label.
[[nodiscard]] bool is_kebab(std::string_view name);
void check_name(const Located<std::string>& name, Problems& problems);

// `namespace:package/interface`, with `@1.2.3` or without.
[[nodiscard]] bool is_interface_name(std::string_view name);
// `sluice:github/pulls` of `sluice:github/pulls@0.1.0`.
[[nodiscard]] std::string_view without_version(std::string_view interface);

// RFC 6901, and not the whole document.
[[nodiscard]] bool is_json_pointer(std::string_view pointer);

// A path that stays within the folder it starts from, as far as its text tells.
void check_inner_path(const Located<std::string>& path, Problems& problems);

// `github`, `log`, `model:local`. Whether it exists is checked later.
[[nodiscard]] Target parse_target(std::string_view text);

// `api.github.com`, `api.github.com:8443`, `127.0.0.1`, `[::1]:80`.
[[nodiscard]] Result<SecretHost> parse_secret_host(std::string_view text);

}  // namespace sluice::flow
