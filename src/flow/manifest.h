// The manifest of an app, `sluice.toml`, as plain structs. docs/manifest.md is its reference.
//
// Only the text is looked at here: no component is opened, no secret read. `check_files` looks at the files
// named.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "flow/model_settings.h"
#include "flow/problem.h"
#include "net/egress.h"

namespace sluice::flow {

inline constexpr std::string_view manifest_file_name = "sluice.toml";

// A capability of the host that can answer a link.
enum class HostProvider : std::uint8_t { log, clock, random, config, kv, timer, none };
[[nodiscard]] std::string_view name_of(HostProvider provider);

// Where a link leads: `github` (an integration), `log` (the host), `model:local` (a model).
struct Target {
  enum class Kind : std::uint8_t { host, integration, model };
  Kind kind = Kind::host;
  HostProvider host = HostProvider::log;  // only where kind is host
  std::string name;                       // as written, without `model:`
};

// Fixes a parameter of the provider's functions to a value of the event.
struct Binding {
  Located<std::string> parameter;
  // JSON pointers (RFC 6901) into the event's data: the first that leads to a value counts.
  std::vector<Located<std::string>> pointers;
};

// What one run may spend on one link. Absent: only the limits of the function hold.
struct Budget {
  std::optional<std::uint64_t> calls;
  std::optional<std::uint64_t> bytes;  // arguments and results together
  std::optional<std::uint64_t> seconds;
  std::optional<std::uint64_t> tokens;  // of a language model: prompts and answers together
};

struct Link {
  // The import as written: with its version, or without for any version.
  Located<std::string> interface;
  Located<Target> to;
  std::vector<Binding> bind;  // by parameter name
  Budget budget;
  // The functions that may be called; absent: all.
  std::optional<std::vector<Located<std::string>>> functions;
};

// Where the text of a secret comes from: exactly one of both is set.
struct SecretSource {
  std::optional<Located<std::string>> env;   // an environment variable
  std::optional<Located<std::string>> file;  // a path; relative: to the app's folder
};

// A host that a secret may be sent to.
struct SecretHost {
  std::string host;                   // in the canonical form of net::Host
  std::optional<std::uint16_t> port;  // absent: any port that egress grants
};

struct Secret {
  Located<std::string> name;
  SecretSource source;
  std::vector<Located<SecretHost>> hosts;
};

// Settings that a guest reads through `wasi:config/store`, as text.
using Config = std::map<std::string, Located<std::string>, std::less<>>;

// Which events of a function never run at the same time.
enum class OneAtATime : std::uint8_t {
  none,
  subject,  // those with the same source and subject: of one pull request of a repository, for instance
};

struct Function {
  Located<std::string> name;
  Located<std::string> component;  // path within the app's folder
  std::vector<Link> links;
  Config config;
  Limits limits;
  // Runs at the same time; absent: as many as the host admits.
  std::optional<std::uint32_t> concurrency;
  OneAtATime one_at_a_time = OneAtATime::none;
  // How often an event is delivered before it is put aside, the first time included.
  std::uint32_t attempts = 5;

  [[nodiscard]] const Link* find_link(std::string_view interface) const;
};

struct Integration {
  Located<std::string> name;
  Located<std::string> component;
  // What it may request; none: the integration may not use the network.
  std::vector<Located<net::EgressRule>> egress;
  std::vector<Secret> secrets;
  std::vector<Link> links;
  Config config;
  Limits limits;
  // For one HTTP request and its answer.
  std::uint32_t timeout_s = 30;
  std::uint64_t request_bytes = 16ULL << 20;
  std::uint64_t response_bytes = 16ULL << 20;
};

enum class TriggerKind : std::uint8_t { github };

struct Trigger {
  Located<std::string> name;
  TriggerKind kind = TriggerKind::github;
  // Signs deliveries. Absent only where the manifest says `allow-unsigned = true`.
  std::optional<SecretSource> secret;
  std::vector<Located<std::string>> events;
  Located<std::string> function;
  // The largest body that is taken. GitHub sends 25 MiB at most.
  std::uint64_t body_bytes = 25ULL << 20;
};

// A model of the app. Links may lead to models of the machine's catalogue as well, without one.
struct Model {
  Located<std::string> name;
  // The catalogue's model of this name; absent: `file` says which it is.
  std::optional<Located<std::string>> catalogue;
  ModelFile file;  // its path is within the app's folder, or absolute
  ModelSettings settings;
};

struct Manifest {
  std::string file;  // as it is named in messages
  Located<std::string> name;
  std::string description;
  std::string version;
  // Each in the order of the file.
  std::vector<Function> functions;
  std::vector<Integration> integrations;
  std::vector<Trigger> triggers;
  std::vector<Model> models;

  [[nodiscard]] const Function* find_function(std::string_view name) const;
  [[nodiscard]] const Integration* find_integration(std::string_view name) const;
  [[nodiscard]] const Trigger* find_trigger(std::string_view name) const;
  [[nodiscard]] const Model* find_model(std::string_view name) const;
};

// `file` is the name used in messages. What comes back is whole and consistent: every link, trigger and
// secret names something that exists in it; a model may be one of the machine's catalogue.
[[nodiscard]] std::expected<Manifest, Problems> parse_manifest(std::string_view text, std::string file);

// Reads `sluice.toml` of an app's folder, and that alone.
[[nodiscard]] std::expected<Manifest, Problems> read_manifest(const std::filesystem::path& app_folder);

// Likewise, and looks at the files that it names.
[[nodiscard]] std::expected<Manifest, Problems> load_manifest(const std::filesystem::path& app_folder);

// What is wrong with the files that the manifest names: components and models that are missing, aren't plain
// files, or lead out of the app's folder through symbolic links.
[[nodiscard]] Problems check_files(const Manifest& manifest, const std::filesystem::path& app_folder);

// Whether a link's `written` interface name covers `imported` (`ns:package/name@version`): equal, or equal
// without the version where none is written.
[[nodiscard]] bool covers_interface(std::string_view written, std::string_view imported);

}  // namespace sluice::flow
