// A file that appears under its name when it is whole, or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace sluice::nn {

// While it is written, it has no name, so that nothing of it is left whatever ends this process; where the
// file system can't do that, it has a name that ends in `.part`, which is removed unless the process is
// killed.
class NewFile {
 public:
  // invalid_input (something is there), not_found (no such folder), unavailable (all else).
  static Result<NewFile> create(std::filesystem::path path);
  NewFile(NewFile&& other) noexcept = default;
  NewFile& operator=(NewFile&& other) = delete;
  ~NewFile();

  // A name under which this process can open it as long as this object lives.
  [[nodiscard]] std::string name_of_opened() const;
  [[nodiscard]] std::uint64_t bytes() const;
  // Gives it its name, once it is safely on the disk. Errors as of `create`.
  [[nodiscard]] Status publish();

 private:
  NewFile(std::filesystem::path path, std::string part, UniqueFd file)
      : path_(std::move(path)), part_(std::move(part)), file_(std::move(file)) {}

  std::filesystem::path path_;
  std::string part_;  // empty: it has no name
  UniqueFd file_;
};

}  // namespace sluice::nn
