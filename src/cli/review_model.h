// Which model `sluice review` asks, and settings for one review: changes of the app's manifest in memory.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "flow/catalogue.h"
#include "flow/manifest.h"

namespace sluice::cli {

struct ReviewModel {
  std::string model;                  // `--model`: a model of the manifest or the catalogue
  std::string url;                    // `--llm`: an endpoint of OpenAI's kind
  std::string url_model;              // `--llm-model`
  std::string key_env;                // `--llm-key-env`
  std::vector<std::string> settings;  // `--set KEY=VALUE`
};

// A model of `--model` has to be in the manifest or the catalogue.
[[nodiscard]] Status check_model(const ReviewModel& choice, const flow::Manifest& manifest,
                                 const flow::Catalogue& catalogue);

// The function's model if the catalogue says that it cannot review code; then this sets that what it says is
// not shown (`model-trust`), unless the choice has this setting.
[[nodiscard]] std::optional<std::string> mute_unfit_model(flow::Manifest& manifest,
                                                          const std::string& function,
                                                          const ReviewModel& choice,
                                                          const flow::Catalogue& catalogue);

// Applied to the manifest before it is loaded; does nothing where nothing was chosen. With a URL an
// integration stands behind the function's link to `sluice:llm/chat` that may request this URL alone, and
// send its key there alone.
[[nodiscard]] Result<std::function<void(flow::Manifest&)>> model_choice(const ReviewModel& choice,
                                                                        const std::string& function);

}  // namespace sluice::cli
