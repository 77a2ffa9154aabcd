#include "cli/review_model.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "net/egress.h"
#include "net/url.h"

namespace sluice::cli {

namespace {

constexpr std::string_view chat_interface = "sluice:llm/chat";
constexpr std::string_view integration_name = "llm";
constexpr std::string_view trust_setting = "model-trust";
constexpr std::string_view key_name = "key";
constexpr std::uint32_t request_seconds = 300;
constexpr std::uint64_t review_seconds = 3600;

bool is_set(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value != nullptr && *value != '\0';
}

// The variable with the endpoint's key; empty: it is asked without one.
Result<std::string> key_variable(const ReviewModel& choice, const net::Url& url) {
  std::string variable;
  if (!choice.key_env.empty()) {
    if (!is_set(choice.key_env)) {
      return fail(ErrorCode::invalid_input, "ask " + url.origin(),
                  "the variable " + choice.key_env + " is not set",
                  "set it to the endpoint's key, or leave --llm-key-env out");
    }
    variable = choice.key_env;
  } else if (is_set("SLUICE_LLM_KEY")) {
    variable = "SLUICE_LLM_KEY";
  } else if (url.scheme() == net::Scheme::https && is_set("OPENAI_API_KEY")) {
    variable = "OPENAI_API_KEY";
  }
  if (!variable.empty() && url.scheme() == net::Scheme::http && !net::is_loopback(url.host())) {
    return fail(ErrorCode::refused, "ask " + url.origin(),
                "the key in " + variable + " would be sent unencrypted", "use https, or unset the variable");
  }
  return variable;
}

template <class T>
flow::Located<T> located(T value) {
  return {std::move(value), {}};
}

flow::Link link_to(std::string_view interface, flow::Target target) {
  flow::Link link;
  link.interface = located(std::string(interface));
  link.to = located(std::move(target));
  return link;
}

// A URL for a message, without what may be a secret in it: a password, a query, a fragment.
std::string without_secrets(std::string_view url) {
  std::string shown(url.substr(0, url.find_first_of("?#")));
  const std::size_t scheme = shown.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = shown.rfind('@');
  if (at != std::string::npos && at >= host) shown.replace(host, at - host, "…");
  if (shown.size() < url.size() && url.find_first_of("?#") != std::string_view::npos) shown += "?…";
  return shown;
}

Result<flow::Integration> endpoint(const ReviewModel& choice) {
  auto url = net::parse_url(choice.url);
  const std::string what = "use --llm " + without_secrets(choice.url);
  if (!url) {
    return fail(ErrorCode::invalid_input, what, url.error().why, "write it like http://127.0.0.1:8081/v1");
  }
  if (trim(choice.url_model).empty()) {
    return fail(ErrorCode::invalid_input, what, "--llm-model is empty",
                "give the name that the endpoint has for the model; its /models lists them");
  }
  if (url->query()) {
    return fail(ErrorCode::invalid_input, what, "it has a query",
                "give the URL before /chat/completions, e.g. http://127.0.0.1:8080/v1");
  }
  auto variable = key_variable(choice, *url);
  if (!variable) return std::unexpected(variable.error());
  std::string base = url->origin() + (url->path() == "/" ? "/v1" : url->path());
  while (base.ends_with('/')) base.pop_back();
  auto rule = net::parse_egress_rule("GET,POST " + base + "/**");
  if (!rule) return std::unexpected(rule.error());

  flow::Integration integration;
  integration.name = located(std::string(integration_name));
  integration.component = located(std::string("openai.wasm"));
  integration.egress.push_back(located(std::move(*rule)));
  integration.timeout_s = request_seconds;
  integration.limits.time_limit_s = review_seconds;
  integration.config.emplace("base-url", located(base));
  integration.config.emplace("model", located(choice.url_model));
  integration.config.emplace("key-source", located(variable->empty() ? "SLUICE_LLM_KEY" : *variable));
  if (variable->empty()) {
    integration.config.emplace("key-header", located(std::string("none")));
  } else {
    flow::Secret secret;
    secret.name = located(std::string(key_name));
    secret.source.env = located(*variable);
    secret.hosts.push_back(located(flow::SecretHost{url->host().text, url->port()}));
    integration.secrets.push_back(std::move(secret));
    integration.config.emplace("key-header", located(std::string("authorization")));
  }
  for (const auto& [interface, provider] : {std::pair{"sluice:time/timer", flow::HostProvider::timer},
                                            {"wasi:config/store", flow::HostProvider::config},
                                            {"wasi:logging/logging", flow::HostProvider::log},
                                            {"wasi:clocks/wall-clock", flow::HostProvider::clock}}) {
    integration.links.push_back(
        link_to(interface, {flow::Target::Kind::host, provider, std::string(flow::name_of(provider))}));
  }
  return integration;
}

bool is_chat(const flow::Link& link) {
  return link.interface->substr(0, link.interface->find('@')) == chat_interface;
}

void link_chat(flow::Function& function, flow::Target target) {
  const auto link = std::ranges::find_if(function.links, is_chat);
  if (link == function.links.end()) {
    function.links.push_back(link_to(chat_interface, std::move(target)));
  } else {
    link->to.value = std::move(target);
  }
  function.limits.time_limit_s = std::max(function.limits.time_limit_s, review_seconds);
}

Result<flow::Config> settings_of(const std::vector<std::string>& texts) {
  flow::Config config;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(ErrorCode::invalid_input, "use --set " + text, "it is not KEY=VALUE",
                  "the settings are in docs/review-format.md");
    }
    config.insert_or_assign(text.substr(0, equals), located(text.substr(equals + 1)));
  }
  return config;
}

// The catalogue's entry behind a name that a link has.
std::optional<flow::CatalogueEntry> entry_of(const std::string& name, const flow::Manifest& manifest,
                                             const flow::Catalogue& catalogue) {
  const flow::Model* written = manifest.find_model(name);
  if (written != nullptr && !written->catalogue) return std::nullopt;
  auto entry = catalogue.find(written == nullptr ? name : **written->catalogue);
  if (!entry) return std::nullopt;
  return *std::move(entry);
}

}  // namespace

Status check_model(const ReviewModel& choice, const flow::Manifest& manifest,
                   const flow::Catalogue& catalogue) {
  if (choice.model.empty() || manifest.find_model(choice.model) != nullptr) return {};
  auto entry = catalogue.find(choice.model);
  if (entry) return {};
  return fail(entry.error().code, "review with --model " + choice.model,
              "neither the app's manifest nor the catalogue has this model: " + entry.error().why,
              entry.error().todo);
}

std::optional<std::string> mute_unfit_model(flow::Manifest& manifest, const std::string& function,
                                            const ReviewModel& choice, const flow::Catalogue& catalogue) {
  const auto sets_trust = [](const std::string& text) {
    return text.starts_with(trust_setting) && text.substr(trust_setting.size()).starts_with('=');
  };
  if (std::ranges::any_of(choice.settings, sets_trust)) return std::nullopt;
  const auto found = std::ranges::find_if(manifest.functions,
                                          [&](const flow::Function& each) { return *each.name == function; });
  if (found == manifest.functions.end()) return std::nullopt;
  const auto link = std::ranges::find_if(found->links, is_chat);
  if (link == found->links.end() || link->to->kind != flow::Target::Kind::model) return std::nullopt;
  const auto entry = entry_of(link->to->name, manifest, catalogue);
  if (!entry || entry->reviews_code) return std::nullopt;
  found->config.insert_or_assign(std::string(trust_setting), located(std::string("none")));
  return link->to->name;
}

Result<std::function<void(flow::Manifest&)>> model_choice(const ReviewModel& choice,
                                                          const std::string& function) {
  auto settings = settings_of(choice.settings);
  if (!settings) return std::unexpected(settings.error());
  std::optional<flow::Target> target;
  std::optional<flow::Integration> integration;
  if (!choice.model.empty()) target = {flow::Target::Kind::model, flow::HostProvider::log, choice.model};
  if (!choice.url.empty()) {
    auto made = endpoint(choice);
    if (!made) return std::unexpected(made.error());
    integration = std::move(*made);
    target = {flow::Target::Kind::integration, flow::HostProvider::log, std::string(integration_name)};
  }
  if (settings->empty() && !target) return std::function<void(flow::Manifest&)>();
  return [function, target, integration, settings = std::move(*settings)](flow::Manifest& manifest) {
    if (integration) {
      std::erase_if(manifest.integrations, [](const auto& each) { return *each.name == integration_name; });
      manifest.integrations.push_back(*integration);
    }
    for (flow::Function& each : manifest.functions) {
      if (*each.name != function) continue;
      if (target) link_chat(each, *target);
      for (const auto& [key, value] : settings) each.config.insert_or_assign(key, value);
    }
  };
}

}  // namespace sluice::cli
