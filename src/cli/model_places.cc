#include "cli/model_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "cli/command.h"
#include "flow/model_settings.h"

namespace sluice::cli {

namespace {

std::filesystem::path variable(const char* name) {
  const char* text = std::getenv(name);
  const std::filesystem::path path = text == nullptr ? "" : text;
  return path.is_absolute() ? path : std::filesystem::path();  // as the XDG specification has it
}

}  // namespace

std::filesystem::path data_folder() {
  if (const auto data = variable("XDG_DATA_HOME"); !data.empty()) return data / "sluice";
  if (const auto home = variable("HOME"); !home.empty()) return home / ".local/share/sluice";
  return {};
}

std::filesystem::path model_hashes_folder() {
  constexpr std::string_view name = "model-hashes";
  if (const char* given = std::getenv("SLUICE_CACHE"); given != nullptr && *given != '\0') {
    return std::filesystem::path(given) / name;
  }
  if (const auto cache = variable("XDG_CACHE_HOME"); !cache.empty()) return cache / "sluice" / name;
  if (const auto home = variable("HOME"); !home.empty()) return home / ".cache/sluice" / name;
  return {};
}

std::function<std::string(const std::string&)> check_setting(std::string_view name, std::int64_t unsaid) {
  const auto* setting = std::ranges::find(flow::model_settings, name, &flow::ModelSetting::name);
  if (setting == flow::model_settings.end()) return {};
  return [unsaid, setting](const std::string& text) {
    std::int64_t number = 0;
    const char* const text_end = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), text_end, number);
    const bool is_number = error == std::errc() && end == text_end;
    const bool fits = number >= 0 && static_cast<std::uint64_t>(number) >= setting->min &&
                      static_cast<std::uint64_t>(number) <= setting->max;
    if (is_number && (number == unsaid || fits)) return std::string();
    return fmt::format("Value {} is not {} or within {} and {}", text, unsaid, setting->min, setting->max);
  };
}

flow::Catalogue::Places catalogue_places() {
  const std::filesystem::path program = program_folder();
  const std::filesystem::path own = data_folder();
  return {
      own.empty() ? own : own / "models.toml",
      {program / "models/models.toml", (program / "../share/sluice/models/models.toml").lexically_normal(),
       (program / "../.deps/models/models.toml").lexically_normal()}};
}

nn::ModelsSettings models_settings() {
  const std::filesystem::path folder = program_folder();
  std::error_code error;
  nn::ModelsSettings settings;
  settings.program = std::filesystem::read_symlink("/proc/self/exe", error);
  settings.backends = folder / "backends";
  if (!std::filesystem::is_directory(settings.backends, error))
    settings.backends = (folder / "../lib/sluice").lexically_normal();
  return settings;
}

}  // namespace sluice::cli
