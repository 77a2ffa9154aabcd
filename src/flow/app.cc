#include "flow/app.h"

#include "flow/app_loader.h"

namespace sluice::flow {

App::~App() = default;

Result<std::unique_ptr<App>> App::load(const std::filesystem::path& folder, const HostServices& services,
                                       const LoadOptions& options) {
  auto app = load_telling_all(folder, services, options);
  if (!app) return std::unexpected(app.error().to_error());
  return std::move(*app);
}

std::expected<std::unique_ptr<App>, Problems> App::load_telling_all(const std::filesystem::path& folder,
                                                                    const HostServices& services,
                                                                    const LoadOptions& options) {
  return AppLoader(folder, services, options).load();
}

const LoadedFunction* App::find_function(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : found->second.get();
}

}  // namespace sluice::flow
