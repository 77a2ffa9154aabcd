// The networks that a program may use: those that were named for it, and those whose bytes it brings. Shared
// by all guests of the process: a language model has one engine for all of them, a network of tensors is
// compiled once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/models.h"
#include "nn/tensors.h"
#include "wasi_nn/folders.h"
#include "wasi_nn/graph.h"
#include "wasi_nn/messages.h"

namespace sluice::wasi_nn {

// A network that the program's user named for it.
struct NamedNetwork {
  std::string name;
  std::string encoding;  // as --nn-preload has it, in lower case: "ggml", "openvino" … "autodetect"
  std::string target;    // "cpu", "gpu", "tpu", "auto"
  std::vector<std::string> paths;
  // The program could change the files: they are treated as if it had brought them. Set by Graphs.
  bool is_foreign = false;
};

// `encoding` and `target` of `load`, as numbers.
struct Encoding {
  std::uint32_t encoding = 0;
  std::uint32_t target = 0;
};

class Language;

class Graphs {
 public:
  struct Settings {
    nn::ModelsSettings models;
    std::vector<NamedNetwork> named;
    std::vector<Folder> folders;  // what the program may read: for `preload:` with a path
    std::uint32_t guests = 1;     // how many will ask at once: a language model has room for so many
    std::uint32_t threads = 0;    // of a network of tensors; 0: the library's choice
  };
  explicit Graphs(Settings settings);
  ~Graphs();
  Graphs(const Graphs&) = delete;
  Graphs& operator=(const Graphs&) = delete;

  // Any thread. model_not_found, and what keeps it from being loaded.
  Errno open_named(std::string_view name, const Tell& tell, std::unique_ptr<Graph>& graph);
  // A network of bytes, which are read before this returns. It is parsed and computed in a process of its
  // own, which can reach nothing else.
  Errno open_bytes(std::span<const std::string_view> parts, Encoding encoding, const Tell& tell,
                   std::unique_ptr<Graph>& graph);

  // A guest has unloaded a named network and closed its graph: where no other guest has it, its memory is
  // given back.
  void unloaded(std::string_view name);

 private:
  struct Loaded;
  Errno open_language(const NamedNetwork& network, std::string_view backend, Loaded& loaded, const Tell& tell,
                      std::unique_ptr<Graph>& graph);
  Errno open_language_bytes(std::string_view bytes, std::string_view path, const Tell& tell,
                            std::unique_ptr<Graph>& graph);
  Errno open_tensors(const NamedNetwork& network, std::string_view backend, std::string_view format,
                     Loaded& loaded, const Tell& tell, std::unique_ptr<Graph>& graph);
  Result<std::shared_ptr<nn::TensorNetwork>> open_foreign(nn::TensorSource source);
  Result<std::shared_ptr<nn::TensorNetwork>> open_worker(const nn::TensorSource& source);
  Errno open_path(std::string_view path, const Tell& tell, std::unique_ptr<Graph>& graph);

  Settings settings_;
  nn::Models models_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Loaded>, std::less<>> loaded_;  // by name
  std::vector<std::weak_ptr<nn::TensorNetwork>> workers_;
  std::size_t starting_ = 0;
};

}  // namespace sluice::wasi_nn
