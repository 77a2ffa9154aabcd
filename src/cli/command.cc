#include "cli/command.h"

#include <future>
#include <iostream>

#include "base/ids.h"
#include "cli/machine.h"
#include "flow/launch.h"

namespace sluice::cli {

int report(const Error& error) {
  std::cerr << "sluice: " << error.to_string() << "\n";
  switch (error.code) {
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
      return exit_usage;
    default:
      return exit_failed;
  }
}

std::filesystem::path program_folder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

Result<std::filesystem::path> find_app(const std::string& named) {
  const std::filesystem::path given(named);
  const std::filesystem::path manifest = given / flow::manifest_file_name;
  std::error_code error;
  if (std::filesystem::is_regular_file(manifest, error)) return given;
  // A pipe would be waited for, a device read without end.
  if (std::filesystem::exists(manifest, error)) {
    return fail(ErrorCode::invalid_input, "find the app " + named, manifest.string() + " is not a plain file",
                "name a folder with a sluice.toml that is a file");
  }
  const std::filesystem::path own = program_folder() / "apps" / named;
  if (named.find('/') == std::string::npos &&
      std::filesystem::is_regular_file(own / flow::manifest_file_name, error)) {
    return own;
  }
  return fail(ErrorCode::not_found, "find the app " + named, "there is no " + manifest.string(),
              "name a folder with a sluice.toml (`sluice new NAME` makes one)");
}

flow::RunReport run_once(Machine& machine, const flow::App& app, const flow::LoadedFunction& function,
                         Event event, gate::RecordSink* sink) {
  std::promise<flow::RunReport> ended;
  asio::io_context& context = machine.shards().context(0);
  auto deadlines = std::make_unique<flow::Deadlines>(context);
  std::shared_ptr<flow::LaunchedRun> launched;
  flow::RunSetup setup{new_id(machine.clock(), machine.entropy()), 0, sink, &machine.clock(),
                       &machine.entropy()};
  machine.shards().post(0, [&] {
    auto data = flow::EventData::parse(event.data);
    std::optional<flow::EventData> parsed;
    if (data) parsed = std::move(*data);
    launched =
        flow::launch(context, *deadlines, app, function, std::move(event), std::move(parsed),
                     std::move(setup), [&](flow::RunReport report) { ended.set_value(std::move(report)); });
  });
  flow::RunReport report = ended.get_future().get();
  machine.shards().run(0, [&] {
    launched.reset();
    deadlines.reset();
  });
  return report;
}

}  // namespace sluice::cli
