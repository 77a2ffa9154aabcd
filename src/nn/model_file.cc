#include "nn/model_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "base/hash.h"
#include "base/unique_fd.h"

namespace sluice::nn {

Result<FileStamp> check_model_file(const std::string& model, const std::filesystem::path& path,
                                   const std::string& sha256, const std::optional<FileStamp>& checked) {
  const std::string what = fmt::format("load the model {} from {}", model, path.string());
  const auto failed = [&] { return std::generic_category().message(errno); };
  // Not blocking: the name may be that of a pipe.
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) {
    return fail(ErrorCode::not_found, what, "there is no such file", "see that the path is right");
  }
  if (!file) return fail(ErrorCode::unavailable, what, failed());
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return fail(ErrorCode::unavailable, what, failed());
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::invalid_input, what, "it is not a plain file");
  if (info.st_size == 0) return fail(ErrorCode::corrupt, what, "the file is empty");

  const FileStamp stamp{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
                        info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
  if (sha256.empty() || checked == stamp) return stamp;
  void* const bytes = mmap(nullptr, stamp.size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) return fail(ErrorCode::unavailable, what, failed());
  madvise(bytes, stamp.size, MADV_SEQUENTIAL);
  const std::string found = sha256_hex({static_cast<const char*>(bytes), stamp.size});
  munmap(bytes, stamp.size);
  if (found == sha256) return stamp;
  return fail(
      ErrorCode::corrupt, what,
      fmt::format("its sha256 is {}, and {} is expected: it is another file or was damaged", found, sha256),
      "fetch it again, or correct the hash if the new file is wanted");
}

}  // namespace sluice::nn
