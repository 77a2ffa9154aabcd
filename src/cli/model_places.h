// Where models are found: the catalogue's files, and the plug-ins that run them.
#pragma once

#include "flow/catalogue.h"
#include "nn/models.h"

namespace sluice::cli {

// The user's folder: $XDG_DATA_HOME/sluice, else ~/.local/share/sluice; empty where there is neither.
[[nodiscard]] std::filesystem::path data_folder();
// Where it is kept which model files had which hash: in $SLUICE_CACHE, $XDG_CACHE_HOME/sluice or
// ~/.cache/sluice; empty where there is none of them.
[[nodiscard]] std::filesystem::path model_hashes_folder();
// The user's file, and those that came with this program.
[[nodiscard]] flow::Catalogue::Places catalogue_places();
// This program is what workers run; the plug-ins lie beside it or in ../lib/sluice.
[[nodiscard]] nn::ModelsSettings models_settings();

}  // namespace sluice::cli
