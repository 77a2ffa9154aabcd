// Which model `sluice review` asks, and settings for one review: changes of the app's manifest in memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "flow/manifest.h"

namespace sluice::cli {

struct ReviewModel {
  std::string model;                  // `--model`: a model of the manifest or the catalogue
  std::string url;                    // `--llm`: an endpoint of OpenAI's kind
  std::string url_model;              // `--llm-model`
  std::string key_env;                // `--llm-key-env`
  std::vector<std::string> settings;  // `--set KEY=VALUE`
};

// Applied to the manifest before it is loaded; does nothing where nothing was chosen. With a URL an
// integration stands behind the function's link to `sluice:llm/chat` that may request this URL alone, and
// send its key there alone.
[[nodiscard]] Result<std::function<void(flow::Manifest&)>> model_choice(const ReviewModel& choice,
                                                                        const std::string& function);

}  // namespace sluice::cli
