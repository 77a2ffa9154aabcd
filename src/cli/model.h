// What the commands of `sluice model` share.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "cli/command.h"
#include "flow/catalogue.h"
#include "nn/file_work.h"
#include "nn/hashed_files.h"
#include "nn/models.h"

namespace sluice::cli {

// Each adds its command below `sluice model`.
void add_model_list(CLI::App& model, int& exit_code);
void add_model_add(CLI::App& model, int& exit_code);
void add_model_info(CLI::App& model, int& exit_code);
void add_model_bench(CLI::App& model, int& exit_code);
void add_model_quantize(CLI::App& model, int& exit_code);
void add_model_remove(CLI::App& model, int& exit_code);

// Where models are found and how their files are looked at.
class ModelTools {
 public:
  ModelTools();
  ModelTools(const ModelTools&) = delete;
  ModelTools& operator=(const ModelTools&) = delete;

  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] const flow::Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const nn::HashedFiles& files() const { return files_; }
  [[nodiscard]] const nn::ModelsSettings& settings() const { return settings_; }

  // What a person names: a model of the catalogue, or a file, whose entry has no name and no hash.
  [[nodiscard]] Result<flow::CatalogueEntry> find(const std::string& named) const;
  // Likewise; the file of a model of the catalogue is compared with its hash.
  [[nodiscard]] Result<flow::CatalogueEntry> find_verified(const std::string& named) const;

 private:
  SystemClock clock_;
  flow::Catalogue catalogue_;
  nn::HashedFiles files_;
  nn::ModelsSettings settings_;
};

// "chat", "text" (no chat template) or "embedding".
[[nodiscard]] std::string_view kind_of(const nn::ModelFacts& facts);
// "135M", "7.6B".
[[nodiscard]] std::string count_text(std::uint64_t count);
// Control characters, which a file may have in its words, would play with a terminal: each becomes a `?`.
[[nodiscard]] std::string plain_text(std::string_view text);

}  // namespace sluice::cli
