// A look at a model's file, and other files made of it: each in a process of its own, for a library that
// reads a file from elsewhere may crash over it. All of this blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/error.h"
#include "nn/models.h"

namespace sluice::nn {

// What a file says about itself, weights left aside.
struct ModelFacts {
  // "description", "architecture", "quantization", and of the file's own words those that it has: "name",
  // "license", "author", "organization", "size_label", "version", "url" …
  std::map<std::string, std::string> words;
  std::uint64_t parameters = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t bytes_per_token = 0;  // of the context's memory
  std::uint32_t context_trained = 0;  // tokens
  std::uint32_t vocabulary = 0;       // tokens
  std::uint32_t embedding = 0;        // length of a vector
  std::uint32_t layers = 0;
  bool is_embedding = false;
  bool has_chat_template = false;

  // Empty: the file doesn't say it.
  [[nodiscard]] std::string word(const std::string& name) const;
};

// Errors: as of the backend (not_found, corrupt, invalid_input), or unavailable: its process ended, and how.
[[nodiscard]] Result<ModelFacts> inspect_model(const ModelsSettings& settings, const std::string& backend,
                                               const std::filesystem::path& path);

struct Quantization {
  std::filesystem::path source;
  std::filesystem::path target;  // must not be there
  std::string type;              // "Q4_K_M"
  std::uint32_t threads = 1;
};

// Told now and then how many bytes are written.
using QuantizeProgress = std::function<void(std::uint64_t bytes_written)>;

// The target appears when it is whole, or not at all, whatever ends this process or its worker. Errors also:
// invalid_input (the target is there, no such type), unavailable (it cannot be written).
[[nodiscard]] Status quantize_model(const ModelsSettings& settings, const std::string& backend,
                                    const Quantization& job, const QuantizeProgress& progress);

// The body of `sluice nn-file FD PLUGIN`: does the one job that comes over the socket `fd`. The exit code.
int run_file_worker(int fd, const std::filesystem::path& plugin);

}  // namespace sluice::nn
