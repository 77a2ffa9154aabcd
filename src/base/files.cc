#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/entropy.h"
#include "base/hash.h"
#include "base/unique_fd.h"
#include "base/write_all.h"

namespace sluice {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

std::unexpected<Error> failed(std::string_view tried, const std::filesystem::path& path, int error) {
  const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::not_found
                         : error == EISDIR                   ? ErrorCode::invalid_input
                                                             : ErrorCode::unavailable;
  return fail(code, std::string(tried) + " " + path.string(), reason(error));
}

// Makes a rename in the folder last. Some file systems cannot sync folders: that is theirs to answer for.
void sync_folder(const std::filesystem::path& folder) {
  const UniqueFd fd(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) fsync(fd.get());
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failed("read", path, errno);
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return failed("read", path, errno);
  if (S_ISDIR(info.st_mode)) return failed("read", path, EISDIR);

  constexpr std::size_t step = 64U << 10U;
  const std::size_t expected = S_ISREG(info.st_mode) ? static_cast<std::size_t>(info.st_size) + 1 : step;
  // One byte more than allowed tells a file that is too long from one that just fits.
  const std::size_t most = bytes_max + 1 > bytes_max ? bytes_max + 1 : bytes_max;
  std::string content;
  std::size_t filled = 0;
  while (filled < most) {
    if (filled == content.size()) content.resize(std::min(most, std::max(expected, filled * 2)));
    const ssize_t got = read(fd.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  if (filled > bytes_max) {
    return fail(ErrorCode::limit, "read " + path.string(),
                "it is longer than the " + std::to_string(bytes_max) + " bytes that are allowed here");
  }
  content.resize(filled);
  return content;
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  SystemEntropy entropy;
  const std::filesystem::path temporary = path.string() + "." + to_hex(entropy.bytes(6)) + ".new";
  UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return failed("write", path, errno);
  int error = write_all(fd.get(), content);
  if (error == 0 && fsync(fd.get()) != 0) error = errno;
  fd.reset();
  if (error == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(temporary.c_str());
    return failed("write", path, error);
  }
  sync_folder(path.parent_path());
  return {};
}

}  // namespace sluice
