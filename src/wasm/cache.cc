#include "wasm/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/entropy.h"
#include "base/files.h"
#include "base/hash.h"

namespace sluice::wasm {

namespace {

constexpr std::string_view magic = "SLUICEC1";
constexpr std::size_t mac_bytes = 32;
constexpr std::size_t key_bytes = 32;
constexpr std::size_t entry_bytes_max = 1U << 30;

std::unexpected<Error> cannot(const std::filesystem::path& path, std::string_view why) {
  return fail(ErrorCode::unavailable, "use the cache of compiled code " + path.string(), std::string(why),
              "name another folder in SLUICE_CACHE, or remove this one");
}

Result<std::string> read_key(const std::filesystem::path& path) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0) return cannot(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
    return cannot(path, "its key must be a plain file of yours that nobody else can read (mode 0600)");
  }
  auto key = read_file(path, key_bytes);
  if (!key) return std::unexpected(key.error());
  if (key->size() != key_bytes) return cannot(path, "its key is damaged");
  return key;
}

// link(2) makes one of several racing processes win, with a complete file.
Result<std::string> draw_key(const std::filesystem::path& path) {
  const std::string key = system_entropy().bytes(key_bytes);
  std::string temporary = path.string() + ".XXXXXX";
  const int file = mkstemp(temporary.data());
  if (file < 0) return cannot(path, std::strerror(errno));
  const bool written =
      write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && fsync(file) == 0;
  close(file);
  const bool linked = written && (link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const std::string why = std::strerror(errno);
  unlink(temporary.c_str());
  if (!linked) return cannot(path, why);
  return read_key(path);
}

}  // namespace

std::filesystem::path Cache::default_folder() {
  if (const char* given = std::getenv("SLUICE_CACHE"); given != nullptr && *given != '\0') return given;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && *xdg == '/') {
    return std::filesystem::path(xdg) / "sluice" / "code";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::filesystem::path(home) / ".cache" / "sluice" / "code";
  }
  return {};
}

Result<Cache> Cache::open(std::filesystem::path folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return cannot(folder, std::strerror(errno));
  struct stat info{};
  if (stat(folder.c_str(), &info) != 0) return cannot(folder, std::strerror(errno));
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 022) != 0) {
    return cannot(folder, "it must be a folder of yours that nobody else can write to (mode 0700)");
  }
  const std::filesystem::path path = folder / "key";
  auto key = std::filesystem::exists(path, error) ? read_key(path) : draw_key(path);
  if (!key) return std::unexpected(key.error());
  return Cache(std::move(folder), std::move(*key));
}

std::string Cache::sign(std::string_view name, std::string_view payload) const {
  return hmac_sha256_of_parts(key_, {name, payload});
}

std::optional<std::string> Cache::get(std::string_view name) const {
  const std::filesystem::path path = folder_ / (std::string(name) + ".cwasm");
  auto file = read_file(path, entry_bytes_max);
  if (!file) return std::nullopt;
  const std::string_view text = *file;
  const std::size_t head = magic.size() + mac_bytes;
  if (text.size() >= head && text.substr(0, magic.size()) == magic &&
      equal_in_constant_time(text.substr(magic.size(), mac_bytes), sign(name, text.substr(head)))) {
    file->erase(0, head);
    return std::move(*file);
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return std::nullopt;
}

Status Cache::put(std::string_view name, std::string_view payload) const {
  std::string file(magic);
  file += sign(name, payload);
  file += payload;
  return write_file_atomically(folder_ / (std::string(name) + ".cwasm"), file);
}

}  // namespace sluice::wasm
