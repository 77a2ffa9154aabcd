#include "flow/catalogue.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "base/files.h"
#include "base/unique_fd.h"
#include "base/value_json.h"
#include "flow/manifest_syntax.h"
#include "flow/model_settings.h"

namespace sluice::flow {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view head =
    "# The models of this user, as `sluice model add` and `sluice model remove` write them.\n";

CatalogueEntry read_entry(Located<std::string> name, TomlTable table, const fs::path& folder) {
  check_name(name, table.problems());
  CatalogueEntry entry;
  entry.spec.name = *name;
  const ModelFile file = read_model_file(table);
  entry.spec.backend = *file.backend;
  entry.spec.path = (folder / *file.path).lexically_normal();
  entry.spec.sha256 = *file.sha256;
  read_model_settings(table).apply(entry.spec);
  entry.bytes = table.number("bytes", 0, std::uint64_t{1} << 62U).value_or(0);
  const auto text = [&](std::string_view key) {
    auto value = table.text(key);
    return value ? std::move(value->value) : std::string();
  };
  entry.description = text("description");
  entry.license = text("license");
  entry.source = text("source");
  table.finish();
  return entry;
}

Result<std::vector<CatalogueEntry>> parse(std::string_view text, const fs::path& path) {
  auto document = parse_toml(text, path.string());
  if (!document) return std::unexpected(document.error().to_error());
  Problems problems{path.string()};
  std::vector<CatalogueEntry> entries;
  TomlTable root{*document, Origin{1, 1, ""}, problems};
  if (auto models = root.table("model")) {
    models->each_table([&](Located<std::string> name, TomlTable table) {
      entries.push_back(read_entry(std::move(name), std::move(table), path.parent_path()));
      entries.back().file = path;
    });
  }
  root.finish();
  if (!problems.empty()) return std::unexpected(problems.to_error());
  return entries;
}

// Of a file that isn't there: no entries.
Result<std::vector<CatalogueEntry>> read(const fs::path& path) {
  if (path.empty()) return std::vector<CatalogueEntry>();
  auto text = read_file(path, toml_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found) return std::vector<CatalogueEntry>();
  if (!text) return std::unexpected(std::move(text.error()));
  return parse(*text, path);
}

std::string write(const std::vector<CatalogueEntry>& entries) {
  std::string out(head);
  const auto text = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    out += std::string(key) + " = ";
    append_json_string(out, value);  // a basic string of TOML, for texts without control characters
    out += "\n";
  };
  for (const CatalogueEntry& entry : entries) {
    out += "\n[model." + entry.spec.name + "]\n";
    text("backend", entry.spec.backend);
    text("path", entry.spec.path.string());
    text("sha256", entry.spec.sha256);
    if (entry.bytes != 0) out += "bytes = " + std::to_string(entry.bytes) + "\n";
    text("description", entry.description);
    text("license", entry.license);
    text("source", entry.source);
  }
  return out;
}

std::string names_of(const std::vector<CatalogueEntry>& entries) {
  std::string names;
  for (const CatalogueEntry& entry : entries) names += (names.empty() ? "" : ", ") + entry.spec.name;
  return names;
}

Status cannot_write(const fs::path& path, std::string why) {
  return fail(ErrorCode::unavailable, "write the catalogue " + path.string(), std::move(why),
              "make the folder writable, or set XDG_DATA_HOME");
}

// Held until it is destroyed; released by the kernel if the process ends.
Result<UniqueFd> lock(const fs::path& catalogue) {
  std::error_code error;
  fs::create_directories(catalogue.parent_path(), error);
  fs::path path = catalogue;
  path += ".lock";
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return std::unexpected(cannot_write(catalogue, std::strerror(errno)).error());
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return std::unexpected(cannot_write(catalogue, std::strerror(errno)).error());
  }
  return file;
}

}  // namespace

Result<std::vector<CatalogueEntry>> Catalogue::entries() const {
  std::map<std::string, CatalogueEntry> found;
  auto own = read(places_.own);
  if (!own) return std::unexpected(std::move(own.error()));
  for (CatalogueEntry& entry : *own) {
    entry.is_own = true;
    found.emplace(entry.spec.name, std::move(entry));
  }
  for (const fs::path& path : places_.packaged) {
    auto packaged = read(path);
    if (!packaged) return std::unexpected(std::move(packaged.error()));
    for (CatalogueEntry& entry : *packaged) found.emplace(entry.spec.name, std::move(entry));
  }
  std::vector<CatalogueEntry> all;
  for (auto& [name, entry] : found) all.push_back(std::move(entry));
  return all;
}

Result<CatalogueEntry> Catalogue::find(std::string_view name) const {
  auto all = entries();
  if (!all) return std::unexpected(std::move(all.error()));
  for (CatalogueEntry& entry : *all) {
    if (entry.spec.name == name) return std::move(entry);
  }
  return fail(ErrorCode::not_found, "find the model " + std::string(name),
              all->empty() ? "the catalogue is empty" : "the catalogue has: " + names_of(*all),
              "`sluice model add FILE --name " + std::string(name) + "` adds one");
}

Status Catalogue::add(const CatalogueEntry& entry) const {
  auto held = lock(places_.own);
  if (!held) return std::unexpected(std::move(held.error()));
  if (auto all = entries(); !all) {
    return std::unexpected(std::move(all.error()));
  } else if (std::ranges::any_of(*all, [&](const auto& one) { return one.spec.name == entry.spec.name; })) {
    return fail(ErrorCode::invalid_input, "add the model " + entry.spec.name,
                "the catalogue has one of this name", "choose another with --name");
  }
  auto own = read(places_.own);
  if (!own) return std::unexpected(std::move(own.error()));
  own->push_back(entry);
  return write_file_atomically(places_.own, write(*own));
}

Result<CatalogueEntry> Catalogue::remove(std::string_view name) const {
  auto held = lock(places_.own);
  if (!held) return std::unexpected(std::move(held.error()));
  auto own = read(places_.own);
  if (!own) return std::unexpected(std::move(own.error()));
  const auto found = std::ranges::find_if(*own, [&](const auto& one) { return one.spec.name == name; });
  if (found == own->end()) {
    if (auto packaged = find(name)) {
      return fail(ErrorCode::invalid_input, "remove the model " + std::string(name),
                  "it came with the program, in " + packaged->file.string(), {});
    }
    return fail(ErrorCode::not_found, "remove the model " + std::string(name),
                own->empty() ? "you have added none" : "you have added: " + names_of(*own), {});
  }
  CatalogueEntry entry = std::move(*found);
  own->erase(found);
  if (auto status = write_file_atomically(places_.own, write(*own)); !status) {
    return std::unexpected(std::move(status.error()));
  }
  return entry;
}

}  // namespace sluice::flow
