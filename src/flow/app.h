// An app: components loaded, links made, secrets read; ready to run.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flow/handler.h"
#include "flow/integration.h"
#include "flow/linked_models.h"
#include "flow/manifest.h"
#include "gate/frame.h"
#include "gate/link.h"
#include "gate/redact.h"
#include "gate/secrets.h"
#include "host/http.h"
#include "host/none.h"
#include "wasm/component.h"
#include "wasm/engine.h"

namespace sluice::flow {

struct LoadedFunction : LinkedComponent {
  std::optional<wasm::Export> handle;
  std::uint32_t attempts = 1;
  std::uint32_t concurrency_max = 0;  // 0: as many as the pool admits
  OneAtATime one_at_a_time = OneAtATime::none;
};

// What the host offers to apps. Outlives them.
struct HostServices {
  wasm::Engine* engine = nullptr;
  const host::HttpClients* http_clients = nullptr;
  const Admissions* admissions = nullptr;
  std::map<HostProvider, gate::Provider*> capabilities;
  ModelServices models = {};
};

enum class SecretLoading : std::uint8_t {
  required,  // secrets that are missing are an error
  skipped,   // nothing is read: for looking at an app only
};

struct LoadOptions {
  // Answers an interface (bare name) instead of what the manifest links it to. Integrations that nothing else
  // links to are not loaded.
  std::map<std::string, gate::Provider*, std::less<>> overrides;
  SecretLoading secrets = SecretLoading::required;
  // Changes the manifest as it was read, before anything is loaded by it; may be empty.
  std::function<void(Manifest&)> adjust = {};
  // Load only this function and what it needs; empty: all.
  std::string only_function;
};

// Where the gate finds the secret's text.
[[nodiscard]] gate::SecretOrigin origin_of(const SecretSource& source);

class App {
 public:
  // Loads the app in `folder`. The error tells everything that is wrong, not the first thing only: unreadable
  // components, imports that no link grants, types that differ, missing secrets.
  static Result<std::unique_ptr<App>> load(const std::filesystem::path& folder, const HostServices& services,
                                           const LoadOptions& options);
  // Likewise, and tells the problems one by one, with their places.
  static std::expected<std::unique_ptr<App>, Problems> load_telling_all(const std::filesystem::path& folder,
                                                                        const HostServices& services,
                                                                        const LoadOptions& options);
  App(const App&) = delete;
  App& operator=(const App&) = delete;
  ~App();

  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  [[nodiscard]] const std::string& name() const { return manifest_.name.value; }
  [[nodiscard]] const LoadedFunction* find_function(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::unique_ptr<LoadedFunction>, std::less<>>& functions() const {
    return functions_;
  }
  [[nodiscard]] const std::map<std::string, std::unique_ptr<LinkedComponent>, std::less<>>& integrations()
      const {
    return integrations_;
  }
  // Of the manifest, and those of the catalogue that links lead to.
  [[nodiscard]] const std::vector<LinkedModel>& models() const { return models_->list(); }
  [[nodiscard]] const gate::Redactor& redactor() const { return *redactor_; }

 private:
  friend class AppLoader;
  explicit App(Manifest manifest) : manifest_(std::move(manifest)) {}

  Manifest manifest_;
  std::map<std::string, std::unique_ptr<gate::Secrets>, std::less<>> secrets_;  // by integration
  std::unique_ptr<gate::Redactor> redactor_;
  std::map<std::string, std::unique_ptr<host::HttpCapability>, std::less<>> http_;
  std::map<std::string, std::unique_ptr<LinkedComponent>, std::less<>> integrations_;
  std::vector<std::unique_ptr<OfferedInterface>> offers_;
  std::vector<std::unique_ptr<host::NoProvider>> absent_;  // of links to `none`
  std::unique_ptr<LinkedModels> models_;
  std::map<std::string, std::unique_ptr<LoadedFunction>, std::less<>> functions_;
};

}  // namespace sluice::flow
