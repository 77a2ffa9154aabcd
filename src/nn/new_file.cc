#include "nn/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace sluice::nn {

namespace {

std::unexpected<Error> cannot_write(const std::filesystem::path& path, int error) {
  const std::string what = "write " + path.string();
  if (error == EEXIST) {
    return fail(ErrorCode::invalid_input, what, "there is something of this name already",
                "choose another name, or remove it");
  }
  const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::not_found : ErrorCode::unavailable;
  return fail(code, what, std::generic_category().message(error));
}

}  // namespace

Result<NewFile> NewFile::create(std::filesystem::path path) {
  struct stat there{};
  if (lstat(path.c_str(), &there) == 0) return cannot_write(path, EEXIST);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  UniqueFd nameless(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644));
  if (nameless) return NewFile(std::move(path), {}, std::move(nameless));
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return cannot_write(path, errno);
  std::string part = path.string() + ".XXXXXX.part";
  UniqueFd named(mkostemps(part.data(), 5, O_CLOEXEC));
  if (!named) return cannot_write(path, errno);
  fchmod(named.get(), 0644);
  return NewFile(std::move(path), std::move(part), std::move(named));
}

NewFile::~NewFile() {
  if (file_ && !part_.empty()) unlink(part_.c_str());
}

std::string NewFile::name_of_opened() const {
  return fmt::format("/proc/self/fd/{}", file_.get());
}

std::uint64_t NewFile::bytes() const {
  struct stat info{};
  return fstat(file_.get(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

Status NewFile::publish() {
  if (fsync(file_.get()) != 0) return cannot_write(path_, errno);
  // Both refuse a name that was taken meanwhile.
  const int failed =
      part_.empty() ? linkat(AT_FDCWD, name_of_opened().c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW)
                    : link(part_.c_str(), path_.c_str());
  if (failed != 0) return cannot_write(path_, errno);
  return {};
}

}  // namespace sluice::nn
