// The models that this process may use, each opened when it is first asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "nn/file_stamp.h"
#include "nn/language_model.h"

namespace sluice::nn {

// One model as the catalogue or a manifest names it.
struct ModelSpec {
  std::string name;
  std::string backend = "ggml";
  std::filesystem::path path;
  std::string path_name;              // for people; empty: the path
  std::string sha256;                 // lower-case hex; checked when the model is loaded
  std::optional<FileStamp> verified;  // the file with this stamp has this hash: it is not read again
  std::filesystem::path projector;    // shows images to the model; empty: none
  std::string projector_name;         // for people; empty: its path
  std::uint32_t context_tokens = 0;   // of one request; 0: what the model was trained for, 8192 at most
  std::uint32_t parallel = 0;         // requests computed together; 0: 16
  std::uint32_t threads = 0;          // 0: all cores that may be used; but one where they are more than two
  std::int32_t gpu_layers = -1;       // -1: all where there is a device
  bool gpu_needed = false;            // without a device it is not loaded
  std::uint32_t queue_max = 1024;     // requests that wait
  std::chrono::seconds timeout{600};  // of one request, waiting included
  std::uint64_t memory_mib = 0;       // of the worker; 0: what the machine has free
  bool locked_in = false;             // the file is foreign: its worker can reach nothing else (lock_in.h)

  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

struct ModelsSettings {
  // The program that runs a worker (this one), and where the plug-ins lie: FOLDER/sluice-nn-NAME.so.
  std::filesystem::path program;
  std::filesystem::path backends;
  // A worker without requests for so long ends; the next request starts another.
  std::chrono::seconds idle{300};
  // A worker that does not let go of a cancelled request for so long is killed.
  std::chrono::milliseconds cancel_grace{60'000};
  // So many models, each with its settings, may be open at once; 0: any number.
  std::size_t opened_max = 0;
};

class Models {
 public:
  explicit Models(ModelsSettings settings);
  // Ends the workers. No call may be under way.
  ~Models();
  Models(const Models&) = delete;
  Models& operator=(const Models&) = delete;

  // The one engine for this file: a second call with the same file and settings gives the same. Loads
  // nothing. Any thread.
  [[nodiscard]] Result<std::shared_ptr<LanguageModel>> open(const ModelSpec& spec);
  // Ends the worker of what `open` gave for this; calls under way fail. Opened again, it starts anew.
  void close(const ModelSpec& spec);
  [[nodiscard]] std::vector<std::shared_ptr<LanguageModel>> opened() const;
  [[nodiscard]] const ModelsSettings& settings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The body of `sluice nn-worker`: serves the socket `fd` until it closes. The exit code.
int run_worker(int fd, const std::filesystem::path& plugin);

}  // namespace sluice::nn
