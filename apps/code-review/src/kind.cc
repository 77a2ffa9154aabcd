#include "kind.h"

#include <iterator>
#include <string>

#include "glob.h"
#include "text.h"

namespace review {
namespace {

struct Rule {
  std::string_view pattern;  // of glob.h, over the path in lower case
  FileKind kind;
};

// The first that matches counts.
constexpr Rule rules[] = {
    {".github/workflows/", FileKind::ci},
    {".github/actions/", FileKind::ci},
    {".gitlab-ci.yml", FileKind::ci},
    {".gitlab/ci/", FileKind::ci},
    {".circleci/", FileKind::ci},
    {".buildkite/", FileKind::ci},
    {".ci/", FileKind::ci},
    {".travis.yml", FileKind::ci},
    {"azure-pipelines*.yml", FileKind::ci},
    {"appveyor.yml", FileKind::ci},
    {".cirrus.yml", FileKind::ci},
    {"jenkinsfile*", FileKind::ci},

    {"migrations/", FileKind::migration},
    {"db/migrate/", FileKind::migration},
    {"alembic/versions/", FileKind::migration},
    {"flyway/", FileKind::migration},

    {"package.json", FileKind::dependencies},
    {"requirements*.txt", FileKind::dependencies},
    {"requirements.in", FileKind::dependencies},
    {"requirements/", FileKind::dependencies},
    {"constraints*.txt", FileKind::dependencies},
    {"pyproject.toml", FileKind::dependencies},
    {"pipfile", FileKind::dependencies},
    {"cargo.toml", FileKind::dependencies},
    {"go.mod", FileKind::dependencies},
    {"pom.xml", FileKind::dependencies},
    {"build.gradle", FileKind::dependencies},
    {"build.gradle.kts", FileKind::dependencies},
    {"libs.versions.toml", FileKind::dependencies},
    {"gemfile", FileKind::dependencies},
    {"composer.json", FileKind::dependencies},
    {"*.csproj", FileKind::dependencies},
    {"conanfile.*", FileKind::dependencies},
    {"vcpkg.json", FileKind::dependencies},
    {".gitmodules", FileKind::dependencies},
    {"*.lock", FileKind::dependencies},
    {"*-lock.json", FileKind::dependencies},
    {"*-lock.yaml", FileKind::dependencies},
    {"go.sum", FileKind::dependencies},

    {"test/", FileKind::test},
    {"tests/", FileKind::test},
    {"testing/", FileKind::test},
    {"testsuite/", FileKind::test},
    {"unittests/", FileKind::test},
    {"testdata/", FileKind::test},
    {"__tests__/", FileKind::test},
    {"spec/", FileKind::test},
    {"specs/", FileKind::test},
    {"e2e/", FileKind::test},
    {"src/test/", FileKind::test},
    {"test_*", FileKind::test},
    {"*_test.*", FileKind::test},
    {"*_tests.*", FileKind::test},
    {"*_unittest.*", FileKind::test},
    {"*.test.*", FileKind::test},
    {"*.spec.*", FileKind::test},
    {"*_spec.rb", FileKind::test},
    {"*test.java", FileKind::test},
    {"*tests.java", FileKind::test},
    {"conftest.py", FileKind::test},

    {"cmakelists.txt", FileKind::build},
    {"*.md", FileKind::documentation},
    {"*.rst", FileKind::documentation},
    {"*.adoc", FileKind::documentation},
    {"*.txt", FileKind::documentation},
    {"*.tex", FileKind::documentation},
    {"*.texi", FileKind::documentation},
    {"*.pod", FileKind::documentation},
    {"*.1", FileKind::documentation},
    {"*.3", FileKind::documentation},
    {"*.5", FileKind::documentation},
    {"*.7", FileKind::documentation},
    {"*.8", FileKind::documentation},
    {"man/", FileKind::documentation},
    {"readme*", FileKind::documentation},
    {"changelog*", FileKind::documentation},
    {"changes", FileKind::documentation},
    {"news", FileKind::documentation},
    {"license*", FileKind::documentation},
    {"copying*", FileKind::documentation},
    {"authors", FileKind::documentation},

    {"makefile*", FileKind::build},
    {"gnumakefile", FileKind::build},
    {"*.mk", FileKind::build},
    {"*.mak", FileKind::build},
    {"*.cmake", FileKind::build},
    {"cmakepresets.json", FileKind::build},
    {"meson.build", FileKind::build},
    {"meson_options.txt", FileKind::build},
    {"configure", FileKind::build},
    {"configure.ac", FileKind::build},
    {"configure.in", FileKind::build},
    {"*.m4", FileKind::build},
    {"build", FileKind::build},
    {"build.bazel", FileKind::build},
    {"*.bzl", FileKind::build},
    {"workspace", FileKind::build},
    {"sconstruct", FileKind::build},
    {"dockerfile*", FileKind::build},
    {"containerfile*", FileKind::build},
    {"docker-compose*", FileKind::build},
    {"setup.py", FileKind::build},
    {"setup.cfg", FileKind::build},
    {"build.rs", FileKind::build},
    {"*.gradle", FileKind::build},
    {"*.gradle.kts", FileKind::build},
    {"webpack.config.*", FileKind::build},
    {"rakefile", FileKind::build},
    {"*.spec", FileKind::build},
    {"*.nix", FileKind::build},

    {"*.ini", FileKind::configuration},
    {"*.cfg", FileKind::configuration},
    {"*.conf", FileKind::configuration},
    {"*.properties", FileKind::configuration},
    {"*.env", FileKind::configuration},
    {".env*", FileKind::configuration},
    {".editorconfig", FileKind::configuration},
    {".gitignore", FileKind::configuration},
    {".gitattributes", FileKind::configuration},
    {"codeowners", FileKind::configuration},
    {"*.tf", FileKind::configuration},
};

struct KindText {
  std::string_view name;
  std::string_view title;
  std::string_view noun;
};

constexpr KindText kind_texts[] = {
    {"source", "Source", "source file"},
    {"migration", "Database migrations", "migration"},
    {"dependencies", "Dependencies", "dependency file"},
    {"ci", "Continuous integration", "CI file"},
    {"build", "Build", "build file"},
    {"configuration", "Configuration", "configuration file"},
    {"test", "Tests", "test file"},
    {"documentation", "Documentation", "documentation file"},
    {"other", "Other", "other file"},
};
static_assert(std::size(kind_texts) == file_kinds);

}  // namespace

FileKind kind_of(std::string_view path) {
  const std::string lower_path = to_lower(path);
  for (const Rule& rule : rules) {
    if (glob_matches(rule.pattern, lower_path)) return rule.kind;
  }
  const Language language = language_of(path);
  switch (language) {
    case Language::yaml:
    case Language::toml:
    case Language::json:
    case Language::xml:
      return FileKind::configuration;
    case Language::unknown:
      break;
    default:
      return FileKind::source;
  }
  // What a folder of documentation holds beside code.
  return glob_matches("doc*/", lower_path) ? FileKind::documentation : FileKind::other;
}

std::string_view name_of(FileKind kind) {
  return kind_texts[static_cast<std::size_t>(kind)].name;
}
std::string_view title_of(FileKind kind) {
  return kind_texts[static_cast<std::size_t>(kind)].title;
}
std::string_view noun_of(FileKind kind) {
  return kind_texts[static_cast<std::size_t>(kind)].noun;
}

bool is_code(Language language) {
  return language >= Language::c && language <= Language::php;
}

std::string_view title_of(Language language) {
  switch (language) {
    case Language::unknown:
      return {};
    case Language::c:
      return "C";
    case Language::cpp:
      return "C++";
    case Language::rust:
      return "Rust";
    case Language::go:
      return "Go";
    case Language::java:
      return "Java";
    case Language::javascript:
      return "JavaScript";
    case Language::typescript:
      return "TypeScript";
    case Language::python:
      return "Python";
    case Language::shell:
      return "shell";
    case Language::ruby:
      return "Ruby";
    case Language::php:
      return "PHP";
    case Language::sql:
      return "SQL";
    case Language::yaml:
      return "YAML";
    case Language::toml:
      return "TOML";
    case Language::json:
      return "JSON";
    case Language::xml:
      return "XML";
    case Language::markdown:
      return "Markdown";
    case Language::dockerfile:
      return "Dockerfile";
    case Language::make:
      return "Make";
    case Language::cmake:
      return "CMake";
  }
  return {};
}

}  // namespace review
