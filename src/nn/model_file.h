// A model's file, opened and compared with its hash before a library reads it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "nn/file_stamp.h"

namespace sluice::nn {

// An opened file: what is hashed and then mapped is one file, whatever its name leads to meanwhile.
class OpenedFile {
 public:
  // not_found, invalid_input (no plain file), corrupt (empty), unavailable (cannot be read). `what` was
  // tried.
  static Result<OpenedFile> open(std::string what, std::filesystem::path path);

  [[nodiscard]] const FileStamp& stamp() const { return stamp_; }
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] int descriptor() const { return file_.get(); }
  // How it is now.
  [[nodiscard]] Result<FileStamp> current_stamp() const;
  // Its sha256, after reading it whole. `progress` (may be empty) is told how many bytes are done. Errors:
  // unavailable (it cannot be read, or was written to meanwhile).
  [[nodiscard]] Result<std::string> hash(const std::function<void(std::uint64_t)>& progress) const;
  // A name under which this process can open this very file as long as this object lives.
  [[nodiscard]] std::string name_of_opened() const;

 private:
  OpenedFile(std::string what, std::filesystem::path path, UniqueFd file, FileStamp stamp)
      : what_(std::move(what)), path_(std::move(path)), file_(std::move(file)), stamp_(stamp) {}

  std::string what_;
  std::filesystem::path path_;
  UniqueFd file_;
  FileStamp stamp_;
};

// Why `found` is not enough where `expected` is wanted; nothing where both are the same. `corrupt`.
[[nodiscard]] Status compare_hashes(const std::string& what, const std::string& found,
                                    const std::string& expected);

// A hash is of one file: `invalid_input` for a model that comes in parts (`…-00001-of-00003.gguf`), of which
// it would say nothing about the others.
[[nodiscard]] Status check_is_whole(const std::string& what, const std::filesystem::path& path);

}  // namespace sluice::nn
