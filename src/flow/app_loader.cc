#include "flow/app_loader.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/files.h"

namespace sluice::flow {

namespace {

constexpr std::string_view http_interface = "sluice:http/client";
constexpr std::size_t component_bytes_max = 64U << 20;

std::string_view bare(std::string_view interface) {
  return interface.substr(0, interface.find('@'));
}

std::map<std::string, std::string, std::less<>> plain(const Config& config) {
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& [key, value] : config) out.emplace(key, value.value);
  return out;
}

gate::LinkPolicy policy_of(const Link& link) {
  gate::LinkPolicy policy;
  for (const Binding& binding : link.bind) {
    gate::BindRule rule{binding.parameter.value, {}};
    for (const auto& pointer : binding.pointers) rule.pointers.push_back(pointer.value);
    policy.bind.push_back(std::move(rule));
  }
  if (link.functions) {
    policy.functions.emplace();
    for (const auto& name : *link.functions) policy.functions->push_back(name.value);
  }
  policy.calls_max = link.budget.calls;
  policy.bytes_max = link.budget.bytes;
  policy.seconds_max = link.budget.seconds;
  policy.tokens_max = link.budget.tokens;
  return policy;
}

const Link* find_link(const std::vector<Link>& links, std::string_view import) {
  const auto found = std::ranges::find_if(
      links, [&](const Link& link) { return covers_interface(link.interface.value, import); });
  return found == links.end() ? nullptr : &*found;
}

}  // namespace

gate::SecretOrigin origin_of(const SecretSource& source) {
  if (source.env) return {gate::SecretOrigin::Kind::environment, source.env->value};
  return {gate::SecretOrigin::Kind::file, source.file->value};
}

std::expected<std::unique_ptr<App>, Problems> AppLoader::load() {
  auto manifest = read_manifest(folder_);
  if (!manifest) return std::unexpected(std::move(manifest.error()));
  if (options_.adjust) options_.adjust(*manifest);
  problems_ = check_files(*manifest, folder_);
  app_.reset(new App(std::move(*manifest)));
  if (!options_.only_function.empty() && app_->manifest_.find_function(options_.only_function) == nullptr) {
    problems_.add({}, "the app has no function " + options_.only_function);
    return std::unexpected(std::move(problems_));
  }
  app_->models_ = std::make_unique<LinkedModels>(app_->manifest_, folder_, services_.models, problems_);
  load_integrations();
  load_secrets();
  load_functions();
  if (!problems_.empty()) return std::unexpected(std::move(problems_));
  return std::move(app_);
}

bool AppLoader::overridden(std::string_view interface) const {
  return options_.overrides.contains(bare(interface));
}

bool AppLoader::wants_function(const Function& function) const {
  return options_.only_function.empty() || options_.only_function == function.name.value;
}

bool AppLoader::wants_integration(const std::string& name) const {
  const auto leads_there = [&](const Link& link) {
    return link.to->kind == Target::Kind::integration && link.to->name == name;
  };
  if (options_.only_function.empty() && options_.overrides.empty()) return true;
  for (const Function& function : app_->manifest_.functions) {
    if (!wants_function(function)) continue;
    for (const Link& link : function.links) {
      if (leads_there(link) && !overridden(link.interface.value)) return true;
    }
  }
  return std::ranges::any_of(app_->manifest_.integrations, [&](const Integration& other) {
    return other.name.value != name && std::ranges::any_of(other.links, leads_there) &&
           wants_integration(other.name.value);
  });
}

bool AppLoader::is_told(const Origin& at) const {
  return std::ranges::any_of(problems_.list(), [&](const Problem& problem) { return problem.at == at; });
}

void AppLoader::load_component(const Located<std::string>& path, LinkedComponent& into) {
  if (is_told(path.at)) return;  // the file isn't there, or may not be read
  auto bytes = read_file(folder_ / path.value, component_bytes_max);
  if (!bytes) {
    problems_.add(path.at, bytes.error().to_string());
    return;
  }
  auto component = wasm::Component::load(*services_.engine, *bytes, path.value);
  if (!component) {
    problems_.add(path.at, component.error().to_string());
    return;
  }
  into.component = std::move(*component);
}

void AppLoader::load_integrations() {
  const Manifest& manifest = app_->manifest_;
  for (const Integration& integration : manifest.integrations) {
    if (!wants_integration(integration.name.value)) continue;
    auto linked = std::make_unique<LinkedComponent>();
    linked->subject = {gate::Subject::Kind::integration, manifest.name.value, integration.name.value,
                       plain(integration.config), integration.limits};
    load_component(integration.component, *linked);
    app_->integrations_.emplace(integration.name.value, std::move(linked));
  }
}

void AppLoader::load_secrets() {
  std::vector<gate::Redactor::Named> named;
  for (const Integration& integration : app_->manifest_.integrations) {
    if (!app_->integrations_.contains(integration.name.value)) continue;
    auto secrets = std::make_unique<gate::Secrets>();
    for (const Secret& secret : integration.secrets) {
      if (options_.secrets == SecretLoading::skipped) continue;
      const std::string label = integration.name.value + "." + secret.name.value;
      auto text = gate::load_secret(label, origin_of(secret.source), folder_,
                                    [](const std::string& name) { return std::getenv(name.c_str()); });
      if (!text) {
        problems_.add(secret.name.at, text.error().what + ": " + text.error().why, text.error().todo);
        continue;
      }
      std::vector<gate::SecretDestination> hosts;
      for (const auto& host : secret.hosts) hosts.push_back({host->host, host->port});
      secrets->add(secret.name.value, std::move(*text), std::move(hosts));
    }
    secrets->for_each([&](std::string_view name, const gate::SecretText& text) {
      named.push_back({integration.name.value + "." + std::string(name), &text});
    });
    app_->secrets_.emplace(integration.name.value, std::move(secrets));
    add_http(integration);
  }
  app_->redactor_ = std::make_unique<gate::Redactor>(named);
}

void AppLoader::add_http(const Integration& integration) {
  if (integration.egress.empty()) return;
  host::HttpPolicy policy;
  for (const auto& rule : integration.egress) policy.egress.push_back(rule.value);
  policy.secrets = app_->secrets_.at(integration.name.value).get();
  policy.timeout = std::chrono::seconds(integration.timeout_s);
  policy.request_bytes_max = integration.request_bytes;
  policy.response_bytes_max = integration.response_bytes;
  app_->http_.emplace(integration.name.value,
                      std::make_unique<host::HttpCapability>(std::move(policy), *services_.http_clients));
}

void AppLoader::load_functions() {
  const Manifest& manifest = app_->manifest_;
  for (const Integration& integration : manifest.integrations) {
    const auto found = app_->integrations_.find(integration.name.value);
    if (found != app_->integrations_.end()) link(integration.links, integration.component, *found->second);
  }
  for (const Function& function : manifest.functions) {
    if (!wants_function(function)) continue;
    auto loaded = std::make_unique<LoadedFunction>();
    loaded->subject = {gate::Subject::Kind::function, manifest.name.value, function.name.value,
                       plain(function.config), function.limits};
    loaded->attempts = function.attempts;
    loaded->concurrency_max = function.concurrency.value_or(0);
    loaded->one_at_a_time = function.one_at_a_time;
    load_component(function.component, *loaded);
    if (loaded->component) {
      auto handle = find_handler(*loaded->component);
      if (handle) {
        loaded->handle = *handle;
      } else {
        problems_.add(function.component.at, handle.error().to_string());
      }
      link(function.links, function.component, *loaded);
    }
    app_->functions_.emplace(function.name.value, std::move(loaded));
  }
}

gate::Provider* AppLoader::http_for(const Located<std::string>& at, const LinkedComponent& of) {
  if (of.subject.kind == gate::Subject::Kind::function) {
    problems_.add(
        at.at,
        "the component of a function imports sluice:http/client: only integrations may use the network",
        "move the requests into an integration, and link the function to it");
    return nullptr;
  }
  const auto found = app_->http_.find(of.subject.name);
  if (found != app_->http_.end()) return found->second.get();
  problems_.add(
      at.at, "the component imports sluice:http/client, and the integration has no `egress`",
      "name the hosts and paths that it may request, e.g. egress = [\"https://api.example.org/v1/**\"]");
  return nullptr;
}

gate::Provider* AppLoader::offer(const std::string& integration, std::string_view interface,
                                 const Origin& at) {
  const LinkedComponent& linked = *app_->integrations_.at(integration);
  if (!linked.component) return nullptr;  // its own problem is told already
  auto offered = OfferedInterface::make(linked, bare(interface), *services_.admissions);
  if (!offered) {
    problems_.add(at, offered.error().why, offered.error().todo);
    return nullptr;
  }
  return app_->offers_.emplace_back(std::move(*offered)).get();
}

gate::Provider* AppLoader::provider_for(const InterfaceType& import, const Link& link,
                                        const LinkedComponent& of) {
  if (of.subject.kind == gate::Subject::Kind::function) {
    if (const auto found = options_.overrides.find(import.bare_name()); found != options_.overrides.end()) {
      return found->second;
    }
  }
  switch (link.to->kind) {
    case Target::Kind::host:
      if (link.to->host == HostProvider::none)
        return app_->absent_.emplace_back(std::make_unique<host::NoProvider>(import)).get();
      return services_.capabilities.at(link.to->host);
    case Target::Kind::integration:
      return offer(link.to->name, import.name, link.to.at);
    case Target::Kind::model:
      break;
  }
  return app_->models_->provide(link.to->name, import.bare_name(), link.to.at, of.subject.name, problems_);
}

void AppLoader::link(const std::vector<Link>& links, const Located<std::string>& at, LinkedComponent& into) {
  if (!into.component) return;
  std::string missing;
  for (const InterfaceType& import : into.component->imports()) {
    gate::Provider* provider = nullptr;
    gate::LinkPolicy policy;
    Origin origin = at.at;
    if (import.bare_name() == http_interface) {
      provider = http_for(at, into);
    } else if (const Link* link = find_link(links, import.name)) {
      provider = provider_for(import, *link, into);
      origin = link->interface.at;
      policy = policy_of(*link);
      // What stands in for an interface has its own events: the manifest's pointers don't fit them.
      if (into.subject.kind == gate::Subject::Kind::function && overridden(import.name)) policy.bind.clear();
    } else {
      missing += (missing.empty() ? "" : ", ") + import.name;
    }
    if (provider == nullptr) continue;
    auto made = gate::Link::make(import, *provider, std::move(policy));
    if (made) {
      into.links.push_back(std::move(*made));
    } else {
      problems_.add(origin, made.error().to_string());
    }
  }
  if (!missing.empty()) {
    const std::string kind = into.subject.kind == gate::Subject::Kind::function ? "function" : "integration";
    problems_.add(at.at, "the component imports what the manifest does not grant: " + missing,
                  "link each under [" + kind + "." + into.subject.name + ".links], or build it without");
  }
}

}  // namespace sluice::flow
