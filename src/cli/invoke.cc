// `sluice invoke`: runs a function once, for those who write it.

#include <unistd.h>

#include <iostream>

#include "base/files.h"
#include "base/ids.h"
#include "cli/command.h"
#include "cli/machine.h"
#include "gate/trace.h"

namespace sluice::cli {

namespace {

constexpr std::size_t data_bytes_max = 64U << 20;

struct Options {
  std::string app = ".";
  std::string function;
  std::string data = "{}";
  std::string data_file;
  std::string type = "sluice.invoked";
  std::string trace;
};

Result<std::string> pick_function(const flow::Manifest& manifest, const std::string& named) {
  if (!named.empty()) return named;
  if (manifest.functions.size() == 1) return manifest.functions.front().name.value;
  std::string names;
  for (const auto& function : manifest.functions) names += (names.empty() ? "" : ", ") + function.name.value;
  return fail(ErrorCode::invalid_input, "invoke a function of " + manifest.name.value,
              "the app has several: " + names, "name one with --function");
}

int print(const flow::RunOutcome& outcome) {
  switch (outcome.kind) {
    case flow::RunOutcome::Kind::done:
      std::cout << outcome.text << (outcome.text.ends_with('\n') ? "" : "\n");
      return exit_ok;
    case flow::RunOutcome::Kind::retry:
    case flow::RunOutcome::Kind::rejected:
      std::cerr << "sluice: the function answered " << flow::name_of(outcome.kind) << ": " << outcome.text
                << "\n";
      return exit_found;
    case flow::RunOutcome::Kind::failed:
      break;
  }
  report(outcome.error);
  return exit_failed;
}

int run(Options options) {
  if (!options.data_file.empty()) {
    auto read = read_file(options.data_file == "-" ? "/dev/stdin" : options.data_file, data_bytes_max);
    if (!read) return report(read.error());
    options.data = std::move(*read);
  }
  if (!is_utf8(options.data)) {
    return report({ErrorCode::invalid_input, "read the event's data", "it is not UTF-8", {}});
  }
  auto folder = find_app(options.app);
  if (!folder) return report(folder.error());
  auto manifest = flow::load_manifest(*folder);
  if (!manifest) return report(manifest.error().to_error());
  auto name = pick_function(*manifest, options.function);
  if (!name) return report(name.error());
  std::unique_ptr<gate::TraceFile> trace;
  if (!options.trace.empty()) {
    auto opened = gate::TraceFile::open(options.trace);
    if (!opened) return report(opened.error());
    trace = std::move(*opened);
  }
  MachineOptions machine_options;
  machine_options.instances = 256;
  machine_options.memory_mib_max = largest_memory_mib(*manifest);
  auto machine = Machine::start(machine_options);
  if (!machine) return report(machine.error());
  flow::LoadOptions load;
  load.only_function = *name;
  auto app = flow::App::load(*folder, (*machine)->services(), load);
  if (!app) return report(app.error());

  Event event;
  event.id = new_id((*machine)->clock(), (*machine)->entropy());
  event.source = "/sluice/invoke";
  event.type = options.type;
  event.time = to_rfc3339((*machine)->clock().now());
  event.data = std::move(options.data);
  const auto ended = run_once(**machine, **app, *(*app)->find_function(*name), std::move(event), trace.get());
  return print(ended.outcome);
}

}  // namespace

void add_invoke(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("invoke", "Run a function of an app once, with an event of your own");
  command->add_option("APP", options->app, "The app's folder")->capture_default_str();
  command->add_option("--function", options->function, "Which function, if the app has several")
      ->type_name("NAME");
  auto* data = command->add_option("--data", options->data, "The event's data")->type_name("TEXT");
  command->add_option("--data-file", options->data_file, "The same from a file; - is standard input")
      ->type_name("FILE")
      ->excludes(data);
  command->add_option("--type", options->type, "The event's type")->type_name("TYPE")->capture_default_str();
  command->add_option("--trace", options->trace, "Add a line of JSON for each call through the gate")
      ->type_name("FILE");
  command->footer(
      "Example:\n  sluice invoke hello --data '{\"name\": \"Ada\"}'\n\n"
      "Exit codes: 0 done, 1 the function asked for a retry or rejected the event, 2 wrong usage or app, 3 "
      "it failed.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
