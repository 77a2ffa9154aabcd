#include "cli/neural.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/text.h"
#include "cli/model_places.h"
#include "flow/catalogue.h"
#include "nn/library_environment.h"
#include "wasi_nn/session.h"

namespace sluice::cli {

namespace {

// A file or folder of that name, or a model of the catalogue.
Result<std::string> find_network(const wasi_nn::NamedNetwork& network, const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path;
  const auto entry = flow::Catalogue(catalogue_places()).find(path);
  if (entry) return entry->spec.path.string();
  const std::string why =
      error ? path + ": " + error.message() : fmt::format("there is no file and no model `{}`", path);
  return fail(ErrorCode::invalid_input, "read the arguments",
              fmt::format("--nn-preload {}: {}", network.name, why),
              "name an existing file, or a model of `sluice model list`");
}

// What a guest's calls were refused for, as lines on standard error. A guest cannot fill the terminal with
// them.
class Teller {
 public:
  explicit Teller(std::string guest) : guest_(std::move(guest)) {}
  void operator()(std::string_view why) {
    constexpr int lines_max = 100;
    if (++lines_ > lines_max) return;
    std::fprintf(stderr, "sluice: %swasi-nn: %s\n", guest_.c_str(), printable(why).c_str());
    if (lines_ == lines_max) std::fprintf(stderr, "sluice: %swasi-nn: no more is told\n", guest_.c_str());
  }

 private:
  std::string guest_;
  int lines_ = 0;
};

std::vector<wasm::HostFunction> functions_of(const std::shared_ptr<wasi_nn::Graphs>& graphs,
                                             std::string_view guest, const PrintForGuest& print) {
  // Ends before the graphs, which it holds as well.
  struct Answering {
    Answering(std::shared_ptr<wasi_nn::Graphs> shared, std::string_view guest, const PrintForGuest& print)
        : graphs(std::move(shared)), session(*graphs, Teller(std::string(guest)), print) {}
    std::shared_ptr<wasi_nn::Graphs> graphs;
    wasi_nn::Session session;
  };
  const auto answering = std::make_shared<Answering>(graphs, guest, print);
  std::vector<wasm::HostFunction> functions;
  for (const wasi_nn::Function& function : wasi_nn::Session::functions()) {
    functions.push_back(
        {std::string(wasi_nn::Session::module), std::string(function.name), function.parameters,
         [answering, &function](std::span<std::uint8_t> memory, std::span<const std::uint32_t> arguments) {
           return answering->session.call(function, memory, arguments);
         }});
  }
  return functions;
}

}  // namespace

Result<FunctionsForGuest> open_neural(const RunArguments& arguments) {
  for (const auto& [name, value] : nn::library_environment) setenv(name, value, /*overwrite=*/0);
  wasi_nn::Graphs::Settings settings;
  settings.models = models_settings();
  settings.guests = arguments.instances;
  // Guests that compute at once share the cores out themselves.
  settings.threads = arguments.instances > 1 ? 1 : 0;
  for (const NnPreload& model : arguments.models) {
    wasi_nn::NamedNetwork network{model.name, model.encoding, model.target, {}};
    for (const std::string& path : model.paths) {
      auto found = find_network(network, path);
      if (!found) return std::unexpected(std::move(found.error()));
      network.paths.push_back(std::move(*found));
    }
    settings.named.push_back(std::move(network));
  }
  for (const wasm::Preopen& folder : arguments.options.folders) {
    settings.folders.push_back({folder.guest, folder.host, folder.access == wasm::Access::read_write});
  }
  auto graphs = std::make_shared<wasi_nn::Graphs>(std::move(settings));
  return [graphs](std::string_view guest, const PrintForGuest& print) {
    return functions_of(graphs, guest, print);
  };
}

}  // namespace sluice::cli
