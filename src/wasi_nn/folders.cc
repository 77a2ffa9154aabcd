#include "wasi_nn/folders.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>

namespace sluice::wasi_nn {

namespace {

// What is left of `path` below `folder`; nothing if it isn't in it.
std::optional<std::string_view> below(std::string_view folder, std::string_view path) {
  const auto plain = [](std::string_view text) {
    while (text.starts_with("./")) text.remove_prefix(2);
    while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
    return text == "." ? std::string_view() : text;
  };
  folder = plain(folder);
  path = plain(path);
  if (!folder.empty()) {
    if (!path.starts_with(folder)) return std::nullopt;
    path.remove_prefix(folder.size());
    if (!folder.ends_with('/') && !path.starts_with('/')) return std::nullopt;
  } else if (path.starts_with('/')) {
    return std::nullopt;
  }
  while (path.starts_with('/')) path.remove_prefix(1);
  return path.empty() ? std::nullopt : std::optional(path);
}

}  // namespace

Result<UniqueFd> open_in(const std::vector<Folder>& folders, std::string_view path) {
  const std::string what = "open " + std::string(path);
  // The longest name counts, as it does for WASI.
  const Folder* in = nullptr;
  std::string rest;
  for (const Folder& folder : folders) {
    const auto found = below(folder.guest, path);
    if (!found || (in != nullptr && folder.guest.size() <= in->guest.size())) continue;
    in = &folder;
    rest = *found;
  }
  if (in == nullptr) {
    return fail(ErrorCode::refused, what, "it is in no folder that the program may use",
                "grant one with --dir");
  }
  const UniqueFd folder(open(in->host.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(ErrorCode::unavailable, what, std::strerror(errno));
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  UniqueFd file(static_cast<int>(syscall(SYS_openat2, folder.get(), rest.c_str(), &how, sizeof how)));
  if (!file) {
    const bool is_missing = errno == ENOENT || errno == ENOTDIR;
    const bool is_outside = errno == EXDEV || errno == ELOOP;
    return fail(is_missing ? ErrorCode::not_found : ErrorCode::refused, what,
                is_outside ? "it leads out of its folder" : std::strerror(errno));
  }
  struct stat info{};
  if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::refused, what, "it is no plain file");
  }
  return file;
}

// One with several names may have one of them in the folder.
bool may_have_name_in(const std::string& file, const std::string& folder) {
  struct stat of_file{};
  struct stat of_folder{};
  if (stat(file.c_str(), &of_file) != 0 || stat(folder.c_str(), &of_folder) != 0) return true;
  return S_ISREG(of_file.st_mode) && of_file.st_nlink > 1 && of_file.st_dev == of_folder.st_dev;
}

// The file itself, and each name on the way to it, which may be a link that could be replaced.
bool may_write(const std::vector<Folder>& folders, const std::string& path) {
  std::error_code error;
  std::vector<std::filesystem::path> places{std::filesystem::canonical(path, error)};
  if (error) return true;
  std::filesystem::path way;
  for (const auto& name : std::filesystem::absolute(path, error)) {
    if (!way.empty()) places.push_back(std::filesystem::canonical(way, error) / name);
    way /= name;
  }
  if (error) return true;
  return std::ranges::any_of(folders, [&](const Folder& folder) {
    std::error_code unknown;
    const std::filesystem::path top = std::filesystem::canonical(folder.host, unknown);
    const auto is_within = [&](const std::filesystem::path& place) {
      return std::ranges::mismatch(top, place).in1 == top.end();
    };
    return folder.is_writable &&
           (unknown || std::ranges::any_of(places, is_within) || may_have_name_in(path, folder.host));
  });
}

Result<std::string> read_whole(const UniqueFd& file, std::string_view path, std::uint64_t most) {
  const std::string what = "read " + std::string(path);
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return fail(ErrorCode::unavailable, what, std::strerror(errno));
  if (static_cast<std::uint64_t>(info.st_size) > most) {
    return fail(ErrorCode::limit, what,
                fmt::format("it has {} bytes, and {} are the most", info.st_size, most));
  }
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::unavailable, what, std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace sluice::wasi_nn
