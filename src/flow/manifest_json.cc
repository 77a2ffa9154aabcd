#include "flow/manifest_json.h"

#include <nlohmann/json.hpp>

namespace sluice::flow {

namespace {

using nlohmann::json;

json texts(const std::vector<Located<std::string>>& list) {
  json out = json::array();
  for (const auto& text : list) out.push_back(*text);
  return out;
}

json source_json(const SecretSource& source) {
  return source.env ? json{{"env", **source.env}} : json{{"file", **source.file}};
}

json target_json(const Target& to) {
  constexpr std::string_view kinds[] = {"host", "integration", "model"};
  return {{"kind", kinds[static_cast<std::size_t>(to.kind)]}, {"name", to.name}};
}

json link_json(const Link& link) {
  json out = {{"to", target_json(*link.to)}};
  for (const Binding& binding : link.bind) out["bind"][*binding.parameter] = texts(binding.pointers);
  if (link.budget.calls) out["budget"]["calls"] = *link.budget.calls;
  if (link.budget.bytes) out["budget"]["bytes"] = *link.budget.bytes;
  if (link.budget.seconds) out["budget"]["seconds"] = *link.budget.seconds;
  if (link.budget.tokens) out["budget"]["tokens"] = *link.budget.tokens;
  if (link.functions) out["functions"] = texts(*link.functions);
  return out;
}

json links_json(const std::vector<Link>& links) {
  json out = json::object();
  for (const Link& link : links) out[*link.interface] = link_json(link);
  return out;
}

json config_json(const Config& config) {
  json out = json::object();
  for (const auto& [key, value] : config) out[key] = *value;
  return out;
}

json limits_json(const Limits& limits) {
  json out = json::object();
  for (const LimitSetting& setting : limit_settings) out[std::string{setting.name}] = limits.*setting.field;
  return out;
}

json function_json(const Function& function) {
  json out = {{"component", *function.component},
              {"links", links_json(function.links)},
              {"config", config_json(function.config)},
              {"limits", limits_json(function.limits)},
              {"attempts", function.attempts}};
  if (function.concurrency) out["concurrency"] = *function.concurrency;
  if (function.one_at_a_time == OneAtATime::subject) out["one-at-a-time"] = "subject";
  return out;
}

json secret_json(const Secret& secret) {
  json out = source_json(secret.source);
  out["hosts"] = json::array();
  for (const auto& host : secret.hosts) {
    const std::string name = host->host.find(':') == std::string::npos ? host->host : "[" + host->host + "]";
    out["hosts"].push_back(host->port ? name + ":" + std::to_string(*host->port) : name);
  }
  return out;
}

json integration_json(const Integration& integration) {
  json out = {{"component", *integration.component},
              {"egress", json::array()},
              {"secrets", json::object()},
              {"links", links_json(integration.links)},
              {"config", config_json(integration.config)},
              {"limits", limits_json(integration.limits)},
              {"timeout-s", integration.timeout_s},
              {"request-bytes", integration.request_bytes},
              {"response-bytes", integration.response_bytes}};
  for (const auto& rule : integration.egress) out["egress"].push_back(rule->text);
  for (const Secret& secret : integration.secrets) out["secrets"][*secret.name] = secret_json(secret);
  return out;
}

json trigger_json(const Trigger& trigger) {
  json out = {{"kind", "github"},
              {"events", texts(trigger.events)},
              {"function", *trigger.function},
              {"body-bytes", trigger.body_bytes}};
  if (trigger.secret) {
    out["secret"] = source_json(*trigger.secret);
  } else {
    out["allow-unsigned"] = true;
  }
  return out;
}

json model_json(const Model& model) {
  json out = model.catalogue ? json{{"catalogue", **model.catalogue}}
                             : json{{"backend", *model.file.backend},
                                    {"path", *model.file.path},
                                    {"sha256", *model.file.sha256}};
  for (const ModelSetting& setting : model_settings) {
    if (const auto& value = model.settings.*setting.field) out[std::string(setting.name)] = *value;
  }
  return out;
}

}  // namespace

json to_json(const Manifest& manifest) {
  json out = {{"app", {{"name", *manifest.name}}},
              {"function", json::object()},
              {"integration", json::object()},
              {"trigger", json::object()},
              {"model", json::object()}};
  if (!manifest.description.empty()) out["app"]["description"] = manifest.description;
  if (!manifest.version.empty()) out["app"]["version"] = manifest.version;
  for (const Function& function : manifest.functions)
    out["function"][*function.name] = function_json(function);
  for (const Integration& integration : manifest.integrations) {
    out["integration"][*integration.name] = integration_json(integration);
  }
  for (const Trigger& trigger : manifest.triggers) out["trigger"][*trigger.name] = trigger_json(trigger);
  for (const Model& model : manifest.models) out["model"][*model.name] = model_json(model);
  return out;
}

}  // namespace sluice::flow
