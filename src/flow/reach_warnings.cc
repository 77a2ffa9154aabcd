#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "flow/reach.h"

namespace sluice::flow {

namespace {

using Segment = net::EgressRule::SegmentKind;

class Warnings {
 public:
  explicit Warnings(Reach& reach) : reach_(reach) {}

  void add(WarningKind kind, const Origin& at, std::string why, std::string todo) {
    reach_.warnings.push_back({kind, {at, std::move(why), std::move(todo)}});
  }

 private:
  Reach& reach_;
};

void find_unused_links(const std::vector<Link>& written, const std::vector<ReachedLink>& made,
                       Warnings& warnings) {
  for (const Link& link : written) {
    const bool used = std::ranges::any_of(made, [&](const ReachedLink& one) { return one.written == &link; });
    if (used) continue;
    warnings.add(WarningKind::unused_link, link.interface.at, "the component does not import this interface",
                 "remove the link: what is not needed should not be granted");
  }
}

bool has_placeholder(const net::EgressRule& rule, std::string_view name) {
  return std::ranges::any_of(rule.segments, [&](const auto& segment) {
    return segment.kind == Segment::placeholder && segment.text == name;
  });
}

// Whether the rule leaves it to the request where exactly it goes.
bool is_wild(const net::EgressRule& rule) {
  return rule.host_match == net::EgressRule::HostMatch::below ||
         rule.path_match == net::EgressRule::PathMatch::all ||
         std::ranges::any_of(rule.segments, [](const auto& segment) {
           return segment.kind == Segment::any || segment.kind == Segment::rest;
         });
}

std::string quoted_list(const std::vector<std::string>& names) {
  return fmt::format("`{}`", fmt::join(names, "`, `"));
}

// A binding holds the arguments of calls; requests are held by the placeholders of egress rules alone.
void check_binding(const Link& link, const Integration& integration, Warnings& warnings) {
  if (link.bind.empty() || integration.egress.empty()) return;
  std::vector<std::string> idle;
  for (const Binding& binding : link.bind) {
    const bool used = std::ranges::any_of(
        integration.egress, [&](const auto& rule) { return has_placeholder(*rule, *binding.parameter); });
    if (!used) idle.push_back(*binding.parameter);
  }
  if (!idle.empty()) {
    warnings.add(
        WarningKind::binding_without_effect, link.bind.front().parameter.at,
        fmt::format(
            "no `egress` of `{}` has {} as a placeholder: calls are held to the event, requests are not",
            *integration.name, quoted_list(idle)),
        fmt::format("write e.g. `https://api.example.org/repos/{{{}}}/**`", idle.front()));
  }
  if (idle.size() == link.bind.size()) return;
  for (const auto& rule : integration.egress) {
    const bool narrowed = std::ranges::any_of(
        link.bind, [&](const Binding& binding) { return has_placeholder(*rule, *binding.parameter); });
    if (narrowed || !is_wild(*rule)) continue;
    warnings.add(
        WarningKind::binding_without_effect, rule.at,
        fmt::format("`{}` grants more than the event is about, beside rules that are narrowed", rule->text),
        "put the placeholders in, or name the paths that are needed");
  }
}

void find_idle_bindings(const Reach& reach, Warnings& warnings) {
  // Two links may lead to one integration; a rule is told once.
  std::set<std::tuple<std::uint32_t, std::uint32_t>> told;
  for (const FunctionReach& function : reach.functions) {
    for (const ReachedLink& link : function.links) {
      if (link.written->to->kind != Target::Kind::integration) continue;
      const Integration* to = reach.manifest->find_integration(link.written->to->name);
      if (to != nullptr &&
          told.emplace(link.written->interface.at.line, link.written->interface.at.column).second) {
        check_binding(*link.written, *to, warnings);
      }
    }
  }
}

void check_encryption(const Integration& integration, Warnings& warnings) {
  for (const auto& rule : integration.egress) {
    if (rule->scheme != net::Scheme::http || net::is_loopback(rule->host)) continue;
    warnings.add(
        WarningKind::unencrypted_egress, rule.at,
        fmt::format("`{}` is not encrypted: others on the way can read and change what is sent", rule->text),
        "use https");
  }
}

void check_secrets(const Integration& integration, Warnings& warnings) {
  std::vector<std::string> hosts;
  for (const Secret& secret : integration.secrets) {
    for (const auto& host : secret.hosts) {
      if (std::ranges::find(hosts, host->host) == hosts.end()) hosts.push_back(host->host);
      std::set<std::uint16_t> ports;
      for (const auto& rule : integration.egress) {
        if (rule->host_match == net::EgressRule::HostMatch::exact && rule->host.text == host->host) {
          ports.insert(rule->port);
        }
      }
      if (host->port || ports.size() < 2) continue;
      warnings.add(WarningKind::secret_on_any_port, host.at,
                   fmt::format("the secret may go to {} on each of the ports {}, which `egress` grants",
                               host->host, fmt::join(ports, ", ")),
                   fmt::format("write the one that is meant, e.g. `{}:{}`", host->host, *ports.begin()));
    }
  }
  if (hosts.empty()) return;
  for (const auto& rule : integration.egress) {
    const bool exact = rule->host_match == net::EgressRule::HostMatch::exact;
    if (exact && std::ranges::find(hosts, rule->host.text) != hosts.end()) continue;
    warnings.add(
        WarningKind::egress_beyond_secrets, rule.at,
        fmt::format("`{}` grants more hosts than the integration has secrets for ({}): what is read with a "
                    "secret can be sent there",
                    rule->text, fmt::join(hosts, ", ")),
        "name the exact hosts that are needed, or make it an integration of its own, without the secret");
  }
}

void check_integration(const IntegrationReach& one, Warnings& warnings) {
  const Integration& integration = *one.integration;
  find_unused_links(integration.links, one.links, warnings);
  if (one.used_by.empty()) {
    warnings.add(WarningKind::unused_integration, integration.name.at,
                 "nothing is linked to this integration", "remove it, or link a function to it");
  }
  if (!one.uses_network && !integration.egress.empty()) {
    warnings.add(WarningKind::unused_egress, integration.egress.front().at,
                 "the component does not import sluice:http/client, so that it requests nothing",
                 "remove `egress`");
  }
  check_encryption(integration, warnings);
  check_secrets(integration, warnings);
}

void check_function(const FunctionReach& one, Warnings& warnings) {
  find_unused_links(one.function->links, one.links, warnings);
  if (!one.triggers.empty()) return;
  warnings.add(WarningKind::no_trigger, one.function->name.at,
               "no trigger starts this function: it runs by command only",
               fmt::format("add `[trigger.NAME]` with `function = \"{}\"` if events shall start it",
                           *one.function->name));
}

// The three together let whoever writes the text have the data sent to a place of their choice.
void find_open_way_out(const Reach& reach, Warnings& warnings) {
  std::vector<std::string> secrets;
  for (const NeededSecret& needed : reach.secrets) {
    if (needed.secret != nullptr) secrets.push_back(needed.label);
  }
  if (secrets.empty() || reach.manifest->triggers.empty()) return;
  for (const FunctionReach& function : reach.functions) {
    const auto open = std::ranges::find_if(function.outlets, &Outlet::open);
    if (open == function.outlets.end()) continue;
    const auto link = std::ranges::find(function.links, open->through.front(), &ReachedLink::interface);
    warnings.add(
        WarningKind::open_way_out, link->written->interface.at,
        fmt::format(
            "the app has private data (secrets: {}), takes text from outside (trigger `{}`), and `{}` "
            "has an open way out: `{}` through `{}`, narrowed by nothing",
            fmt::join(secrets, ", "), *reach.manifest->triggers.front().name, *function.function->name,
            open->rule->text, open->through.back()),
        "bind the link, and put the bound parameters into `egress` as placeholders");
  }
}

}  // namespace

std::string_view name_of(WarningKind kind) {
  switch (kind) {
    case WarningKind::unused_link:
      return "unused-link";
    case WarningKind::unused_integration:
      return "unused-integration";
    case WarningKind::unused_model:
      return "unused-model";
    case WarningKind::unused_egress:
      return "unused-egress";
    case WarningKind::binding_without_effect:
      return "binding-without-effect";
    case WarningKind::unencrypted_egress:
      return "unencrypted-egress";
    case WarningKind::egress_beyond_secrets:
      return "egress-beyond-secrets";
    case WarningKind::secret_on_any_port:
      return "secret-on-any-port";
    case WarningKind::no_trigger:
      return "no-trigger";
    case WarningKind::open_way_out:
      return "open-way-out";
  }
  return "";
}

void add_warnings(Reach& reach) {
  Warnings warnings(reach);
  for (const FunctionReach& function : reach.functions) check_function(function, warnings);
  for (const IntegrationReach& integration : reach.integrations) check_integration(integration, warnings);
  for (const ModelReach& model : reach.models) {
    if (!model.uses.empty() || model.model->written == nullptr) continue;
    warnings.add(WarningKind::unused_model, model.model->written->name.at, "nothing is linked to this model",
                 fmt::format("remove it, or link to `model:{}`", model.model->name));
  }
  find_idle_bindings(reach, warnings);
  find_open_way_out(reach, warnings);
  std::ranges::stable_sort(reach.warnings, [](const Warning& a, const Warning& b) {
    return std::tie(a.problem.at.line, a.problem.at.column) <
           std::tie(b.problem.at.line, b.problem.at.column);
  });
}

}  // namespace sluice::flow
