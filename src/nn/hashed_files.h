// Which files had which hash, so that a large model is read once and not at each start.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "nn/file_stamp.h"

namespace sluice::nn {

struct HashedFile {
  std::string sha256;  // 64 lower-case hexadecimal digits
  FileStamp stamp;     // of the file that has it
};

// What was found is kept in a folder of the user's, one small file for each model, which counts only if
// nobody else may write there. Any number of processes may use it. Any thread, but for `progress`, which is
// called on the asker's.
//
// Format of such a file, version 1: lines of text: "sluice model hash 1", the model's path, the stamp's
// numbers with spaces between, the hash. Its name is the path's sha256.
class HashedFiles {
 public:
  // How many bytes of the file are read.
  using Progress =
      std::function<void(const std::filesystem::path& path, std::uint64_t done, std::uint64_t size)>;

  // Without a folder nothing is kept.
  HashedFiles(std::filesystem::path folder, const Clock& clock, Progress progress = {});

  // The file's hash; it is read only where that is not known. Errors as of OpenedFile.
  [[nodiscard]] Result<HashedFile> hash(const std::string& what, const std::filesystem::path& path) const;
  // The stamp of the file, which has this hash. Errors also: corrupt (it has another), invalid_input (it is
  // only a part of a model).
  [[nodiscard]] Result<FileStamp> verify(const std::string& what, const std::filesystem::path& path,
                                         const std::string& sha256) const;
  // What is known without reading the file; nothing where it is not there or changed.
  [[nodiscard]] std::optional<HashedFile> known(const std::filesystem::path& path) const;
  void forget(const std::filesystem::path& path) const;

 private:
  [[nodiscard]] std::filesystem::path entry_of(const std::filesystem::path& absolute) const;
  [[nodiscard]] std::optional<HashedFile> read(const std::filesystem::path& path,
                                               const FileStamp& stamp) const;
  void keep(const std::filesystem::path& path, const HashedFile& hashed) const;

  std::filesystem::path folder_;
  const Clock& clock_;
  Progress progress_;
};

}  // namespace sluice::nn
