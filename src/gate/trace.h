// Records as JSON lines in a file (`--trace FILE`).
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "gate/record.h"

namespace sluice::gate {

// Each line is written whole, when its call is over. A write that fails (a full disk) is remembered and told
// once.
class TraceFile : public RecordSink {
 public:
  // Appends; makes the file with mode 0600. "-" is standard error.
  static Result<std::unique_ptr<TraceFile>> open(const std::filesystem::path& path);
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;
  ~TraceFile() override;

  void begin(const CallRecord& record) override;
  void end(const CallRecord& record) override;

  // Why lines were lost, if any were.
  [[nodiscard]] Status status() const;

 private:
  TraceFile(int file, std::string name) : file_(file), name_(std::move(name)) {}

  int file_;
  std::string name_;
  mutable std::mutex mutex_;
  int lost_errno_ = 0;
};

}  // namespace sluice::gate
