// `sluice serve`: an endpoint of OpenAI's kind, on models of this machine.

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <iostream>
#include <optional>

#include "base/files.h"
#include "base/log.h"
#include "base/shards.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/model_places.h"
#include "cli/progress.h"
#include "flow/manifest_syntax.h"
#include "nn/hashed_files.h"
#include "server/http_server.h"
#include "server/listen.h"
#include "server/openai_site.h"

namespace sluice::cli {

namespace {

// For a whole reply, such as thousands of vectors, or a piece of a stream.
constexpr std::chrono::minutes write_timeout{2};
constexpr std::size_t key_file_bytes_max = 64U << 10U;
// Fewer can be found by trying.
constexpr std::size_t key_characters_min = 16;

struct Options {
  std::vector<std::string> models;
  std::string listen = "127.0.0.1:8081";
  std::string key_env;
  std::string key_file;
  std::size_t threads = 1;
  std::size_t connections = 1024;
  std::size_t body_mib = 16;
  unsigned grace_s = 30;
  nn::ModelSpec settings;
};

Result<std::string> read_key(const Options& options) {
  std::string key;
  if (!options.key_env.empty()) {
    const char* text = std::getenv(options.key_env.c_str());
    if (text == nullptr) {
      return fail(ErrorCode::invalid_input, "read the API key",
                  "the environment variable " + options.key_env + " is not set");
    }
    key = text;
  } else if (!options.key_file.empty()) {
    auto text = read_file(options.key_file, key_file_bytes_max);
    if (!text) {
      return fail(ErrorCode::invalid_input, "read the API key from " + options.key_file, text.error().why);
    }
    key = std::string(trim(*text));
  } else {
    return key;
  }
  const bool plain = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
  if (key.empty() || !plain) {
    return fail(ErrorCode::invalid_input, "read the API key",
                "it is empty, or has characters that a header can't hold");
  }
  if (key.size() < key_characters_min) {
    return fail(ErrorCode::invalid_input, "read the API key",
                fmt::format("it has less than {} characters, so that it can be guessed", key_characters_min),
                "make one: `openssl rand -hex 24`");
  }
  return key;
}

// `NAME` of the catalogue, or `NAME=FILE`.
Result<nn::ModelSpec> find_model(const std::string& named, const flow::Catalogue& catalogue) {
  const std::size_t equals = named.find('=');
  if (equals == std::string::npos) {
    auto entry = catalogue.find(named);
    if (!entry) return std::unexpected(std::move(entry.error()));
    return std::move(entry->spec);
  }
  nn::ModelSpec spec;
  spec.name = named.substr(0, equals);
  spec.path = named.substr(equals + 1);
  if (!flow::is_kebab(spec.name)) {
    return fail(ErrorCode::invalid_input, "serve " + named, "`" + spec.name + "` is not a name",
                "use lower-case words with hyphens between");
  }
  return spec;
}

Result<std::vector<nn::ModelSpec>> find_models(const Options& options) {
  const flow::Catalogue catalogue(catalogue_places());
  std::vector<std::string> names = options.models;
  if (names.empty()) {
    auto all = catalogue.entries();
    if (!all) return std::unexpected(std::move(all.error()));
    for (const auto& entry : *all) names.push_back(entry.spec.name);
    if (names.empty()) {
      return fail(ErrorCode::not_found, "serve models", "the catalogue is empty",
                  "`sluice model add FILE` adds one, `--model NAME=FILE` serves a file as it is");
    }
  }
  std::vector<nn::ModelSpec> specs;
  for (const std::string& name : names) {
    auto spec = find_model(name, catalogue);
    if (!spec) return std::unexpected(std::move(spec.error()));
    std::error_code error;
    if (!std::filesystem::is_regular_file(spec->path, error)) {
      const char* why = std::filesystem::is_directory(spec->path, error) ? "it is a folder, not a file: "
                        : std::filesystem::exists(spec->path, error)     ? "it is not a plain file: "
                                                                         : "there is no file ";
      return fail(ErrorCode::not_found, "serve the model " + spec->name, why + spec->path.string());
    }
    for (const nn::ModelSpec& other : specs) {
      if (other.name == spec->name)
        return fail(ErrorCode::invalid_input, "serve " + name, "it is named twice");
    }
    const nn::ModelSpec& set = options.settings;
    if (set.context_tokens != 0) spec->context_tokens = set.context_tokens;
    if (set.parallel != 0) spec->parallel = set.parallel;
    if (set.threads != 0) spec->threads = set.threads;
    if (set.gpu_layers >= 0) spec->gpu_layers = set.gpu_layers;
    if (set.memory_mib != 0) spec->memory_mib = set.memory_mib;
    spec->queue_max = set.queue_max;
    spec->timeout = set.timeout;
    specs.push_back(std::move(*spec));
  }
  return specs;
}

// Compares the files of those that have a hash with it.
Status verify(std::vector<nn::ModelSpec>& specs) {
  const SystemClock clock;
  const nn::HashedFiles files(model_hashes_folder(), clock, show_hashing(clock));
  for (nn::ModelSpec& spec : specs) {
    if (spec.sha256.empty()) continue;
    auto stamp =
        files.verify("serve the model " + spec.name + " from " + spec.path.string(), spec.path, spec.sha256);
    if (!stamp) return std::unexpected(std::move(stamp.error()));
    spec.verified = *stamp;
  }
  return {};
}

std::int64_t changed(const std::filesystem::path& path) {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path, error);
  if (error) return 0;
  const auto since = std::chrono::file_clock::to_sys(time).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

// Signals that end the program; blocked before there are threads, so that none of them is ended by one.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  // Whether one came within this time.
  [[nodiscard]] bool come_within(std::chrono::milliseconds time) const {
    const timespec limit{time.count() / 1000, time.count() % 1000 * 1'000'000};
    return sigtimedwait(&set_, nullptr, &limit) > 0;
  }
  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_{};
};

Task<void> ask_what(std::shared_ptr<nn::LanguageModel> model, std::promise<Result<nn::ModelInfo>>& told) {
  told.set_value(co_await model->info());
}

// Has a model loaded, so that what is wrong with it shows before anybody asks it. Nothing: a signal came.
std::optional<Result<nn::ModelInfo>> load(Shards& shards, const server::ServedModel& served,
                                          std::promise<Result<nn::ModelInfo>>& told,
                                          const StopSignals& signals) {
  constexpr std::chrono::milliseconds patience{20};
  auto answer = told.get_future();
  shards.spawn(0, ask_what(served.model, told));
  while (answer.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready) {
    if (signals.come_within(patience)) return std::nullopt;
  }
  return answer.get();
}

Result<server::OpenAiSettings> open_models(nn::Models& models, const std::vector<nn::ModelSpec>& specs) {
  server::OpenAiSettings settings;
  for (const nn::ModelSpec& spec : specs) {
    auto model = models.open(spec);
    if (!model) return std::unexpected(std::move(model.error()));
    settings.models.push_back({spec.name, std::move(*model), changed(spec.path)});
  }
  return settings;
}

server::HttpServerSettings http_settings(const Options& options, asio::ip::tcp::endpoint listen) {
  server::HttpServerSettings settings;
  settings.listen = std::move(listen);
  settings.limits.body_bytes_max = options.body_mib << 20U;
  settings.connections_max = options.connections;
  settings.client_gone = server::HttpServerSettings::ClientGone::cancels;
  settings.write_timeout = write_timeout;
  settings.error_form = server::api_http_error;
  settings.on_error = [](std::string_view what) { log(LogLevel::error, what); };
  return settings;
}

std::string url_of(const asio::ip::tcp::endpoint& endpoint) {
  std::string address = endpoint.address().to_string();
  if (endpoint.address().is_v6()) address = "[" + address + "]";
  return fmt::format("http://{}:{}/v1", address, endpoint.port());
}

std::string describe(const nn::ModelInfo& info) {
  if (info.is_embedding) return fmt::format("{}, embeddings of {} numbers", info.description, info.embedding);
  return fmt::format("{}, {} tokens a request{}", info.description, info.context_tokens,
                     info.has_chat_template ? "" : ", no chat template: completions alone");
}

int run(const Options& options) {
  auto listen = server::parse_listen(options.listen);
  if (!listen) return report(listen.error());
  auto key = read_key(options);
  if (!key) return report(key.error());
  if (key->empty() && !listen->address().is_loopback()) {
    return report({ErrorCode::invalid_input, "serve at " + options.listen,
                   "without an API key anybody who reaches this machine could use its models",
                   "give one with --api-key-env or --api-key-file, or listen on 127.0.0.1"});
  }
  auto specs = find_models(options);
  if (!specs) return report(specs.error());
  if (auto good = verify(*specs); !good) return report(good.error());

  const StopSignals signals;
  std::vector<std::promise<Result<nn::ModelInfo>>> told(specs->size());
  Shards shards(std::max<std::size_t>(1, options.threads), "sluice");
  nn::Models models(models_settings());
  auto site_settings = open_models(models, *specs);
  if (!site_settings) return report(site_settings.error());
  const std::vector<server::ServedModel> served = site_settings->models;
  site_settings->api_key = std::move(*key);
  site_settings->loopback_only = listen->address().is_loopback();
  SystemClock clock;
  SystemEntropy entropy;
  server::OpenAiSite site(std::move(*site_settings), clock, entropy);
  // It listens before the models are there, for a port that is taken should show at once.
  auto http =
      server::HttpServer::start(shards, http_settings(options, *listen),
                                [&site](server::HttpCall call) { return site.handle(std::move(call)); });
  if (!http) return report(http.error());
  bool is_stopped = false;
  for (std::size_t i = 0; i < served.size() && !is_stopped; ++i) {
    const auto info = load(shards, served[i], told[i], signals);
    is_stopped = !info;
    if (is_stopped) break;
    if (!*info) {
      http->reset();
      shards.stop();
      Error error = info->error();
      if (options.models.empty() && error.todo.empty()) error.todo = "name those to serve with --model";
      return report(error);
    }
    std::cout << "sluice: model " << served[i].name << ": " << describe(**info) << "\n";
  }
  if (!is_stopped) {
    site.ready();
    std::cout << "sluice: serving " << served.size() << (served.size() == 1 ? " model at " : " models at ")
              << url_of((*http)->endpoint()) << "\n"
              << std::flush;
    signals.wait();
  }
  log(LogLevel::info, "stopping: finishing what runs", {{"limit_s", options.grace_s}});
  site.stop();
  const std::size_t cut =
      (*http)->stop(std::chrono::seconds(options.grace_s), server::HttpServer::NewRequests::handled);
  if (cut > 0) log(LogLevel::warn, "requests were cut off", {{"count", cut}});
  http->reset();
  shards.stop();
  return exit_ok;
}

}  // namespace

void add_serve(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("serve", "Serve models of this machine by OpenAI's HTTP API");
  command
      ->add_option(
          "--model", options->models,
          "A model of the catalogue, or NAME=FILE for a file as it is. Default: all of the catalogue")
      ->type_name("NAME[=FILE]");
  command->add_option("--listen", options->listen, "Address and port; port 0: any that is free")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  auto* env =
      command
          ->add_option("--api-key-env", options->key_env, "The environment variable that holds the API key")
          ->type_name("VAR");
  command->add_option("--api-key-file", options->key_file, "The file that holds the API key")
      ->type_name("FILE")
      ->excludes(env);
  command
      ->add_option("--context-tokens", options->settings.context_tokens,
                   "Prompt and answer of one request; 0: as trained, 8192 at most")
      ->check(check_setting("context-tokens", 0));
  command->add_option("--parallel", options->settings.parallel, "Requests computed together; 0: 16")
      ->check(CLI::Range(0, 64));
  command
      ->add_option("--threads", options->settings.threads,
                   "Threads of each model; 0: all cores, but one where they are more than two")
      ->check(CLI::Range(0, 1024));
  command
      ->add_option("--gpu-layers", options->settings.gpu_layers,
                   "Layers on a GPU; -1: all where there is one")
      ->check(check_setting("gpu-layers", -1))
      ->capture_default_str();
  command->add_option("--memory-mib", options->settings.memory_mib, "Memory of each model; 0: what is free")
      ->check(check_setting("memory-mib", 0));
  command
      ->add_option("--queue", options->settings.queue_max, "Requests that may wait for a model; more get 429")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command
      ->add_option_function<std::int64_t>(
          "--timeout",
          [options](const std::int64_t& s) { options->settings.timeout = std::chrono::seconds(s); },
          "Seconds that a request may take, waiting included (600)")
      ->check(CLI::Range(1, 604'800));
  command->add_option("--connections", options->connections, "Connections at once; more get 503")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--body-mib", options->body_mib, "The largest request")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--grace", options->grace_s, "Seconds that running requests have to end after SIGTERM")
      ->capture_default_str();
  command->footer(
      "Serves /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models, /health and /metrics. Every "
      "field of a\n"
      "request is honoured or refused by its name (docs/serve.md). An API key is needed unless it listens "
      "on a loopback\n"
      "address.\n\n"
      "Examples:\n"
      "  sluice serve --model smollm2\n"
      "  sluice serve --model big=/models/big.gguf --context-tokens 16384\n"
      "  SLUICE_KEY=… sluice serve --listen 0.0.0.0:8081 --api-key-env SLUICE_KEY\n"
      "  curl http://127.0.0.1:8081/v1/chat/completions -d '{\"model\": \"smollm2\", \"max_tokens\": 50,\n"
      "    \"messages\": [{\"role\": \"user\", \"content\": \"Count to three.\"}]}'\n\n"
      "SIGTERM and SIGINT end it: running requests are finished first. Exit codes: 0 it was stopped, 2 wrong "
      "arguments or\n"
      "input, 3 a model or the port can't be had.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
