#include "flow/manifest_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

namespace sluice::flow {

namespace {

constexpr std::size_t name_length_max = 63;

constexpr std::array<std::pair<std::string_view, HostProvider>, 7> host_providers = {{
    {"log", HostProvider::log},
    {"clock", HostProvider::clock},
    {"random", HostProvider::random},
    {"config", HostProvider::config},
    {"kv", HostProvider::kv},
    {"timer", HostProvider::timer},
    {"none", HostProvider::none},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// A label of WIT: words of one case each with hyphens between, the first begins with a letter.
bool is_wit_label(std::string_view text) {
  bool word_start = true;
  bool first = true;
  for (const char c : text) {
    if (c == '-') {
      if (word_start) return false;
      word_start = true;
      first = false;
      continue;
    }
    if (!is_lower(c) && !is_upper(c) && !(is_digit(c) && !(word_start && first))) return false;
    word_start = false;
  }
  return !word_start;
}

bool is_version(std::string_view text) {
  int dots = 0;
  bool digit_before = false;
  std::size_t at = 0;
  for (; at < text.size() && text[at] != '-' && text[at] != '+'; ++at) {
    if (text[at] == '.') {
      if (!digit_before) return false;
      ++dots;
      digit_before = false;
    } else if (is_digit(text[at])) {
      digit_before = true;
    } else {
      return false;
    }
  }
  if (dots != 2 || !digit_before) return false;
  if (at == text.size()) return true;
  const std::string_view rest = text.substr(at + 1);
  return !rest.empty() && std::ranges::all_of(rest, [](char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) || c == '-' || c == '.' || c == '+';
  });
}

}  // namespace

std::string_view name_of(HostProvider provider) {
  for (const auto& [name, known] : host_providers) {
    if (known == provider) return name;
  }
  return "";
}

bool is_kebab(std::string_view name) {
  return name.size() <= name_length_max && is_wit_label(name) && std::ranges::none_of(name, is_upper);
}

void check_name(const Located<std::string>& name, Problems& problems) {
  if (is_kebab(*name)) return;
  problems.add(name.at, "not a name", "use lower-case words with hyphens between, e.g. `code-review`");
}

std::string_view without_version(std::string_view interface) {
  return interface.substr(0, interface.find('@'));
}

bool is_interface_name(std::string_view name) {
  const std::string_view bare = without_version(name);
  if (bare.size() < name.size() && !is_version(name.substr(bare.size() + 1))) return false;
  const std::size_t colon = bare.find(':');
  const std::size_t slash = bare.find('/');
  if (colon == std::string_view::npos || slash == std::string_view::npos || slash < colon) return false;
  return is_wit_label(bare.substr(0, colon)) && is_wit_label(bare.substr(colon + 1, slash - colon - 1)) &&
         is_wit_label(bare.substr(slash + 1));
}

bool covers_interface(std::string_view written, std::string_view imported) {
  return written == imported || written == without_version(imported);
}

bool is_json_pointer(std::string_view pointer) {
  if (!pointer.starts_with('/')) return false;
  for (std::size_t at = 0; at < pointer.size(); ++at) {
    if (pointer[at] != '~') continue;
    if (at + 1 == pointer.size() || (pointer[at + 1] != '0' && pointer[at + 1] != '1')) return false;
  }
  return true;
}

void check_inner_path(const Located<std::string>& path, Problems& problems) {
  const std::filesystem::path written{*path};
  if (written.is_absolute()) {
    problems.add(path.at, fmt::format("`{}` is an absolute path", *path),
                 "name a file within the app's folder");
    return;
  }
  const std::filesystem::path normal = written.lexically_normal();
  if (*normal.begin() == ".." || !normal.has_filename() || normal == ".") {
    problems.add(path.at, fmt::format("`{}` does not name a file within the app's folder", *path));
  }
}

Target parse_target(std::string_view text) {
  for (const auto& [name, provider] : host_providers) {
    if (name == text) return {Target::Kind::host, provider, std::string{text}};
  }
  constexpr std::string_view model = "model:";
  if (text.starts_with(model)) {
    return {Target::Kind::model, HostProvider::log, std::string{text.substr(model.size())}};
  }
  return {Target::Kind::integration, HostProvider::log, std::string{text}};
}

Result<SecretHost> parse_secret_host(std::string_view text) {
  SecretHost parsed;
  if (text.find('/') != std::string_view::npos) {
    return fail(ErrorCode::invalid_input, "read a secret's host", "it has a slash",
                "write the host alone, with its port or without");
  }
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (has_port) {
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
      return fail(ErrorCode::invalid_input, "read a secret's host",
                  fmt::format("`{}` is not a port", digits));
    }
    parsed.port = port;
  }
  auto host = net::parse_host(has_port ? text.substr(0, colon) : text);
  if (!host) return std::unexpected(std::move(host.error()));
  parsed.host = std::move(host->text);
  return parsed;
}

}  // namespace sluice::flow
