#include "nn/model_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <regex>
#include <system_error>

#include "base/hash.h"

namespace sluice::nn {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

FileStamp stamp_of(const struct stat& info) {
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), nanoseconds(info.st_mtim),
          nanoseconds(info.st_ctim)};
}

}  // namespace

Result<OpenedFile> OpenedFile::open(std::string what, std::filesystem::path path) {
  // Not blocking: the name may be that of a pipe.
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) {
    return fail(ErrorCode::not_found, std::move(what), "there is no such file", "see that the path is right");
  }
  if (!file) return fail(ErrorCode::unavailable, std::move(what), reason(errno));
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return fail(ErrorCode::unavailable, std::move(what), reason(errno));
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::invalid_input, std::move(what),
                S_ISDIR(info.st_mode) ? "it is a folder, not a plain file" : "it is not a plain file",
                "name the model's file itself");
  }
  if (info.st_size == 0) {
    return fail(ErrorCode::corrupt, std::move(what), "the file is empty", "fetch it again");
  }
  return OpenedFile(std::move(what), std::move(path), std::move(file), stamp_of(info));
}

Result<FileStamp> OpenedFile::current_stamp() const {
  struct stat info{};
  if (fstat(file_.get(), &info) != 0) return fail(ErrorCode::unavailable, what_, reason(errno));
  return stamp_of(info);
}

Result<std::string> OpenedFile::hash(const std::function<void(std::uint64_t)>& progress) const {
  auto found = sha256_hex_of_file(file_.get(), stamp_.size, path_, progress);
  if (!found) return fail(ErrorCode::unavailable, what_, found.error().why);
  const auto now = current_stamp();
  if (!now) return std::unexpected(now.error());
  if (*now != stamp_) {
    return fail(ErrorCode::unavailable, what_, "the file was written to or replaced while it was read",
                "try again when nothing changes it any more");
  }
  return found;
}

std::string OpenedFile::name_of_opened() const {
  return fmt::format("/proc/self/fd/{}", file_.get());
}

Status compare_hashes(const std::string& what, const std::string& found, const std::string& expected) {
  if (found == expected) return {};
  return fail(
      ErrorCode::corrupt, what,
      fmt::format("its sha256 is {}, and {} is expected: it is another file or was damaged", found, expected),
      "fetch it again, or correct the hash if the new file is wanted");
}

Status check_is_whole(const std::string& what, const std::filesystem::path& path) {
  static const std::regex part(R"(.*-\d{5}-of-\d{5}\.gguf)");
  if (!std::regex_match(path.filename().string(), part)) return {};
  return fail(ErrorCode::invalid_input, what,
              "it is a part of a model, and a sha256 says nothing about the other parts",
              "make it one file: `llama-gguf-split --merge` of llama.cpp does");
}

}  // namespace sluice::nn
