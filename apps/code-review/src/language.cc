#include "language.h"

#include <array>
#include <cstddef>

namespace review {
namespace {

struct Entry {
  std::string_view key;
  Language language;
};

constexpr Entry whole_names[] = {
    {"dockerfile", Language::dockerfile}, {"containerfile", Language::dockerfile},
    {"makefile", Language::make},         {"gnumakefile", Language::make},
    {"makefile.am", Language::make},      {"makefile.in", Language::make},
    {"cmakelists.txt", Language::cmake},  {"pipfile", Language::toml},
    {"cargo.lock", Language::toml},       {"gemfile", Language::ruby},
    {"rakefile", Language::ruby},
};

constexpr Entry extensions[] = {
    {"c", Language::c},
    {"h", Language::c},
    {"cc", Language::cpp},
    {"cpp", Language::cpp},
    {"cxx", Language::cpp},
    {"c++", Language::cpp},
    {"hh", Language::cpp},
    {"hpp", Language::cpp},
    {"hxx", Language::cpp},
    {"ipp", Language::cpp},
    {"inl", Language::cpp},
    {"tcc", Language::cpp},
    {"cu", Language::cpp},
    {"rs", Language::rust},
    {"go", Language::go},
    {"java", Language::java},
    {"js", Language::javascript},
    {"jsx", Language::javascript},
    {"mjs", Language::javascript},
    {"cjs", Language::javascript},
    {"ts", Language::typescript},
    {"tsx", Language::typescript},
    {"mts", Language::typescript},
    {"cts", Language::typescript},
    {"py", Language::python},
    {"pyi", Language::python},
    {"pyx", Language::python},
    {"sh", Language::shell},
    {"bash", Language::shell},
    {"zsh", Language::shell},
    {"rb", Language::ruby},
    {"php", Language::php},
    {"sql", Language::sql},
    {"yml", Language::yaml},
    {"yaml", Language::yaml},
    {"toml", Language::toml},
    {"json", Language::json},
    {"xml", Language::xml},
    {"html", Language::xml},
    {"md", Language::markdown},
    {"rst", Language::markdown},
    {"mk", Language::make},
    {"cmake", Language::cmake},
    {"dockerfile", Language::dockerfile},
};

constexpr std::string_view names[] = {
    "unknown", "c",   "cpp",  "rust", "go",   "java", "javascript", "typescript", "python", "shell", "ruby",
    "php",     "sql", "yaml", "toml", "json", "xml",  "markdown",   "dockerfile", "make",   "cmake",
};
static_assert(std::size(names) == static_cast<std::size_t>(Language::cmake) + 1);

// The longest key of the tables; a longer name matches none of them.
constexpr std::size_t key_bytes_max = 14;

Language look_up(const Entry* entries, std::size_t count, std::string_view name) {
  if (name.empty() || name.size() > key_bytes_max) return Language::unknown;
  std::array<char, key_bytes_max> buffer{};
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    buffer[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const std::string_view lower(buffer.data(), name.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (entries[i].key == lower) return entries[i].language;
  }
  return Language::unknown;
}

}  // namespace

Language language_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const Language whole = look_up(whole_names, std::size(whole_names), name);
  if (whole != Language::unknown) return whole;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return Language::unknown;
  return look_up(extensions, std::size(extensions), name.substr(dot + 1));
}

std::string_view name_of(Language language) {
  return names[static_cast<std::size_t>(language)];
}

}  // namespace review
