#include "flow/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::flow {

namespace {

constexpr std::string_view http_interface = "sluice:http/client";

const Link* find_written(const std::vector<Link>& links, std::string_view import) {
  const auto found = std::ranges::find_if(
      links, [&](const Link& link) { return covers_interface(*link.interface, import); });
  return found == links.end() ? nullptr : &*found;
}

std::vector<ReachedFunction> functions_of(const gate::Link& link) {
  std::vector<ReachedFunction> functions;
  const auto& imported = link.import().functions;
  for (std::size_t i = 0; i < imported.size(); ++i) {
    const auto& plan = link.plan(i);
    ReachedFunction function{imported[i].name, imported[i].to_string(), plan.granted, {}};
    for (const std::size_t parameter : plan.bound_parameters) {
      function.bound.push_back(imported[i].parameters[parameter].name);
    }
    functions.push_back(std::move(function));
  }
  return functions;
}

std::vector<ReachedLink> links_of(const std::vector<Link>& written, std::span<const gate::Link> made) {
  std::vector<ReachedLink> links;
  for (const gate::Link& link : made) {
    const Link* by = find_written(written, link.import().name);
    if (by != nullptr) links.push_back({link.import().name, by, functions_of(link)});
  }
  return links;
}

bool grants_something(const ReachedLink& link) {
  return std::ranges::any_of(link.functions, &ReachedFunction::granted);
}

Outlet make_outlet(std::vector<std::string> through, const net::EgressRule& rule,
                   const std::vector<Binding>& bindings) {
  Outlet outlet{std::move(through), &rule, {}, false};
  bool wild = rule.host_match == net::EgressRule::HostMatch::below ||
              rule.path_match == net::EgressRule::PathMatch::all;
  for (const auto& segment : rule.segments) {
    if (segment.kind == net::EgressRule::SegmentKind::literal) continue;
    const auto binds = [&](const Binding& binding) { return *binding.parameter == segment.text; };
    if (segment.kind == net::EgressRule::SegmentKind::placeholder && std::ranges::any_of(bindings, binds)) {
      outlet.narrowed.push_back(segment.text);
    } else {
      wild = true;
    }
  }
  outlet.open = wild && outlet.narrowed.empty() && !net::is_loopback(rule.host);
  return outlet;
}

// Follows links between integrations; the manifest has no circles of them. Only the link of the function is
// bound: what an integration asks of another one is narrowed by nothing.
void add_outlets(const Reach& reach, const std::string& integration, const std::vector<Binding>& bindings,
                 const std::vector<std::string>& before, std::vector<Outlet>& outlets) {
  const auto found = std::ranges::find_if(
      reach.integrations, [&](const IntegrationReach& one) { return *one.integration->name == integration; });
  if (found == reach.integrations.end()) return;
  std::vector<std::string> through = before;
  through.push_back(integration);
  if (found->uses_network) {
    for (const auto& rule : found->integration->egress)
      outlets.push_back(make_outlet(through, *rule, bindings));
  }
  for (const ReachedLink& link : found->links) {
    if (link.written->to->kind != Target::Kind::integration || !grants_something(link)) continue;
    add_outlets(reach, link.written->to->name, {}, through, outlets);
  }
}

std::vector<Outlet> outlets_of(const Reach& reach, const FunctionReach& function) {
  std::vector<Outlet> outlets;
  for (const ReachedLink& link : function.links) {
    if (link.written->to->kind != Target::Kind::integration || !grants_something(link)) continue;
    add_outlets(reach, link.written->to->name, link.written->bind, {link.interface}, outlets);
  }
  return outlets;
}

std::vector<std::string> users_of(const std::string& integration, const Manifest& manifest) {
  std::vector<std::string> users;
  const auto leads_there = [&](const Link& link) {
    return link.to->kind == Target::Kind::integration && link.to->name == integration;
  };
  for (const Function& function : manifest.functions) {
    if (std::ranges::any_of(function.links, leads_there)) users.push_back(*function.name);
  }
  for (const Integration& other : manifest.integrations) {
    if (std::ranges::any_of(other.links, leads_there)) users.push_back(*other.name);
  }
  return users;
}

std::vector<ModelUse> uses_of(const std::string& model, const Reach& reach) {
  std::vector<ModelUse> uses;
  const auto add = [&](const std::string& by, const std::vector<ReachedLink>& links) {
    for (const ReachedLink& link : links) {
      const Target& to = *link.written->to;
      if (to.kind != Target::Kind::model || to.name != model || !grants_something(link)) continue;
      uses.push_back({by, link.interface, link.written->budget.tokens});
    }
  };
  for (const FunctionReach& function : reach.functions) add(*function.function->name, function.links);
  for (const IntegrationReach& one : reach.integrations) add(*one.integration->name, one.links);
  return uses;
}

std::vector<NeededSecret> secrets_of(const Manifest& manifest, const ProbeSecret& probe) {
  std::vector<NeededSecret> secrets;
  const auto add = [&](std::string label, const SecretSource& source, const Secret* secret) {
    Status state = probe(label, source);
    secrets.push_back({std::move(label), &source, secret, std::move(state)});
  };
  for (const Integration& integration : manifest.integrations) {
    for (const Secret& secret : integration.secrets) {
      add(fmt::format("integration.{}.secrets.{}", *integration.name, *secret.name), secret.source, &secret);
    }
  }
  for (const Trigger& trigger : manifest.triggers) {
    if (trigger.secret) add(fmt::format("trigger.{}.secret", *trigger.name), *trigger.secret, nullptr);
  }
  return secrets;
}

}  // namespace

Reach find_reach(const Manifest& manifest, const LinksOf& links, const ProbeSecret& probe,
                 std::span<const LinkedModel> models) {
  Reach reach;
  reach.manifest = &manifest;
  for (const Integration& integration : manifest.integrations) {
    const auto made = links(*integration.name);
    const bool uses_network = std::ranges::any_of(
        made, [](const gate::Link& link) { return link.import().bare_name() == http_interface; });
    reach.integrations.push_back({&integration, uses_network, users_of(*integration.name, manifest),
                                  links_of(integration.links, made)});
  }
  for (const Function& function : manifest.functions) {
    FunctionReach one{&function, {}, links_of(function.links, links(*function.name)), {}};
    for (const Trigger& trigger : manifest.triggers) {
      if (*trigger.function == *function.name) one.triggers.push_back(&trigger);
    }
    one.outlets = outlets_of(reach, one);
    reach.functions.push_back(std::move(one));
  }
  for (const LinkedModel& model : models) reach.models.push_back({&model, uses_of(model.name, reach)});
  reach.secrets = secrets_of(manifest, probe);
  add_warnings(reach);
  return reach;
}

Reach find_reach(const App& app, const ProbeSecret& probe) {
  const LinksOf links = [&](std::string_view name) -> std::span<const gate::Link> {
    if (const auto found = app.integrations().find(name); found != app.integrations().end()) {
      return found->second->links;
    }
    const LoadedFunction* function = app.find_function(name);
    return function == nullptr ? std::span<const gate::Link>() : std::span<const gate::Link>(function->links);
  };
  return find_reach(app.manifest(), links, probe, app.models());
}

ProbeSecret probe_secrets(std::filesystem::path app_folder, gate::ReadVariable variable) {
  return [folder = std::move(app_folder), variable = std::move(variable)](
             std::string_view label, const SecretSource& source) -> Status {
    auto text = gate::load_secret(label, origin_of(source), folder, variable);
    if (!text) return std::unexpected(std::move(text.error()));
    return {};
  };
}

}  // namespace sluice::flow
