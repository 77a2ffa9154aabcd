#include "nn/hashed_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/unique_fd.h"
#include "nn/model_file.h"

namespace sluice::nn {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view head = "sluice model hash 1";
constexpr std::size_t entry_bytes_max = 16U << 10U;
// File systems keep times in steps of up to two seconds: a file that changed less than that ago could change
// again without getting another stamp.
constexpr std::chrono::seconds settled_after{2};

bool is_ours_alone(const struct stat& info) {
  return info.st_uid == geteuid() && (info.st_mode & 022) == 0;
}

// Whether nobody but this user can have written what lies there.
bool is_safe(const fs::path& folder) {
  struct stat info{};
  return lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && is_ours_alone(info);
}

std::optional<std::string> read_entry(const fs::path& path) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || !is_ours_alone(info)) return std::nullopt;
  auto text = read_file(path, entry_bytes_max);
  if (!text) return std::nullopt;
  return std::move(*text);
}

std::string text_of(const fs::path& path, const HashedFile& hashed) {
  const FileStamp& stamp = hashed.stamp;
  return fmt::format("{}\n{}\n{} {} {} {} {}\n{}\n", head, path.string(), stamp.device, stamp.inode,
                     stamp.size, stamp.modified_ns, stamp.changed_ns, hashed.sha256);
}

bool is_hash(const std::string& text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

fs::path whole_path(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::absolute(path, error);
  return error ? path : whole.lexically_normal();
}

}  // namespace

HashedFiles::HashedFiles(fs::path folder, const Clock& clock, Progress progress)
    : folder_(std::move(folder)), clock_(clock), progress_(std::move(progress)) {}

Result<HashedFile> HashedFiles::hash(const std::string& what, const fs::path& path) const {
  const auto file = OpenedFile::open(what, path);
  if (!file) return std::unexpected(file.error());
  if (auto kept = read(path, file->stamp())) return std::move(*kept);
  const auto begun = clock_.now().time_since_epoch();
  std::function<void(std::uint64_t)> tell;
  if (progress_) {
    tell = [&](std::uint64_t done) { progress_(path, done, file->stamp().size); };
  }
  auto sum = file->hash(tell);
  if (!sum) return std::unexpected(std::move(sum.error()));
  HashedFile hashed{std::move(*sum), file->stamp()};
  if (begun - std::chrono::nanoseconds(hashed.stamp.changed_ns) >= settled_after) keep(path, hashed);
  return hashed;
}

Result<FileStamp> HashedFiles::verify(const std::string& what, const fs::path& path,
                                      const std::string& sha256) const {
  if (auto whole = check_is_whole(what, path); !whole) return std::unexpected(std::move(whole.error()));
  const auto hashed = hash(what, path);
  if (!hashed) return std::unexpected(hashed.error());
  if (auto same = compare_hashes(what, hashed->sha256, sha256); !same) {
    return std::unexpected(std::move(same.error()));
  }
  return hashed->stamp;
}

std::optional<HashedFile> HashedFiles::known(const fs::path& path) const {
  const auto file = OpenedFile::open("look at " + path.string(), path);
  if (!file) return std::nullopt;
  return read(path, file->stamp());
}

void HashedFiles::forget(const fs::path& path) const {
  if (folder_.empty()) return;
  std::error_code ignored;
  fs::remove(entry_of(whole_path(path)), ignored);
}

fs::path HashedFiles::entry_of(const fs::path& absolute) const {
  return folder_ / sha256_hex(absolute.string());
}

std::optional<HashedFile> HashedFiles::read(const fs::path& path, const FileStamp& stamp) const {
  if (folder_.empty() || !is_safe(folder_)) return std::nullopt;
  const fs::path whole = whole_path(path);
  auto text = read_entry(entry_of(whole));
  if (!text || text->size() < 65 || text->back() != '\n') return std::nullopt;
  // What this file and this stamp would have been written as, with the hash that stands there.
  HashedFile hashed{text->substr(text->size() - 65, 64), stamp};
  if (!is_hash(hashed.sha256) || *text != text_of(whole, hashed)) return std::nullopt;
  return hashed;
}

void HashedFiles::keep(const fs::path& path, const HashedFile& hashed) const {
  if (folder_.empty()) return;
  std::error_code error;
  fs::create_directories(folder_.parent_path(), error);
  if (mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) error.assign(errno, std::generic_category());
  const fs::path whole = whole_path(path);
  Status kept;
  if (!is_safe(folder_)) {
    kept = fail(ErrorCode::refused, "write to " + folder_.string(),
                error ? error.message() : "it must be a folder of yours that nobody else can write to");
  } else {
    kept = write_file_atomically(entry_of(whole), text_of(whole, hashed), 0600);
  }
  if (kept) return;
  log(LogLevel::warn, "the hash of a model is not kept, so that each start reads it again",
      {{"model", whole.string()}, {"why", kept.error().to_string()}});
}

}  // namespace sluice::nn
