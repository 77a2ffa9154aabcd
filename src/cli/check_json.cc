#include <nlohmann/json.hpp>

#include "cli/check.h"

namespace sluice::cli {

namespace {

// Keys keep the order in which they are written: people read it too.
using nlohmann::ordered_json;

constexpr int format_version = 1;

std::string dump(const ordered_json& value) {
  return value.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

template <class Range, class Make>
ordered_json list_of(const Range& range, const Make& make) {
  ordered_json out = ordered_json::array();
  for (const auto& item : range) out.push_back(make(item));
  return out;
}

ordered_json texts_of(const std::vector<flow::Located<std::string>>& list) {
  return list_of(list, [](const auto& text) { return *text; });
}

ordered_json problem_json(const flow::Problem& problem) {
  return {{"line", problem.at.line},
          {"column", problem.at.column},
          {"key", problem.at.key},
          {"why", problem.why},
          {"todo", problem.todo}};
}

ordered_json source_json(const flow::SecretSource& source) {
  return source.env ? ordered_json{{"kind", "env"}, {"name", **source.env}}
                    : ordered_json{{"kind", "file"}, {"name", **source.file}};
}

ordered_json target_json(const flow::Target& to) {
  const char* kind = to.kind == flow::Target::Kind::host          ? "host"
                     : to.kind == flow::Target::Kind::integration ? "integration"
                                                                  : "model";
  return {{"kind", kind}, {"name", to.name}};
}

ordered_json budget_json(const flow::Budget& budget) {
  ordered_json out = ordered_json::object();
  if (budget.calls) out["calls"] = *budget.calls;
  if (budget.bytes) out["bytes"] = *budget.bytes;
  if (budget.seconds) out["seconds"] = *budget.seconds;
  if (budget.tokens) out["tokens"] = *budget.tokens;
  return out;
}

ordered_json link_json(const flow::ReachedLink& link) {
  return {{"interface", link.interface},
          {"to", target_json(*link.written->to)},
          {"functions", list_of(link.functions,
                                [](const flow::ReachedFunction& function) {
                                  return ordered_json{{"name", function.name},
                                                      {"signature", function.signature},
                                                      {"granted", function.granted},
                                                      {"bound", function.bound}};
                                })},
          {"bind", list_of(link.written->bind,
                           [](const flow::Binding& binding) {
                             return ordered_json{{"parameter", *binding.parameter},
                                                 {"pointers", texts_of(binding.pointers)}};
                           })},
          {"budget", budget_json(link.written->budget)}};
}

ordered_json outlet_json(const flow::Outlet& outlet) {
  const std::vector<std::string> integrations(outlet.through.begin() + 1, outlet.through.end());
  return {{"egress", outlet.rule->text},
          {"interface", outlet.through.front()},
          {"through", integrations},
          {"narrowed", outlet.narrowed},
          {"open", outlet.open}};
}

ordered_json limits_json(const Limits& limits) {
  ordered_json out = ordered_json::object();
  for (const LimitSetting& setting : limit_settings) out[std::string(setting.name)] = limits.*setting.field;
  return out;
}

ordered_json function_json(const flow::FunctionReach& one) {
  ordered_json out{
      {"name", *one.function->name},
      {"component", *one.function->component},
      {"triggers", list_of(one.triggers, [](const flow::Trigger* trigger) { return *trigger->name; })},
      {"links", list_of(one.links, link_json)},
      {"network", list_of(one.outlets, outlet_json)},
      {"limits", limits_json(one.function->limits)},
      {"attempts", one.function->attempts},
      {"concurrency", nullptr}};
  if (one.function->concurrency) out["concurrency"] = *one.function->concurrency;
  return out;
}

ordered_json integration_json(const flow::IntegrationReach& one) {
  const flow::Integration& integration = *one.integration;
  return {{"name", *integration.name},
          {"component", *integration.component},
          {"used-by", one.used_by},
          {"uses-network", one.uses_network},
          {"egress", list_of(integration.egress, [](const auto& rule) { return rule->text; })},
          {"secrets", list_of(integration.secrets, [](const flow::Secret& secret) { return *secret.name; })},
          {"links", list_of(one.links, link_json)},
          {"limits", limits_json(integration.limits)},
          {"timeout-s", integration.timeout_s},
          {"request-bytes", integration.request_bytes},
          {"response-bytes", integration.response_bytes}};
}

ordered_json trigger_json(const flow::Trigger& trigger, const std::string& app) {
  return {{"name", *trigger.name},
          {"kind", "github"},
          {"path", "/hooks/" + app + "/" + *trigger.name},
          {"events", texts_of(trigger.events)},
          {"function", *trigger.function},
          {"signed", trigger.secret.has_value()},
          {"body-bytes", trigger.body_bytes}};
}

ordered_json use_json(const flow::ModelUse& use) {
  ordered_json out{{"by", use.by}, {"interface", use.interface}, {"tokens", nullptr}};
  if (use.tokens) out["tokens"] = *use.tokens;
  return out;
}

ordered_json model_json(const flow::ModelReach& one) {
  const nn::ModelSpec& spec = one.model->spec;
  ordered_json out{{"name", one.model->name},
                   {"catalogue", nullptr},
                   {"backend", spec.backend},
                   {"path", spec.path.string()},
                   {"sha256", spec.sha256},
                   {"verified", spec.verified.has_value()},
                   {"used-by", list_of(one.uses, use_json)}};
  if (!one.model->catalogue.empty()) out["catalogue"] = one.model->catalogue;
  return out;
}

ordered_json host_json(const flow::SecretHost& host) {
  ordered_json out{{"host", host.host}, {"port", nullptr}};
  if (host.port) out["port"] = *host.port;
  return out;
}

ordered_json secret_json(const flow::NeededSecret& needed) {
  ordered_json out{{"name", needed.label},
                   {"from", source_json(*needed.source)},
                   {"hosts", ordered_json::array()},
                   {"usable", needed.state.has_value()},
                   {"why", needed.state ? "" : needed.state.error().why}};
  if (needed.secret != nullptr) {
    out["hosts"] = list_of(needed.secret->hosts, [](const auto& host) { return host_json(*host); });
  }
  return out;
}

ordered_json warning_json(const flow::Warning& warning) {
  ordered_json out{{"kind", flow::name_of(warning.kind)}};
  out.update(problem_json(warning.problem));
  return out;
}

}  // namespace

std::string reach_as_json(const flow::Reach& reach) {
  const flow::Manifest& manifest = *reach.manifest;
  return dump(
      {{"version", format_version},
       {"ok", true},
       {"file", manifest.file},
       {"problems", ordered_json::array()},
       {"warnings", list_of(reach.warnings, warning_json)},
       {"app",
        {{"name", *manifest.name}, {"description", manifest.description}, {"version", manifest.version}}},
       {"triggers",
        list_of(manifest.triggers,
                [&](const flow::Trigger& trigger) { return trigger_json(trigger, *manifest.name); })},
       {"functions", list_of(reach.functions, function_json)},
       {"integrations", list_of(reach.integrations, integration_json)},
       {"models", list_of(reach.models, model_json)},
       {"secrets", list_of(reach.secrets, secret_json)}});
}

std::string problems_as_json(const flow::Problems& problems) {
  return dump({{"version", format_version},
               {"ok", false},
               {"file", problems.file()},
               {"problems", list_of(problems.list(), problem_json)},
               {"warnings", ordered_json::array()}});
}

}  // namespace sluice::cli
