// A language model that guests have open, under each of the settings that they asked for.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "nn/language_model.h"
#include "nn/models.h"
#include "wasi_nn/graphs.h"
#include "wasi_nn/llm_options.h"

namespace sluice::wasi_nn {

// Its engines end with it. Any thread. `models` and `settings` outlive it.
class Language {
 public:
  Language(nn::Models& models, const Graphs::Settings& settings, nn::ModelSpec spec);
  // One whose file a program gave: its worker is locked in. `from`: where it had them, for people.
  static Result<std::shared_ptr<Language>> of_bytes(nn::Models& models, const Graphs::Settings& settings,
                                                    std::string_view bytes, std::string_view from);
  Language(const Language&) = delete;
  Language& operator=(const Language&) = delete;
  ~Language();

  // The model with the options' settings; the same settings are the same engine. It stays as long as the
  // pointer, and then until other settings are asked for. refused, not_found: a projector that the program
  // may not use; limit: as many engines are open as may be (nn::is_busy).
  Result<std::shared_ptr<nn::LanguageModel>> open(const LlmOptions& options);
  // A file of the program's folders.
  [[nodiscard]] Result<std::string> read_image(std::string_view path) const;

 private:
  void close_unused();
  Status add_projector(const std::string& named, nn::ModelSpec& spec);

  nn::Models& models_;
  const Graphs::Settings& settings_;
  nn::ModelSpec spec_;
  UniqueFd file_;  // of a model without a name; else none
  std::mutex mutex_;
  std::map<std::string, UniqueFd> projectors_;  // that programs gave, by their names for them
  struct Opened {
    nn::ModelSpec spec;
    std::weak_ptr<nn::LanguageModel> lease;  // of those who use it
  };
  std::vector<Opened> opened_;
};

}  // namespace sluice::wasi_nn
