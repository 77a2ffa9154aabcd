// Loads an app: the one place where a manifest becomes components, links and providers.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "flow/app.h"

namespace sluice::flow {

// One use loads one app; see App::load.
class AppLoader {
 public:
  AppLoader(std::filesystem::path folder, const HostServices& services, const LoadOptions& options)
      : folder_(std::move(folder)), services_(services), options_(options) {}

  std::expected<std::unique_ptr<App>, Problems> load();

 private:
  void load_integrations();
  void load_functions();
  [[nodiscard]] bool is_told(const Origin& at) const;
  void load_component(const Located<std::string>& path, LinkedComponent& into);
  void load_secrets();
  void add_http(const Integration& integration);
  void link(const std::vector<Link>& links, const Located<std::string>& at, LinkedComponent& into);
  [[nodiscard]] gate::Provider* provider_for(const InterfaceType& import, const Link& link,
                                             const LinkedComponent& of);
  [[nodiscard]] gate::Provider* http_for(const Located<std::string>& at, const LinkedComponent& of);
  [[nodiscard]] gate::Provider* offer(const std::string& integration, std::string_view interface,
                                      const Origin& at);
  [[nodiscard]] bool wants_function(const Function& function) const;
  [[nodiscard]] bool wants_integration(const std::string& name) const;
  [[nodiscard]] bool overridden(std::string_view interface) const;

  std::filesystem::path folder_;
  const HostServices& services_;
  const LoadOptions& options_;
  std::unique_ptr<App> app_;
  Problems problems_{std::string(manifest_file_name)};
};

}  // namespace sluice::flow
