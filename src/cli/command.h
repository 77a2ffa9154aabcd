// What all commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "cli/exit_codes.h"
#include "flow/app.h"
#include "flow/event.h"
#include "flow/run.h"

namespace sluice::cli {

class Machine;

// Each adds its subcommand; when that is chosen, it runs and sets `exit_code`.
void add_review(CLI::App& program, int& exit_code);
void add_invoke(CLI::App& program, int& exit_code);
void add_up(CLI::App& program, int& exit_code);
void add_check(CLI::App& program, int& exit_code);
void add_new(CLI::App& program, int& exit_code);
void add_serve(CLI::App& program, int& exit_code);
void add_model(CLI::App& program, int& exit_code);

// Prints `sluice: …` on standard error, and gives the exit code for it.
int report(const Error& error);

// Where this program lies.
[[nodiscard]] std::filesystem::path program_folder();

// An app's folder as a person names it: a path, or the name of an app that came with this program.
[[nodiscard]] Result<std::filesystem::path> find_app(const std::string& named);

// Runs one event to its end on the machine's first shard, and waits for it.
[[nodiscard]] flow::RunReport run_once(Machine& machine, const flow::App& app,
                                       const flow::LoadedFunction& function, Event event,
                                       gate::RecordSink* sink);

}  // namespace sluice::cli
