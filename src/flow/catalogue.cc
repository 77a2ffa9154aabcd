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
#include "flow/catalogue_text.h"
#include "flow/manifest_syntax.h"
#include "flow/toml_table.h"

namespace sluice::flow {

namespace {

namespace fs = std::filesystem;

// The text of a file that isn't there: none.
Result<std::string> read_text(const fs::path& path) {
  if (path.empty()) return std::string();
  auto text = read_file(path, toml_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found) return std::string();
  return text;
}

Result<std::vector<CatalogueEntry>> read(const fs::path& path) {
  auto text = read_text(path);
  if (!text) return std::unexpected(std::move(text.error()));
  return parse_catalogue(*text, path);
}

std::string names_of(const std::vector<CatalogueEntry>& entries) {
  std::string names;
  for (const CatalogueEntry& entry : entries) names += (names.empty() ? "" : ", ") + entry.spec.name;
  return names;
}

Status cannot_write(const fs::path& path, std::string why) {
  return fail(ErrorCode::unavailable, "write the catalogue " + path.string(), std::move(why),
              "make the folder writable, or set XDG_DATA_HOME to another");
}

// Held until it is destroyed; released by the kernel if the process ends.
Result<UniqueFd> lock(const fs::path& catalogue) {
  if (catalogue.empty()) {
    return fail(ErrorCode::unavailable, "write your catalogue", "neither HOME nor XDG_DATA_HOME is set",
                "set one of them to a folder's whole path");
  }
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

// Writes `text` if it says what is meant.
Status replace(const fs::path& path, const std::string& text, const std::vector<CatalogueEntry>& meant,
               const std::string& what) {
  const auto entries = parse_catalogue(text, path);
  if (!entries || *entries != meant) {
    return fail(ErrorCode::invalid_input, what,
                entries ? path.string() + " is written in another way than this program writes it"
                        : entries.error().why,
                "change " + path.string() + " by hand");
  }
  auto written = write_file_atomically(path, text);
  if (!written) return cannot_write(path, written.error().why);
  return {};
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
              is_kebab(name) ? "`sluice model add FILE --name " + std::string(name) + "` adds one"
                             : "a file is named here once `sluice model add FILE` has put it in");
}

Status Catalogue::check_free(std::string_view name) const {
  const auto all = entries();
  if (!all) return std::unexpected(all.error());
  const auto taken = std::ranges::find_if(*all, [&](const auto& one) { return one.spec.name == name; });
  if (taken == all->end()) return {};
  return fail(ErrorCode::invalid_input, "add the model " + std::string(name),
              "the catalogue has one of this name: " + taken->spec.path.string(),
              "choose another with --name" +
                  (taken->is_own ? ", or remove it first: `sluice model remove " + std::string(name) + "`"
                                 : std::string()));
}

Status Catalogue::add(const CatalogueEntry& entry) const {
  auto held = lock(places_.own);
  if (!held) return std::unexpected(std::move(held.error()));
  if (auto free = check_free(entry.spec.name); !free) return free;
  auto text = read_text(places_.own);
  if (!text) return std::unexpected(std::move(text.error()));
  auto meant = parse_catalogue(*text, places_.own);
  if (!meant) return std::unexpected(std::move(meant.error()));
  meant->push_back(entry);
  meant->back().file = places_.own;
  return replace(places_.own, with_entry(*text, entry), *meant, "add the model " + entry.spec.name);
}

Result<CatalogueEntry> Catalogue::remove(std::string_view name) const {
  const std::string what = "remove the model " + std::string(name);
  auto held = lock(places_.own);
  if (!held) return std::unexpected(std::move(held.error()));
  auto text = read_text(places_.own);
  if (!text) return std::unexpected(std::move(text.error()));
  auto meant = parse_catalogue(*text, places_.own);
  if (!meant) return std::unexpected(std::move(meant.error()));
  const auto found = std::ranges::find_if(*meant, [&](const auto& one) { return one.spec.name == name; });
  if (found == meant->end()) {
    if (auto packaged = find(name)) {
      return fail(ErrorCode::invalid_input, what, "it came with the program, in " + packaged->file.string(),
                  {});
    }
    return fail(ErrorCode::not_found, what,
                meant->empty() ? "you have added none" : "you have added: " + names_of(*meant), {});
  }
  CatalogueEntry entry = std::move(*found);
  meant->erase(found);
  if (auto status = replace(places_.own, without_entry(*text, name), *meant, what); !status) {
    return std::unexpected(std::move(status.error()));
  }
  return entry;
}

}  // namespace sluice::flow
