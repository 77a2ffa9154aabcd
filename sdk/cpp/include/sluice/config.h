#pragma once
// Settings from the manifest's `config` table, through wasi:config/store, which the guest's world must
// import.

#include <sluice/text.h>
#include <sluice/world.h>

#include <expected>
#include <optional>

#ifndef SLUICE_IMPORT_CONFIG
#error "sluice/config.h: the world has to `import wasi:config/store@0.2.0-draft;`"
#endif

namespace sluice::guest::config {

/// The setting's text (arrays are JSON), nothing if the manifest does not have it, or why it could not be
/// read.
inline std::expected<std::optional<std::string>, std::string> get(std::string_view key) {
  auto found = ::wasi::config::store::Get(key);
  if (!found) {
    return std::unexpected(
        std::visit([](const auto& error) { return error.value.to_string(); }, found.error().variants));
  }
  if (!found->has_value()) return std::optional<std::string>();
  return std::optional<std::string>((*found)->to_string());
}

}  // namespace sluice::guest::config
