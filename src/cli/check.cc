// `sluice check`: validates an app, and prints who can reach what.

#include "cli/check.h"

#include <cstdlib>
#include <iostream>

#include "base/files.h"
#include "cli/command.h"
#include "cli/machine.h"

namespace sluice::cli {

namespace {

constexpr std::size_t manifest_bytes_max = 16U << 20;

struct Options {
  std::string app = ".";
  std::string format = "text";
  bool strict = false;
};

int report_problems(const flow::Problems& problems, const std::string& format) {
  if (format == "json") {
    std::cout << problems_as_json(problems);
  } else {
    const std::size_t count = problems.list().size();
    std::cerr << "sluice: the app cannot run; " << count << (count == 1 ? " problem:\n" : " problems:\n")
              << problems.to_string() << "\n";
  }
  return exit_usage;
}

std::string in_format(const flow::Reach& reach, const std::string& format) {
  if (format == "json") return reach_as_json(reach);
  if (format == "dot") return reach_as_dot(reach);
  return reach_as_text(reach);
}

int run(const Options& options) {
  auto folder = find_app(options.app);
  if (!folder) return report(folder.error());
  // What is in the manifest is the app's fault; that nobody can read it is not.
  const auto text = read_file(*folder / flow::manifest_file_name, manifest_bytes_max);
  if (!text && text.error().code == ErrorCode::unavailable) return report(text.error());
  MachineOptions machine_options;
  machine_options.instances = 1;  // components are compiled and read, none is run
  if (const auto manifest = flow::read_manifest(*folder)) {
    machine_options.memory_mib_max = largest_memory_mib(*manifest);
  }
  auto machine = Machine::start(machine_options);
  if (!machine) return report(machine.error()), exit_failed;
  flow::LoadOptions load;
  load.secrets = flow::SecretLoading::skipped;
  const auto app = flow::App::load_telling_all(*folder, (*machine)->services(), load);
  if (!app) return report_problems(app.error(), options.format);
  const auto variable = [](const std::string& name) { return std::getenv(name.c_str()); };
  const flow::Reach reach = flow::find_reach(**app, flow::probe_secrets(*folder, variable));
  std::cout << in_format(reach, options.format) << std::flush;
  if (!std::cout) {
    report({ErrorCode::unavailable, "print the result", "standard output cannot be written", {}});
    return exit_failed;
  }
  // A graph has no place for them.
  if (options.format == "dot") {
    for (const flow::Warning& warning : reach.warnings) {
      std::cerr << "sluice: warning: " << warning.problem.to_string(reach.manifest->file) << " ["
                << flow::name_of(warning.kind) << "]\n";
    }
  }
  return options.strict && !reach.warnings.empty() ? exit_found : exit_ok;
}

}  // namespace

void add_check(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("check", "Validate an app, and print who can reach what");
  command->add_option("APP", options->app, "The app's folder, or the name of one that came with sluice")
      ->capture_default_str();
  command->add_option("--format", options->format, "text, json or dot (Graphviz)")
      ->check(CLI::IsMember({"text", "json", "dot"}))
      ->capture_default_str();
  command->add_flag("--strict", options->strict, "Exit with 1 if there are warnings");
  command->footer(
      "Looks at the manifest, the components, their links and types. Nothing of the app is run, and secrets "
      "need not\n"
      "be set: which are needed and whether they are there is printed, never their text.\n\n"
      "Examples:\n"
      "  sluice check code-review\n"
      "  sluice check --strict --format json | jq .warnings\n"
      "  sluice check --format dot ./my-app | dot -Tsvg > reach.svg\n\n"
      "Exit codes: 0 the app can run, 1 it can and --strict found warnings, 2 something is wrong with it "
      "(what is wrong\n"
      "with the manifest is listed as a whole, then what is wrong with the components), 3 it could not be "
      "checked.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
