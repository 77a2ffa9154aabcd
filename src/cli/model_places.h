// Where models are found: the catalogue's files, and the plug-ins that run them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "flow/catalogue.h"
#include "nn/models.h"

namespace sluice::cli {

// The user's folder: $XDG_DATA_HOME/sluice, else ~/.local/share/sluice; empty where there is neither.
[[nodiscard]] std::filesystem::path data_folder();
// Where it is kept which model files had which hash: in $SLUICE_CACHE, $XDG_CACHE_HOME/sluice or
// ~/.cache/sluice; empty where there is none of them.
[[nodiscard]] std::filesystem::path model_hashes_folder();
// A check of an option that is a setting of a model (flow/model_settings.h): numbers in its range, and the
// one that says nothing.
[[nodiscard]] std::function<std::string(const std::string&)> check_setting(std::string_view name,
                                                                           std::int64_t unsaid);
// The user's file, and those that came with this program.
[[nodiscard]] flow::Catalogue::Places catalogue_places();
// This program is what workers run; the plug-ins lie beside it or in ../lib/sluice.
[[nodiscard]] nn::ModelsSettings models_settings();

}  // namespace sluice::cli
