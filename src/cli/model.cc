// `sluice model`: the models of this machine.

#include "cli/model.h"

#include <fmt/format.h>

#include "cli/model_places.h"
#include "cli/progress.h"
#include "flow/manifest_syntax.h"

namespace sluice::cli {

ModelTools::ModelTools()
    : catalogue_(catalogue_places()),
      files_(model_hashes_folder(), clock_, show_hashing(clock_)),
      settings_(models_settings()) {}

Result<flow::CatalogueEntry> ModelTools::find(const std::string& named) const {
  std::error_code error;
  const bool is_file = std::filesystem::exists(named, error);
  if (flow::is_kebab(named)) {
    auto entry = catalogue_.find(named);
    if (entry || !is_file || entry.error().code != ErrorCode::not_found) return entry;
  }
  if (!is_file) {
    return fail(ErrorCode::not_found, "find the model " + named, "there is no such file",
                "name a file, or a model of `sluice model list`");
  }
  flow::CatalogueEntry entry;
  entry.spec.path = std::filesystem::absolute(named, error).lexically_normal();
  return entry;
}

Result<flow::CatalogueEntry> ModelTools::find_verified(const std::string& named) const {
  auto entry = find(named);
  if (!entry || entry->spec.sha256.empty()) return entry;
  const std::string what = fmt::format("use the model {} ({})", named, entry->spec.path.string());
  auto stamp = files_.verify(what, entry->spec.path, entry->spec.sha256);
  if (!stamp) return std::unexpected(std::move(stamp.error()));
  entry->spec.verified = *stamp;
  return entry;
}

std::string_view kind_of(const nn::ModelFacts& facts) {
  if (facts.is_embedding) return "embedding";
  return facts.has_chat_template ? "chat" : "text";
}

std::string count_text(std::uint64_t count) {
  const auto number = static_cast<double>(count);
  if (count < 1'000'000) return fmt::format("{}", count);
  if (count < 1'000'000'000) return fmt::format("{:.0f}M", number / 1e6);
  return fmt::format("{:.1f}B", number / 1e9);
}

std::string plain_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    const bool is_c1 = byte == 0xc2 && next >= 0x80 && next <= 0x9f;  // U+0080 to U+009F
    if (is_c1) ++i;
    out += is_c1 || byte < 0x20 || byte == 0x7f ? '?' : text[i];
  }
  return out;
}

void add_model(CLI::App& program, int& exit_code) {
  CLI::App* model =
      program.add_subcommand("model", "The models of this machine: list, add, look at, measure");
  model->require_subcommand(1);
  add_model_list(*model, exit_code);
  add_model_add(*model, exit_code);
  add_model_info(*model, exit_code);
  add_model_bench(*model, exit_code);
  add_model_quantize(*model, exit_code);
  add_model_remove(*model, exit_code);
  model->footer(
      "The catalogue is a file of yours ($XDG_DATA_HOME/sluice/models.toml, else "
      "~/.local/share/sluice/models.toml), and\n"
      "what came with this program. Links lead to its models as `model:NAME`; `sluice serve` and `sluice "
      "review --model`\n"
      "know them by name.\n\n"
      "Examples:\n"
      "  sluice model list\n"
      "  sluice model add qwen2.5-coder-7b-instruct-q4_k_m.gguf --name coder\n"
      "  sluice model bench coder\n\n"
      "Exit codes: 0 done, 2 wrong usage or input, 3 it could not be done.");
}

}  // namespace sluice::cli
