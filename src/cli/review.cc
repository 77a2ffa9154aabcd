// `sluice review`: reviews a change of this machine with a review app.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/ids.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/machine.h"
#include "cli/model_places.h"
#include "cli/review_model.h"
#include "cli/review_progress.h"
#include "gate/trace.h"
#include "host/git.h"
#include "host/local_pulls.h"

namespace sluice::cli {

namespace {

constexpr std::string_view pulls_interface = "sluice:github/pulls";
constexpr std::size_t diff_bytes_max = 256U << 20;
constexpr std::array<std::string_view, 5> severities{"info", "low", "medium", "high", "critical"};

struct Options {
  std::string range;
  std::string repository = ".";
  std::string diff;
  std::string app = "code-review";
  std::string format = "markdown";
  std::string fail_on;
  std::string trace;
  ReviewModel model;
};

Result<std::string> read_standard_input() {
  if (isatty(STDIN_FILENO) == 1)
    std::cerr << "sluice: reading a diff from the terminal; end it with Ctrl-D\n";
  std::string text;
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, block.data(), block.size());
    if (count < 0)
      return fail(ErrorCode::invalid_input, "read the diff from standard input", "it cannot be read");
    if (count == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(count));
    if (text.size() > diff_bytes_max) {
      return fail(ErrorCode::limit, "read the diff from standard input", "it is larger than 256 MiB");
    }
  }
}

Result<host::LocalChange> read_change(const Options& options) {
  if (options.diff.empty()) return host::read_git_change(options.repository, options.range);
  auto text = options.diff == "-" ? read_standard_input() : read_file(options.diff, diff_bytes_max);
  if (!text) return std::unexpected(text.error());
  const std::string name =
      options.diff == "-" ? "standard input" : std::filesystem::path(options.diff).filename().string();
  return host::read_diff(std::move(*text), name);
}

// The function that reviews: the one that takes changes.
Result<std::string> find_reviewer(const flow::Manifest& manifest) {
  for (const auto& function : manifest.functions) {
    for (const auto& link : function.links) {
      if (link.interface->substr(0, link.interface->find('@')) == pulls_interface) return function.name.value;
    }
  }
  return fail(ErrorCode::invalid_input, "review with the app " + manifest.name.value,
              "none of its functions is linked to sluice:github/pulls");
}

Event make_event(const Options& options, const std::string& repository, Machine& machine) {
  const nlohmann::json data{
      {"owner", "local"}, {"repo", repository}, {"number", 1}, {"format", options.format}};
  Event event;
  event.id = new_id(machine.clock(), machine.entropy());
  event.source = "/sluice/review";
  event.type = "sluice.review.requested";
  event.time = to_rfc3339(machine.clock().now());
  event.data = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return event;
}

std::size_t rank(std::string_view severity) {
  return static_cast<std::size_t>(std::ranges::find(severities, severity) - severities.begin());
}

int print_review(const Options& options, const std::string& result) {
  const auto answer = nlohmann::json::parse(result, nullptr, false);
  if (!answer.is_object() || !answer.contains("review") || !answer.contains("text") ||
      !answer["text"].is_string()) {
    return report({ErrorCode::unavailable, "review with the app " + options.app,
                   "its answer is not a review: it lacks `review` or `text`", "see docs/review-format.md"});
  }
  const auto& text = answer["text"].get_ref<const std::string&>();
  std::cout << text << (text.ends_with('\n') ? "" : "\n") << std::flush;
  if (!std::cout)
    return report({ErrorCode::unavailable, "print the review", "standard output cannot be written", {}});

  bool reviewed = false;
  for (const auto& hunk : answer["review"].value("coverage", nlohmann::json::array())) {
    reviewed = reviewed || hunk.value("status", "") == "reviewed";
  }
  if (!reviewed) {
    return report({ErrorCode::unavailable, "review the change", "nothing in it could be reviewed",
                   "the coverage in the review says why, file by file"});
  }
  if (options.fail_on.empty()) return exit_ok;
  for (const auto& risk : answer["review"].value("risks", nlohmann::json::array())) {
    if (rank(risk.value("severity", "info")) >= rank(options.fail_on)) return exit_found;
  }
  return exit_ok;
}

void say_unfit(const std::string& model) {
  std::cerr << "sluice: the model " << model
            << " is too small to review code: what it says is checked and counted, and not shown. With one "
               "that can:\n"
               "  sluice review --llm http://127.0.0.1:8080/v1 --llm-model NAME\n"
               "or --model NAME, of one that you add with `sluice model add FILE`. To see what this one says "
               "all the same:\n"
               "--set model-trust=full\n";
}

int run(const Options& options) {
  auto change = read_change(options);
  if (!change) return report(change.error());
  if (change->not_utf8 > 0) {
    std::cerr << "sluice: " << change->not_utf8
              << " places of the diff are not UTF-8; they are shown as U+FFFD\n";
  }
  std::unique_ptr<gate::TraceFile> trace;
  if (!options.trace.empty()) {
    auto opened = gate::TraceFile::open(options.trace);
    if (!opened) return report(opened.error());
    trace = std::move(*opened);
  }
  auto folder = find_app(options.app);
  if (!folder) return report(folder.error());
  auto manifest = flow::load_manifest(*folder);
  if (!manifest) return report(manifest.error().to_error());
  auto reviewer = find_reviewer(*manifest);
  if (!reviewer) return report(reviewer.error());

  auto choice = model_choice(options.model, *reviewer);
  if (!choice) return report(choice.error());
  const flow::Catalogue catalogue(catalogue_places());
  if (auto known = check_model(options.model, *manifest, catalogue); !known) return report(known.error());

  MachineOptions machine_options;
  machine_options.instances = 64;
  machine_options.memory_mib_max = largest_memory_mib(*manifest);
  auto machine = Machine::start(machine_options);
  if (!machine) return report(machine.error());
  const std::string repository = change->repository;
  host::LocalPulls local(std::move(*change));
  flow::LoadOptions load;
  load.overrides.emplace(pulls_interface, &local);
  load.only_function = *reviewer;
  std::optional<std::string> unfit;
  load.adjust = [&](flow::Manifest& loaded) {
    if (*choice) (*choice)(loaded);
    unfit = mute_unfit_model(loaded, *reviewer, options.model, catalogue);
  };
  auto app = flow::App::load(*folder, (*machine)->services(), load);
  if (!app) return report(app.error());
  if (unfit) say_unfit(*unfit);

  const auto ended = [&] {
    ReviewProgress progress(trace.get(), isatty(STDERR_FILENO) == 1);
    return run_once(**machine, **app, *(*app)->find_function(*reviewer),
                    make_event(options, repository, **machine), &progress);
  }();
  if (trace) {
    if (auto status = trace->status(); !status) report(status.error());
  }
  switch (ended.outcome.kind) {
    case flow::RunOutcome::Kind::done:
      return print_review(options, ended.outcome.text);
    case flow::RunOutcome::Kind::failed:
      return report(ended.outcome.error), exit_failed;
    case flow::RunOutcome::Kind::rejected:
      return report({ErrorCode::invalid_input, "review the change", ended.outcome.text,
                     options.model.settings.empty() ? std::string() : "or correct what --set says"});
    default:
      return report({ErrorCode::unavailable, "review the change", ended.outcome.text, {}});
  }
}

}  // namespace

namespace {

void add_model_options(CLI::App& command, ReviewModel& model) {
  auto* name = command.add_option("--model", model.model, "Let this model of this machine review too")
                   ->type_name("NAME");
  auto* url =
      command
          .add_option("--llm", model.url,
                      "Let a model behind this URL review too: an endpoint of OpenAI's kind, e.g. "
                      "http://127.0.0.1:8080/v1. Its key is taken from SLUICE_LLM_KEY; with https else from "
                      "OPENAI_API_KEY")
          ->type_name("URL")
          ->excludes(name);
  command.add_option("--llm-model", model.url_model, "The model's name there")->type_name("NAME")->needs(url);
  url->needs("--llm-model");
  command.add_option("--llm-key-env", model.key_env, "The variable with the key")
      ->type_name("VARIABLE")
      ->needs(url);
  command.add_option("--set", model.settings, "Another setting of the app for this review")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

}  // namespace

void add_review(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("review", "Review a change of this machine");
  command->add_option(
      "RANGE", options->range,
      "Commits: A..B, A...B, or one commit. Default: what is not committed yet, or the last commit");
  auto* repository =
      command->add_option("--repo", options->repository, "The git repository")->type_name("DIR");
  command->add_option("--diff", options->diff, "Review a diff instead; - is standard input")
      ->type_name("FILE")
      ->excludes(repository);
  command
      ->add_option("--app", options->app,
                   "The review app: a folder, or the name of one that came with sluice")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--format", options->format, "markdown, json, sarif or html")
      ->check(CLI::IsMember({"markdown", "json", "sarif", "html"}))
      ->capture_default_str();
  command
      ->add_option("--fail-on", options->fail_on, "Exit with 1 if a risk is at least this: info … critical")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}))
      ->type_name("SEVERITY");
  add_model_options(*command, options->model);
  command->add_option("--trace", options->trace, "Add a line of JSON for each call through the gate")
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  sluice review                         what is not committed yet, or the last commit\n"
      "  sluice review main...HEAD --fail-on high\n"
      "  sluice review --llm http://127.0.0.1:8080/v1 --llm-model qwen3-coder\n"
      "  git diff | sluice review --diff - --format sarif > review.sarif\n\n"
      "Exit codes: 0 reviewed, 1 something at or above --fail-on found, 2 wrong usage or input, 3 could not "
      "review.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
