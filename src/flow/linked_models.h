// The models of an app: which file a link to `model:NAME` means, and what answers it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/catalogue.h"
#include "flow/manifest.h"
#include "gate/link.h"
#include "nn/file_work.h"
#include "nn/hashed_files.h"
#include "nn/models.h"
#include "nn/networks.h"

namespace sluice::flow {

// A model that a link leads to, or that the manifest names.
struct LinkedModel {
  std::string name;                     // as links have it
  nn::ModelSpec spec;                   // the path as it can be opened from here
  std::string catalogue;                // its name there; empty: the manifest names the file
  const Model* written = nullptr;       // null: the manifest has no such model, the catalogue has
  std::optional<nn::ModelFacts> facts;  // of a language model's file, once it was looked at
  std::vector<std::string> used_by;     // functions and integrations
};

// What the host offers: null where it offers none.
struct ModelServices {
  nn::Models* models = nullptr;
  nn::Networks* networks = nullptr;
  const Catalogue* catalogue = nullptr;
  // Compares files with their hashes before an app is loaded; without it, that is done when a model is first
  // used.
  const nn::HashedFiles* files = nullptr;
};

class LinkedModels {
 public:
  // Finds the files of all models of the manifest, and reports those that are wrong. `manifest` outlives it.
  LinkedModels(const Manifest& manifest, std::filesystem::path folder, ModelServices services,
               Problems& problems);

  // What answers a link `to` a model; null after reporting why nothing does. `user` is whose link it is.
  [[nodiscard]] gate::Provider* provide(std::string_view name, std::string_view interface, const Origin& at,
                                        const std::string& user, Problems& problems);

  [[nodiscard]] const std::vector<LinkedModel>& list() const { return list_; }

 private:
  LinkedModel* find(std::string_view name, const Origin& at, Problems& problems);
  [[nodiscard]] Status check_use(LinkedModel& model, std::string_view interface) const;
  std::unique_ptr<gate::Provider> open(LinkedModel& model, std::string_view interface, const Origin& at,
                                       Problems& problems);
  void add(LinkedModel model, const Origin& path_at, const Origin& hash_at, Problems& problems);

  const Manifest& manifest_;
  std::filesystem::path folder_;
  ModelServices services_;
  std::vector<LinkedModel> list_;
  std::vector<std::unique_ptr<gate::Provider>> providers_;
};

}  // namespace sluice::flow
