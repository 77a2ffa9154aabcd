#include "cli/program_support.h"

#include <cstdio>

#include "base/text.h"
#include "cli/exit_codes.h"

namespace sluice::cli {

int report_program(const Error& error) {
  std::fprintf(stderr, "sluice: %s\n", printable(error.to_string()).c_str());
  switch (error.code) {
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
    case ErrorCode::corrupt:
    case ErrorCode::limit:
      return exit_usage;
    default:
      return exit_failed;
  }
}

int print_help(const char* text) {
  return std::fputs(text, stdout) >= 0 && std::fflush(stdout) == 0 ? exit_ok : exit_failed;
}

std::optional<wasm::Cache> open_cache() {
  const std::filesystem::path folder = wasm::Cache::default_folder();
  if (folder.empty()) return std::nullopt;
  auto cache = wasm::Cache::open(folder);
  if (cache) return std::move(*cache);
  std::fprintf(stderr, "sluice: warning: compiled code is not kept: %s\n", cache.error().to_string().c_str());
  return std::nullopt;
}

}  // namespace sluice::cli
