// `sluice model quantize`: a smaller file of a model.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "cli/model.h"
#include "cli/progress.h"

namespace sluice::cli {

namespace {

struct Options {
  std::string model;
  std::string type;
  std::string out;
  std::uint32_t threads = 0;
};

int run(const Options& options) {
  const ModelTools tools;
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(options.out, error))) {
    return report({ErrorCode::invalid_input, "write " + options.out,
                   "there is something of this name already", "choose another name, or remove it"});
  }
  const auto entry = tools.find_verified(options.model);
  if (!entry) return report(entry.error());
  nn::Quantization job{entry->spec.path, options.out, options.type, options.threads};
  if (job.threads == 0) job.threads = std::max(1U, std::thread::hardware_concurrency());
  {
    Progress progress("quantizing " + entry->spec.path.filename().string(), tools.clock());
    const auto made = nn::quantize_model(tools.settings(), entry->spec.backend, job,
                                         [&](std::uint64_t bytes) { progress.bytes(bytes, 0); });
    if (!made) return report(made.error());
  }
  const auto before = std::filesystem::file_size(job.source, error);
  const auto after = std::filesystem::file_size(job.target, error);
  std::cout << fmt::format("Wrote {}: {} of {}.\nAdd it: `sluice model add {}`\n", plain_text(options.out),
                           size_text(after), size_text(before), plain_text(options.out));
  return exit_ok;
}

}  // namespace

void add_model_quantize(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = model.add_subcommand("quantize", "Write a model's file with smaller weights");
  command->add_option("MODEL", options->model, "A name of the catalogue, or a file")
      ->type_name("NAME|FILE")
      ->required();
  command->add_option("TYPE", options->type, "Of the weights: Q4_K_M, Q8_0 …; a wrong one lists all")
      ->required();
  command->add_option("OUT", options->out, "The new file")->type_name("FILE")->required();
  command->add_option("--threads", options->threads, "0: all cores")->capture_default_str();
  command->footer(
      "Of weights that are small already a little more is lost. The new file appears when it is whole; what "
      "is there is\n"
      "never overwritten.\n\n"
      "Examples:\n"
      "  sluice model quantize big-f16.gguf Q4_K_M big-q4_k_m.gguf\n\n"
      "Exit codes: 0 written, 2 wrong usage, no such model or type, 3 it could not be done.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
