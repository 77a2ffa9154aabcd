#include "flow/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "flow/manifest_parts.h"
#include "flow/manifest_syntax.h"
#include "flow/toml_table.h"

namespace sluice::flow {

namespace {

constexpr std::uint64_t request_seconds_max = 3600;
constexpr std::uint64_t http_bytes_max = 1ULL << 30;
constexpr std::uint64_t concurrency_max = 1'000'000;
constexpr std::uint64_t attempts_max = 1000;

void read_app(TomlTable& root, Manifest& manifest) {
  auto app = root.table("app", Need::required);
  if (!app) return;
  if (auto name = app->text("name", Need::required)) manifest.name = std::move(*name);
  if (!manifest.name->empty()) check_name(manifest.name, root.problems());
  if (auto text = app->text("description")) manifest.description = std::move(text->value);
  if (auto text = app->text("version")) manifest.version = std::move(text->value);
  app->finish();
}

Located<std::string> read_component(TomlTable& table) {
  auto component = table.text("component", Need::required);
  if (!component) return {};
  check_inner_path(*component, table.problems());
  return std::move(*component);
}

Function read_function(Located<std::string> name, TomlTable table) {
  check_name(name, table.problems());
  Function function;
  function.name = std::move(name);
  function.component = read_component(table);
  function.links = read_links(table);
  function.config = read_config(table);
  function.limits = read_limits(table);
  if (const auto runs = table.number("concurrency", 1, concurrency_max)) {
    function.concurrency = static_cast<std::uint32_t>(*runs);
  }
  if (const auto which = table.text("one-at-a-time")) {
    if (which->value == "subject") {
      function.one_at_a_time = OneAtATime::subject;
    } else {
      table.problems().add(which->at, fmt::format("`{}` is nothing that events can wait for", which->value),
                           "known: subject");
    }
  }
  if (const auto times = table.number("attempts", 1, attempts_max)) {
    function.attempts = static_cast<std::uint32_t>(*times);
  }
  table.finish();
  return function;
}

// Whether a rule grants something on this host (and port, if one is given).
bool grants_host(const net::EgressRule& rule, const SecretHost& wanted) {
  if (wanted.port && *wanted.port != rule.port) return false;
  if (rule.host_match == net::EgressRule::HostMatch::exact) return rule.host.text == wanted.host;
  return wanted.host.size() > rule.host.text.size() && wanted.host.ends_with("." + rule.host.text);
}

enum class Unencrypted : std::uint8_t { refused, allowed };

void check_secret_host(const Located<SecretHost>& host, const Integration& integration,
                       Unencrypted unencrypted, Problems& problems) {
  auto granting =
      integration.egress | std::views::filter([&](const auto& rule) { return grants_host(*rule, *host); });
  if (granting.empty()) {
    problems.add(host.at, fmt::format("`egress` of integration `{}` grants nothing there", *integration.name),
                 "a secret can only go where the integration may go: correct the host or add it to `egress`");
    return;
  }
  const bool plain = std::ranges::any_of(granting, [](const auto& rule) {
    return rule->scheme == net::Scheme::http && !net::is_loopback(rule->host);
  });
  if (plain && unencrypted == Unencrypted::refused) {
    problems.add(host.at, "`egress` grants this host over http, where others can read the secret on its way",
                 "grant https, or write `allow-unencrypted = true` beside the hosts");
  }
}

std::optional<Secret> read_secret(Located<std::string> name, TomlTable table,
                                  const Integration& integration) {
  Problems& problems = table.problems();
  check_name(name, problems);
  auto source = read_secret_source(table);
  const bool allow = table.boolean("allow-unencrypted").value_or(false);
  const bool hosts_written = table.has("hosts");
  const auto hosts = table.texts("hosts");
  if (hosts.empty() && (!hosts_written || table.is_empty_list("hosts"))) {
    problems.add(table.origin_of("hosts"), "does not say where this secret may be sent",
                 "add `hosts = [\"api.example.org\"]`");
  }
  Secret secret{.name = std::move(name), .source = {}, .hosts = {}};
  for (const auto& text : hosts) {
    auto parsed = parse_secret_host(*text);
    if (!parsed) {
      problems.add(text.at, fmt::format("not a host: {}", parsed.error().why), parsed.error().todo);
      continue;
    }
    secret.hosts.push_back({std::move(*parsed), text.at});
    check_secret_host(secret.hosts.back(), integration, allow ? Unencrypted::allowed : Unencrypted::refused,
                      problems);
  }
  table.finish();
  if (!source) return std::nullopt;
  secret.source = std::move(*source);
  return secret;
}

void read_http(TomlTable& table, Integration& integration) {
  for (auto& text : table.texts("egress")) {
    auto rule = net::parse_egress_rule(*text);
    if (rule) {
      integration.egress.push_back({std::move(*rule), std::move(text.at)});
    } else {
      table.problems().add(text.at, fmt::format("`{}`: {}", *text, rule.error().why), rule.error().todo);
    }
  }
  if (const auto seconds = table.number("timeout-s", 1, request_seconds_max)) {
    integration.timeout_s = static_cast<std::uint32_t>(*seconds);
  }
  if (const auto bytes = table.number("request-bytes", 0, http_bytes_max)) integration.request_bytes = *bytes;
  if (const auto bytes = table.number("response-bytes", 0, http_bytes_max))
    integration.response_bytes = *bytes;
}

Integration read_integration(Located<std::string> name, TomlTable table) {
  check_name(name, table.problems());
  if (parse_target(*name).kind == Target::Kind::host) {
    table.problems().add(name.at, fmt::format("`{}` is the name of a capability of the host", *name),
                         "choose another name");
  }
  Integration integration;
  integration.name = std::move(name);
  integration.component = read_component(table);
  read_http(table, integration);
  if (auto secrets = table.table("secrets")) {
    secrets->each_table([&](Located<std::string> secret_name, TomlTable inner) {
      auto secret = read_secret(std::move(secret_name), std::move(inner), integration);
      if (secret) integration.secrets.push_back(std::move(*secret));
    });
  }
  integration.links = read_links(table);
  integration.config = read_config(table);
  integration.limits = read_limits(table);
  table.finish();
  return integration;
}

void check_events(const Trigger& trigger, bool written, TomlTable& table) {
  Problems& problems = table.problems();
  if (trigger.events.empty() && (!written || table.is_empty_list("events"))) {
    problems.add(table.origin_of("events"), "does not say which events start the function",
                 "add e.g. `events = [\"pull_request\", \"issue_comment\"]`");
  }
  for (auto event = trigger.events.begin(); event != trigger.events.end(); ++event) {
    const bool plain =
        std::ranges::all_of(**event, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!plain) {
      problems.add(event->at, fmt::format("`{}` is not the name of an event of GitHub", **event),
                   "write it as in the header X-GitHub-Event, without an action, e.g. `pull_request`");
    }
    const auto same = [&](const auto& other) { return *other == **event; };
    if (std::any_of(trigger.events.begin(), event, same))
      problems.add(event->at, "stands here twice", "remove one");
  }
}

void read_trigger_secret(TomlTable& table, Trigger& trigger) {
  const bool unsigned_allowed = table.boolean("allow-unsigned").value_or(false);
  if (!table.has("secret")) {
    if (unsigned_allowed) return;
    table.problems().add(table.origin_of("secret"), "is missing, so that anybody could start the function",
                         "add `secret = { env = \"GITHUB_WEBHOOK_SECRET\" }`, the one given to GitHub; "
                         "`allow-unsigned = true` does without");
    return;
  }
  if (unsigned_allowed) {
    table.problems().add(table.origin_of("allow-unsigned"), "contradicts `secret`", "remove one of both");
  }
  auto secret = table.table("secret");
  if (!secret) return;
  trigger.secret = read_secret_source(*secret);
  secret->finish();
}

std::optional<Trigger> read_trigger(Located<std::string> name, TomlTable table) {
  check_name(name, table.problems());
  const auto kind = table.text("kind", Need::required);
  if (!kind) return std::nullopt;
  if (kind->value != "github") {
    table.problems().add(kind->at, fmt::format("`{}` is not a kind of trigger", kind->value),
                         "known kinds: github");
    return std::nullopt;
  }
  Trigger trigger;
  trigger.name = std::move(name);
  trigger.kind = TriggerKind::github;
  read_trigger_secret(table, trigger);
  const bool events_written = table.has("events");
  trigger.events = table.texts("events");
  check_events(trigger, events_written, table);
  if (auto function = table.text("function", Need::required)) trigger.function = std::move(*function);
  if (const auto bytes = table.number("body-bytes", 1, http_bytes_max)) trigger.body_bytes = *bytes;
  table.finish();
  return trigger;
}

Model read_model(Located<std::string> name, TomlTable table) {
  Problems& problems = table.problems();
  check_name(name, problems);
  Model model{.name = std::move(name), .catalogue = table.text("catalogue"), .file = {}, .settings = {}};
  if (table.has("catalogue")) {
    for (const std::string_view key : {"backend", "path", "sha256"}) {
      if (table.has(key)) {
        problems.add(table.origin_of(key), "contradicts `catalogue`, which says it", "remove one of both");
      }
    }
  } else {
    model.file = read_model_file(table);
    const Located<std::string>& path = model.file.path;
    if (!path->empty() && !std::filesystem::path{*path}.is_absolute()) check_inner_path(path, problems);
  }
  model.settings = read_model_settings(table);
  table.finish();
  return model;
}

template <class T>
const T* find_named(const std::vector<T>& list, std::string_view name) {
  const auto found = std::ranges::find_if(list, [&](const T& item) { return *item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

const Link* Function::find_link(std::string_view interface) const {
  const auto found = std::ranges::find_if(
      links, [&](const Link& link) { return covers_interface(*link.interface, interface); });
  return found == links.end() ? nullptr : &*found;
}

const Function* Manifest::find_function(std::string_view key) const {
  return find_named(functions, key);
}
const Integration* Manifest::find_integration(std::string_view key) const {
  return find_named(integrations, key);
}
const Trigger* Manifest::find_trigger(std::string_view key) const {
  return find_named(triggers, key);
}
const Model* Manifest::find_model(std::string_view key) const {
  return find_named(models, key);
}

std::expected<Manifest, Problems> parse_manifest(std::string_view text, std::string file) {
  auto document = parse_toml(text, file);
  if (!document) return std::unexpected(std::move(document.error()));
  Problems problems{file};
  Manifest manifest;
  manifest.file = std::move(file);
  TomlTable root{*document, Origin{1, 1, ""}, problems};
  read_app(root, manifest);
  const auto each = [&](std::string_view section, const auto& read) {
    if (auto table = root.table(section)) table->each_table(read);
  };
  each("function", [&](Located<std::string> name, TomlTable table) {
    manifest.functions.push_back(read_function(std::move(name), std::move(table)));
  });
  each("integration", [&](Located<std::string> name, TomlTable table) {
    manifest.integrations.push_back(read_integration(std::move(name), std::move(table)));
  });
  each("trigger", [&](Located<std::string> name, TomlTable table) {
    auto trigger = read_trigger(std::move(name), std::move(table));
    if (trigger) manifest.triggers.push_back(std::move(*trigger));
  });
  each("model", [&](Located<std::string> name, TomlTable table) {
    manifest.models.push_back(read_model(std::move(name), std::move(table)));
  });
  root.finish();
  cross_check(manifest, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return manifest;
}

}  // namespace sluice::flow
