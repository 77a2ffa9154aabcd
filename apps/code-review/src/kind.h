// What a changed file is for, as far as its path tells.
#pragma once

#include <cstdint>
#include <string_view>

#include "language.h"

namespace review {

// In the order in which reports list them.
enum class FileKind : std::uint8_t {
  source,
  migration,
  dependencies,
  ci,
  build,
  configuration,
  test,
  documentation,
  other,
};
inline constexpr int file_kinds = 9;

[[nodiscard]] FileKind kind_of(std::string_view path);

// "source", "migration", "dependencies", "ci", "build", "configuration", "test", "documentation", "other".
[[nodiscard]] std::string_view name_of(FileKind kind);
// For people: "Source", "Database migrations" …
[[nodiscard]] std::string_view title_of(FileKind kind);
// For counting: "source file", "CI file" …
[[nodiscard]] std::string_view noun_of(FileKind kind);

// Whether it is written to be run, rather than marked up or configured.
[[nodiscard]] bool is_code(Language language);
// As it is usually written: "C++", "JavaScript"; empty where it is unknown.
[[nodiscard]] std::string_view title_of(Language language);

}  // namespace review
