// `sluice model bench`: how many tokens a second a model computes here.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "cli/model.h"
#include "cli/model_measure.h"
#include "cli/model_places.h"
#include "cli/progress.h"

namespace sluice::cli {

namespace {

constexpr std::uint32_t parallel_max = 64;
// Words are counted before they are in their place, so that a prompt can be a little longer than planned.
constexpr std::uint32_t spare_tokens = 64;

struct Options {
  std::string model;
  MeasurePlan plan;
  std::string json;
  std::uint32_t threads = 0;
  std::int32_t gpu_layers = -1;
};

nn::ModelSpec spec_of(const flow::CatalogueEntry& entry, const Options& options) {
  nn::ModelSpec spec = entry.spec;
  if (spec.name.empty()) spec.name = "model";
  const MeasurePlan& plan = options.plan;
  spec.context_tokens = plan.prompt_tokens + plan.prompt_tokens / 4 + plan.answer_tokens + spare_tokens;
  spec.parallel = *std::ranges::max_element(plan.parallel);
  if (options.threads != 0) spec.threads = options.threads;
  if (options.gpu_layers >= 0) spec.gpu_layers = options.gpu_layers;
  spec.timeout = std::chrono::hours(24);
  return spec;
}

void print_table(const nn::ModelInfo& info, const std::vector<Measured>& all) {
  std::cout << fmt::format("{}: {}\n\n", info.name, plain_text(info.description));
  if (info.is_embedding) {
    std::cout << "at once  prompt tokens/s\n";
    for (const Measured& one : all) {
      std::cout << fmt::format("{:>7}  {:>15.1f}\n", one.parallel, one.prompt_tokens_per_s);
    }
    return;
  }
  std::cout << "at once  prompt tokens/s  answer tokens/s  of each  first token ms\n";
  for (const Measured& one : all) {
    std::cout << fmt::format("{:>7}  {:>15.1f}  {:>15.1f}  {:>7.1f}  {:>14.0f}\n", one.parallel,
                             one.prompt_tokens_per_s, one.answer_tokens_per_s,
                             one.answer_tokens_per_s / one.parallel, one.first_token_ms);
  }
}

std::string as_json(const nn::ModelInfo& info, const Options& options, const std::vector<Measured>& all) {
  nlohmann::ordered_json out{{"version", 1},
                             {"model", info.name},
                             {"description", info.description},
                             {"embedding", info.is_embedding},
                             {"prompt-tokens", options.plan.prompt_tokens},
                             {"answer-tokens", info.is_embedding ? 0 : options.plan.answer_tokens},
                             {"measured", nlohmann::ordered_json::array()}};
  for (const Measured& one : all) {
    out["measured"].push_back({{"parallel", one.parallel},
                               {"prompt-tokens", one.prompt_tokens},
                               {"prompt-tokens-per-s", one.prompt_tokens_per_s},
                               {"answer-tokens", one.answer_tokens},
                               {"answer-tokens-per-s", one.answer_tokens_per_s},
                               {"first-token-ms", one.first_token_ms}});
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// Before anything is measured: whether the figures can be written.
Status check_writable(const std::filesystem::path& file) {
  if (file.empty()) return {};
  const std::string what = "write " + file.string();
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    return fail(ErrorCode::invalid_input, what, "it is a folder");
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (!std::filesystem::is_directory(folder, error)) {
    return fail(ErrorCode::not_found, what, "there is no folder " + folder.string());
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return fail(ErrorCode::unavailable, what, "the folder " + folder.string() + " is not writable");
  }
  return {};
}

int run(const Options& options) {
  const ModelTools tools;
  if (auto writable = check_writable(options.json); !writable) return report(writable.error());
  const auto entry = tools.find_verified(options.model);
  if (!entry) return report(entry.error());
  nn::Models models(tools.settings());
  const auto model = models.open(spec_of(*entry, options));
  if (!model) return report(model.error());
  auto progress = std::make_unique<Progress>("measuring " + options.model, tools.clock());
  progress->text("loading");
  auto info = ask_info(**model);
  if (!info) {
    progress.reset();
    return report(info.error());
  }
  info->name = options.model;
  const auto measured = measure(**model, *info, options.plan, tools.clock(),
                                [&](const std::string& step) { progress->text(step); });
  progress.reset();
  if (!measured) return report(measured.error());
  print_table(*info, *measured);
  if (options.json.empty()) return exit_ok;
  const auto written = write_file_atomically(options.json, as_json(*info, options, *measured));
  return written ? exit_ok : report(written.error());
}

}  // namespace

void add_model_bench(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = model.add_subcommand("bench", "Measure how many tokens a second a model computes here");
  command->add_option("MODEL", options->model, "A name of the catalogue, or a file")
      ->type_name("NAME|FILE")
      ->required();
  command->add_option("--prompt-tokens", options->plan.prompt_tokens, "Tokens of each prompt, about")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--answer-tokens", options->plan.answer_tokens, "Tokens of each answer at most")
      ->check(CLI::Range(2, 1'000'000))
      ->capture_default_str();
  command->add_option("--parallel", options->plan.parallel, "Requests at once; one line for each number")
      ->delimiter(',')
      ->check(CLI::Range(1U, parallel_max))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "0: all cores, but one where they are more than two")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command->add_option("--gpu-layers", options->gpu_layers, "Layers on a GPU; -1: all where there is one")
      ->check(check_setting("gpu-layers", -1))
      ->capture_default_str();
  command->add_option("--json", options->json, "Write the figures into this file too")->type_name("FILE");
  command->footer(
      "Asks the engine as runs and clients do. Prompts have nothing in common; answers are measured from "
      "their first token\n"
      "on. Run it on a quiet machine.\n\n"
      "Examples:\n"
      "  sluice model bench smollm2\n"
      "  sluice model bench big.gguf --parallel 1,8 --prompt-tokens 2000 --json big.json\n\n"
      "Exit codes: 0 measured, 2 there is no such model or file, 3 it could not be measured.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
