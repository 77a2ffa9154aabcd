#include "flow/catalogue_text.h"

#include <utility>

#include "base/text.h"
#include "base/value_json.h"
#include "flow/manifest_syntax.h"
#include "flow/model_settings.h"

namespace sluice::flow {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view head =
    "# The models of this user. `sluice model add` and `sluice model remove` write it; so may you.\n";

CatalogueEntry read_entry(Located<std::string> name, TomlTable table, const fs::path& file) {
  check_name(name, table.problems());
  CatalogueEntry entry;
  entry.file = file;
  entry.spec.name = *name;
  const ModelFile model = read_model_file(table);
  entry.spec.backend = *model.backend;
  entry.spec.path = (file.parent_path() / *model.path).lexically_normal();
  entry.spec.sha256 = *model.sha256;
  read_model_settings(table).apply(entry.spec);
  entry.bytes = table.number("bytes", 0, std::uint64_t{1} << 62U).value_or(0);
  const auto text = [&](std::string_view key) {
    auto value = table.text(key);
    return value ? std::move(value->value) : std::string();
  };
  entry.description = text("description");
  entry.license = text("license");
  entry.source = text("source");
  entry.reviews_code = table.boolean("reviews-code").value_or(true);
  table.finish();
  return entry;
}

std::string section_of(const CatalogueEntry& entry) {
  std::string out = "[model." + entry.spec.name + "]\n";
  const auto text = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    out += std::string(key) + " = ";
    append_json_string(out, value);  // a basic string of TOML, for texts without control characters
    out += "\n";
  };
  text("backend", entry.spec.backend);
  text("path", entry.spec.path.string());
  text("sha256", entry.spec.sha256);
  if (entry.bytes != 0) out += "bytes = " + std::to_string(entry.bytes) + "\n";
  text("description", entry.description);
  text("license", entry.license);
  text("source", entry.source);
  if (!entry.reviews_code) out += "reviews-code = false\n";
  return out;
}

bool is_header(std::string_view line) {
  return trim(line).starts_with('[');
}

// `[model.NAME]`, with a comment behind it or not.
bool is_header_of(std::string_view line, std::string_view name) {
  std::string_view rest = trim(line.substr(0, line.find('#')));
  return rest == "[model." + std::string(name) + "]";
}

}  // namespace

Result<std::vector<CatalogueEntry>> parse_catalogue(std::string_view text, const fs::path& path) {
  auto document = parse_toml(text, path.string());
  if (!document) return std::unexpected(document.error().to_error());
  Problems problems{path.string()};
  std::vector<CatalogueEntry> entries;
  TomlTable root{*document, Origin{1, 1, ""}, problems};
  if (auto models = root.table("model")) {
    models->each_table([&](Located<std::string> name, TomlTable table) {
      entries.push_back(read_entry(std::move(name), std::move(table), path));
    });
  }
  root.finish();
  if (!problems.empty()) return std::unexpected(problems.to_error());
  return entries;
}

std::string with_entry(std::string_view text, const CatalogueEntry& entry) {
  std::string out(text.empty() ? head : text);
  if (!out.ends_with('\n')) out += '\n';
  return out + "\n" + section_of(entry);
}

std::string without_entry(std::string_view text, std::string_view name) {
  std::string out;
  bool is_inside = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n') + 1);
    const std::string_view whole = line.empty() ? text : line;
    text.remove_prefix(whole.size());
    if (is_header(whole)) is_inside = is_header_of(whole, name);
    if (!is_inside) out += whole;
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace sluice::flow
