// What llama.cpp writes to its log goes to the operator; while something is tried, its complaints are also
// the reason why it failed.
#pragma once

#include <string>

namespace sluice::backends::ggml {

using LogFunction = void (*)(int level, const char* line, std::size_t size);

// From now on, in this process. `log` may be null.
void route_logs(LogFunction log);

// Collects what is complained about on this thread while it lives.
class Complaints {
 public:
  Complaints();
  ~Complaints();
  Complaints(const Complaints&) = delete;
  Complaints& operator=(const Complaints&) = delete;
  // One line, or `otherwise` if nothing was said.
  [[nodiscard]] std::string text(const std::string& otherwise) const;
  void add(const char* line);

 private:
  std::string text_;
  Complaints* outer_;
};

}  // namespace sluice::backends::ggml
