#include "wasi_nn/graphs.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <utility>

#include "base/value.h"
#include "nn/formats.h"
#include "nn/local_tensors.h"
#include "nn/tensor_worker.h"
#include "wasi_nn/language.h"
#include "wasi_nn/llm_graph.h"
#include "wasi_nn/tensor_graph.h"

namespace sluice::wasi_nn {

namespace {

using nn::Format;

// Of one guest, which may have several conversations.
constexpr std::uint32_t contexts_together = 4;
constexpr std::size_t workers_max = 64;
constexpr std::size_t engines_max = 16;

Graphs::Settings limited(Graphs::Settings settings) {
  settings.models.opened_max = engines_max;
  return settings;
}

std::string known(const std::vector<NamedNetwork>& named) {
  std::string names;
  for (const NamedNetwork& one : named) names += (names.empty() ? "" : ", ") + one.name;
  return names.empty() ? "none is named: use --nn-preload NAME:ENCODING:TARGET:PATH" : "there are: " + names;
}

std::string beginning_of(const std::string& path) {
  std::array<char, 16> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), bytes.size());
  return {bytes.data(), static_cast<std::size_t>(file.gcount())};
}

std::optional<Format> format_of(const NamedNetwork& network) {
  if (const auto named = nn::format_of_name(network.encoding)) return named;
  std::error_code error;
  const std::string& path = network.paths.front();
  return nn::format_of_content(beginning_of(path), path, std::filesystem::is_directory(path, error));
}

std::string_view format_within(Format format, const NamedNetwork& network) {
  const std::string& path = network.paths.front();
  return nn::name_within(format, beginning_of(path), path);
}

}  // namespace

// What is there once for all guests: one of the two.
struct Graphs::Loaded {
  std::mutex mutex;  // held while it is made
  std::shared_ptr<nn::TensorNetwork> network;
  std::shared_ptr<Language> language;
};

// Before any program runs.
Graphs::Graphs(Settings settings) : settings_(limited(std::move(settings))), models_(settings_.models) {
  for (NamedNetwork& network : settings_.named) {
    network.is_foreign = std::ranges::any_of(
        network.paths, [&](const std::string& path) { return may_write(settings_.folders, path); });
  }
}

Graphs::~Graphs() {
  loaded_.clear();
}

Errno Graphs::open_named(std::string_view name, const Tell& tell, std::unique_ptr<Graph>& graph) {
  const auto found = std::ranges::find(settings_.named, name, &NamedNetwork::name);
  if (found == settings_.named.end()) {
    // A path, as programs for WasmEdge have it: it reaches what the program may read anyway.
    if (name.find('/') != std::string_view::npos && !settings_.folders.empty()) {
      return open_path(name, tell, graph);
    }
    return refuse(tell, Errno::model_not_found,
                  fmt::format("no model is called {}; {}", to_utf8(name, nullptr), known(settings_.named)));
  }
  if (found->target == "tpu") {
    return refuse(tell, Errno::unsupported_operation,
                  fmt::format("no library here computes {} on a TPU; take the target auto", found->name));
  }
  const auto format = format_of(*found);
  if (!format) {
    return refuse(
        tell, Errno::invalid_encoding,
        fmt::format("{} is no network that is known here: name its encoding", found->paths.front()));
  }
  std::shared_ptr<Loaded> loaded;
  {
    const std::lock_guard lock(mutex_);
    auto& kept = loaded_[found->name];
    if (!kept) kept = std::make_shared<Loaded>();
    loaded = kept;
  }
  const std::lock_guard lock(loaded->mutex);
  const std::string_view backend = nn::backend_of(*format);
  return nn::is_language(*format)
             ? open_language(*found, backend, *loaded, tell, graph)
             : open_tensors(*found, backend, format_within(*format, *found), *loaded, tell, graph);
}

void Graphs::unloaded(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = loaded_.find(name);
  if (found == loaded_.end() || found->second.use_count() > 1) return;
  if (found->second->network.use_count() <= 1 && found->second->language.use_count() <= 1)
    loaded_.erase(found);
}

Errno Graphs::open_language(const NamedNetwork& network, std::string_view backend, Loaded& loaded,
                            const Tell& tell, std::unique_ptr<Graph>& graph) {
  if (!loaded.language) {
    nn::ModelSpec spec;
    spec.name = network.name;
    spec.backend = backend;
    spec.path = network.paths.front();
    spec.parallel = std::clamp(settings_.guests, contexts_together, 16U);
    if (network.target == "cpu") spec.gpu_layers = 0;
    spec.gpu_needed = network.target == "gpu";
    if (network.is_foreign && backend == "ggml") {
      spec.locked_in = true;
      spec.gpu_layers = 0;
    }
    loaded.language = std::make_shared<Language>(models_, settings_, std::move(spec));
  }
  graph = make_llm_graph(loaded.language, tell);
  return Errno::success;
}

Errno Graphs::open_language_bytes(std::string_view bytes, std::string_view path, const Tell& tell,
                                  std::unique_ptr<Graph>& graph) {
  auto language = Language::of_bytes(models_, settings_, bytes, path);
  if (!language) return refuse(tell, language.error());
  graph = make_llm_graph(std::move(*language), tell);
  return Errno::success;
}

Errno Graphs::open_tensors(const NamedNetwork& network, std::string_view backend, std::string_view format,
                           Loaded& loaded, const Tell& tell, std::unique_ptr<Graph>& graph) {
  if (!loaded.network) {
    nn::TensorSource source;
    source.name = network.name;
    source.backend = backend;
    source.format = format;
    source.paths = network.paths;
    source.threads = settings_.threads;
    source.gpu = network.target == "gpu";
    auto opened = network.is_foreign ? open_foreign(source)
                                     : nn::open_tensors(settings_.models.backends, source, nullptr);
    if (!opened) return refuse(tell, opened.error());
    loaded.network = std::move(*opened);
  }
  graph = make_tensor_graph(loaded.network, tell);
  return Errno::success;
}

// One that a person named, in a place where the program can write.
Result<std::shared_ptr<nn::TensorNetwork>> Graphs::open_foreign(nn::TensorSource source) {
  std::vector<std::string> parts;
  for (const std::string& path : source.paths) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::error_code error;
    if (!file || !std::filesystem::is_regular_file(path, error)) {
      return fail(ErrorCode::refused, "load the network " + source.name,
                  path + " lies in a folder that the program may write, and is no plain file",
                  "grant the folder :readonly, or put the network elsewhere");
    }
    auto bytes = read_whole(file, path);
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    parts.push_back(std::move(*bytes));
  }
  source.paths.clear();
  source.parts.assign(parts.begin(), parts.end());
  source.gpu = false;
  return open_worker(source);
}

// Each takes memory of its own.
Result<std::shared_ptr<nn::TensorNetwork>> Graphs::open_worker(const nn::TensorSource& source) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(workers_, [](const auto& worker) { return worker.expired(); });
    if (workers_.size() + starting_ >= workers_max) {
      return std::unexpected(
          nn::too_many("load the network " + source.name, "networks of bytes", workers_max));
    }
    ++starting_;
  }
  auto opened = nn::open_tensor_worker(settings_.models, source);
  const std::lock_guard lock(mutex_);
  --starting_;
  if (opened) workers_.push_back(*opened);
  return opened;
}

Errno Graphs::open_bytes(std::span<const std::string_view> parts, Encoding encoding, const Tell& tell,
                         std::unique_ptr<Graph>& graph) {
  constexpr std::uint32_t autodetect = 5;
  const auto format = encoding.encoding == autodetect
                          ? nn::format_of_content(parts.front().substr(0, 16), "", false)
                          : nn::format_of_number(encoding.encoding);
  if (!format) {
    return refuse(tell, Errno::invalid_encoding,
                  fmt::format("nothing here reads the encoding {}", encoding.encoding));
  }
  if (nn::is_language(*format)) {
    if (*format != Format::ggml || parts.size() != 1) {
      return refuse(tell, Errno::invalid_argument, "a language model that a program gives is one GGUF file");
    }
    return open_language_bytes(parts.front(), "its memory", tell, graph);
  }
  nn::TensorSource source;
  source.name = "that the program gave";
  source.backend = nn::backend_of(*format);
  source.format = nn::name_within(*format, parts.front().substr(0, 16), "");
  source.parts.assign(parts.begin(), parts.end());
  source.threads = settings_.threads;
  auto opened = open_worker(source);
  if (!opened) return refuse(tell, opened.error());
  graph = make_tensor_graph(std::move(*opened), tell);
  return Errno::success;
}

// A file that the program may read may be one that it wrote: it is treated as bytes that the program gave.
Errno Graphs::open_path(std::string_view path, const Tell& tell, std::unique_ptr<Graph>& graph) {
  const auto file = open_in(settings_.folders, path);
  if (!file) {
    if (file.error().code == ErrorCode::not_found) {
      return refuse(tell, Errno::model_not_found, file.error().to_string());
    }
    return refuse(tell, Errno::not_found, file.error().to_string());
  }
  const auto bytes = read_whole(*file, path);
  if (!bytes) return refuse(tell, bytes.error());
  const auto format = nn::format_of_content(std::string_view(*bytes).substr(0, 16), path, false);
  if (!format) {
    return refuse(tell, Errno::invalid_encoding, fmt::format("{} is no network that is known here", path));
  }
  if (*format == Format::ggml) return open_language_bytes(*bytes, path, tell, graph);
  const std::array<std::string_view, 1> parts{*bytes};
  const std::array<std::uint32_t, 7> numbers{0, 1, 2, 3, 4, 6, 6};
  return open_bytes(parts, {numbers[static_cast<std::size_t>(*format)], 0}, tell, graph);
}

}  // namespace sluice::wasi_nn
