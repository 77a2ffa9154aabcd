// Which language a changed file is written in, as far as its name tells.
#pragma once

#include <cstdint>
#include <string_view>

namespace review {

enum class Language : std::uint8_t {
  unknown,
  c,
  cpp,
  rust,
  go,
  java,
  javascript,
  typescript,
  python,
  shell,
  ruby,
  php,
  sql,
  yaml,
  toml,
  json,
  xml,
  markdown,
  dockerfile,
  make,
  cmake,
};

// By the last part of `path`: whole names first (Dockerfile, Makefile), then the extension, letter case
// ignored. Headers named `.h` count as C.
[[nodiscard]] Language language_of(std::string_view path);

// Stable lower-case name, e.g. "javascript".
[[nodiscard]] std::string_view name_of(Language language);

}  // namespace review
