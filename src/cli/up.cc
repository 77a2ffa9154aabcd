// `sluice up`: serves apps.

#include <malloc.h>
#include <csignal>

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cores.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/machine.h"
#include "flow/scheduler.h"
#include "gate/trace.h"
#include "server/http_server.h"
#include "server/listen.h"
#include "server/metrics.h"
#include "server/site.h"

namespace sluice::cli {

namespace {

struct Options {
  std::vector<std::string> apps;
  std::string listen = "127.0.0.1:8080";
  std::size_t threads = 0;
  std::uint32_t instances = 0;
  unsigned grace_s = 30;
  std::string trace;
  std::string extra_ca_file;
};

// Blocks the signals that stop the program in all threads, so that one place can wait for them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

struct LoadedApps {
  std::vector<std::unique_ptr<flow::App>> apps;
  std::vector<std::filesystem::path> folders;
};

Result<LoadedApps> load_apps(const std::vector<std::filesystem::path>& folders, const Machine& machine) {
  LoadedApps loaded;
  for (const auto& folder : folders) {
    auto app = flow::App::load(folder, machine.services(), {});
    if (!app) return std::unexpected(app.error());
    for (const auto& other : loaded.apps) {
      if (other->name() == (*app)->name()) {
        return fail(ErrorCode::invalid_input, "load " + folder.string(),
                    "another app is called " + other->name() + " too", "give each app a name of its own");
      }
    }
    loaded.apps.push_back(std::move(*app));
    loaded.folders.push_back(folder);
  }
  return loaded;
}

Result<MachineOptions> machine_options(const Options& options,
                                       const std::vector<std::filesystem::path>& folders) {
  MachineOptions out;
  out.shards = options.threads != 0 ? options.threads : usable_cores();
  out.instances = options.instances;
  out.extra_ca_file = options.extra_ca_file;
  for (const auto& folder : folders) {
    auto manifest = flow::load_manifest(folder);
    if (!manifest) return std::unexpected(manifest.error().to_error());
    out.memory_mib_max = std::max(out.memory_mib_max, largest_memory_mib(*manifest));
  }
  return out;
}

// Bodies of tens of kilobytes come and go with each event: memory that was given back would be faulted in
// again.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

int serve(const Options& options, const asio::ip::tcp::endpoint& listen, Machine& machine,
          const LoadedApps& loaded, gate::RecordSink* sink, const sigset_t& stop_signals) {
  server::Metrics metrics(machine.store());
  flow::SchedulerParts parts;
  parts.shards = &machine.shards();
  parts.admissions = machine.services().admissions;
  parts.store = &machine.store();
  parts.clock = &machine.clock();
  parts.entropy = &machine.entropy();
  parts.sink = sink;
  parts.observer = &metrics;
  flow::Scheduler scheduler(parts);
  server::Webhooks webhooks(scheduler, machine.clock());
  for (std::size_t i = 0; i < loaded.apps.size(); ++i) {
    scheduler.add(*loaded.apps[i]);
    if (auto status = webhooks.add(*loaded.apps[i], loaded.folders[i]); !status)
      return report(status.error());
  }
  server::Site site(webhooks, metrics);
  server::HttpServerSettings settings;
  settings.listen = listen;
  settings.limits.body_bytes_max = webhooks.body_bytes_max();
  settings.on_error = [](std::string_view what) { log(LogLevel::error, what); };
  auto http = server::HttpServer::start(
      machine.shards(), settings, [&site](server::HttpCall call) { return site.handle(std::move(call)); });
  if (!http) return report(http.error());
  std::string address = (*http)->endpoint().address().to_string();
  if ((*http)->endpoint().address().is_v6()) address = "[" + address + "]";
  const std::string url = "http://" + address + ":" + std::to_string((*http)->endpoint().port());
  std::cout << "sluice: serving " << loaded.apps.size()
            << (loaded.apps.size() == 1 ? " app at " : " apps at ") << url << "\n";
  for (const std::string& path : webhooks.paths()) std::cout << "sluice: webhook " << url << path << "\n";
  std::cout << std::flush;

  int signal = 0;
  sigwait(&stop_signals, &signal);
  log(LogLevel::info, "stopping: finishing what runs",
      {{"running", scheduler.running()}, {"limit_s", options.grace_s}});
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(options.grace_s);
  (*http)->stop(std::chrono::seconds(options.grace_s));
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  const std::size_t ended = scheduler.stop(std::max(left, std::chrono::milliseconds(0)));
  const auto counts = machine.store().counts();
  if (ended > 0 || counts.ready + counts.delayed > 0) {
    log(LogLevel::warn, "stopped with work left, which is lost: the inbox is in memory",
        {{"ended", ended}, {"waiting", counts.ready + counts.delayed}});
  }
  return exit_ok;
}

int run(const Options& options) {
  auto listen = server::parse_listen(options.listen);
  if (!listen) return report(listen.error());
  std::vector<std::filesystem::path> folders;
  for (const std::string& named : options.apps) {
    auto folder = find_app(named);
    if (!folder) return report(folder.error());
    folders.push_back(*folder);
  }
  auto wanted = machine_options(options, folders);
  if (!wanted) return report(wanted.error());
  std::unique_ptr<gate::TraceFile> trace;
  if (!options.trace.empty()) {
    auto opened = gate::TraceFile::open(options.trace);
    if (!opened) return report(opened.error());
    trace = std::move(*opened);
  }
  keep_freed_memory();
  const sigset_t stop_signals = block_stop_signals();
  auto machine = Machine::start(*wanted);
  if (!machine) return report(machine.error());
  auto loaded = load_apps(folders, **machine);
  if (!loaded) return report(loaded.error());
  const int code = serve(options, *listen, **machine, *loaded, trace.get(), stop_signals);
  if (trace) {
    if (auto status = trace->status(); !status) report(status.error());
  }
  return code;
}

}  // namespace

void add_up(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<Options>();
  options->apps = {"."};
  CLI::App* command = program.add_subcommand("up", "Serve apps: take webhooks and run functions");
  command->add_option("APP", options->apps, "Folders of apps, or names of apps that came with sluice")
      ->capture_default_str();
  command->add_option("--listen", options->listen, "Address and port; port 0: any that is free")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Threads that run guests; 0: one for each core")
      ->capture_default_str();
  command
      ->add_option("--instances", options->instances, "Instances at once; 0: as many as this machine allows")
      ->capture_default_str();
  command->add_option("--grace", options->grace_s, "Seconds that running work has to end after SIGTERM")
      ->capture_default_str();
  command
      ->add_option("--trace", options->trace,
                   "Add a line of JSON for each call through the gate; - is stderr")
      ->type_name("FILE");
  command->add_option("--extra-ca", options->extra_ca_file, "Authorities to trust besides the system's (PEM)")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command->footer(
      "Examples:\n"
      "  sluice up code-review                 the code review bot on 127.0.0.1:8080\n"
      "  sluice up ./one ./two --listen 0.0.0.0:80\n\n"
      "Also serves /healthz and /metrics. SIGTERM and SIGINT end it: running work is finished first.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
