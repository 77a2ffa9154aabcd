// `sluice model info`: what a model's file says about itself.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/model.h"
#include "cli/progress.h"

namespace sluice::cli {

namespace {

struct Options {
  std::string model;
  bool json = false;
};

std::string yes_or_no(bool is_so) {
  return is_so ? "yes" : "no";
}

void print_text(const flow::CatalogueEntry& entry, const nn::ModelFacts& facts,
                const nn::HashedFile& hashed) {
  const auto line = [](std::string_view key, const std::string& value) {
    if (!value.empty()) std::cout << fmt::format("{:<17} {}\n", key, plain_text(value));
  };
  const bool is_listed = !entry.spec.name.empty();
  line("name", entry.spec.name);
  line("file", entry.spec.path.string());
  line("size", fmt::format("{} ({} bytes)", size_text(hashed.stamp.size), hashed.stamp.size));
  line("sha256", hashed.sha256 + (is_listed ? ", as in the catalogue" : ""));
  line("catalogue", entry.file.string());
  line("backend", entry.spec.backend);
  line("kind", std::string(kind_of(facts)));
  line("architecture", facts.word("architecture"));
  line("weights", facts.word("quantization"));
  line("parameters", fmt::format("{} ({})", count_text(facts.parameters), facts.parameters));
  line("layers", fmt::format("{}", facts.layers));
  line("context", fmt::format("{} tokens, as trained", facts.context_trained));
  line("vocabulary", fmt::format("{} tokens", facts.vocabulary));
  line("vector", fmt::format("{} numbers", facts.embedding));
  line("chat template", yes_or_no(facts.has_chat_template));
  line("memory", fmt::format("{} for the weights, {} for each 1000 tokens of context",
                             size_text(facts.file_bytes), size_text(facts.bytes_per_token * 1000)));
  // Told above, or the backend's own and not the file's.
  constexpr std::array<std::string_view, 7> left_out{
      "architecture", "quantization", "devices", "parts", "description", "library_build", "library_commit"};
  for (const auto& [key, value] : facts.words) {
    if (std::ranges::find(left_out, std::string_view(key)) != left_out.end()) continue;
    line("its " + key, value);
  }
  line("description", entry.description);
  line("license", entry.license);
  line("source", entry.source);
}

void print_json(const flow::CatalogueEntry& entry, const nn::ModelFacts& facts,
                const nn::HashedFile& hashed) {
  nlohmann::ordered_json out{{"version", 1},
                             {"name", entry.spec.name},
                             {"path", entry.spec.path.string()},
                             {"bytes", hashed.stamp.size},
                             {"sha256", hashed.sha256},
                             {"catalogue", entry.file.string()},
                             {"backend", entry.spec.backend},
                             {"kind", kind_of(facts)},
                             {"parameters", facts.parameters},
                             {"layers", facts.layers},
                             {"context-tokens", facts.context_trained},
                             {"vocabulary", facts.vocabulary},
                             {"embedding", facts.embedding},
                             {"chat-template", facts.has_chat_template},
                             {"bytes-per-token", facts.bytes_per_token},
                             {"words", facts.words},
                             {"description", entry.description},
                             {"license", entry.license},
                             {"source", entry.source}};
  std::cout << out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

int run(const Options& options) {
  const ModelTools tools;
  auto entry = tools.find_verified(options.model);
  if (!entry) return report(entry.error());
  const auto facts = nn::inspect_model(tools.settings(), entry->spec.backend, entry->spec.path);
  if (!facts) return report(facts.error());
  const auto hashed = tools.files().hash("look at the model " + options.model, entry->spec.path);
  if (!hashed) return report(hashed.error());
  if (options.json) {
    print_json(*entry, *facts, *hashed);
  } else {
    print_text(*entry, *facts, *hashed);
  }
  return exit_ok;
}

}  // namespace

void add_model_info(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = model.add_subcommand("info", "Print what a model is");
  command->add_option("MODEL", options->model, "A name of the catalogue, or a file")
      ->type_name("NAME|FILE")
      ->required();
  command->add_flag("--json", options->json, "Print JSON (docs/models.md)");
  command->footer(
      "Reads the file for its hash if it was not read yet; its weights are not loaded.\n\n"
      "Examples:\n"
      "  sluice model info smollm2\n"
      "  sluice model info ./downloaded.gguf --json\n\n"
      "Exit codes: 0 printed, 2 there is no such model or file, 3 it is no model, or has not the hash that "
      "it "
      "should have.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
