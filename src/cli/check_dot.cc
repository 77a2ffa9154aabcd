#include <fmt/format.h>

#include <iterator>
#include <set>

#include "cli/check.h"

namespace sluice::cli {

namespace {

// A quoted string of the DOT language for a label. Graphviz reads backslash escapes and HTML entities in it.
std::string dot_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '&':
        out += "&amp;";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += ' ';
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

class Graph {
 public:
  void node(const std::string& id, std::string_view label, std::string_view style) {
    if (!nodes_.insert(id).second) return;
    fmt::format_to(std::back_inserter(out_), "  {} [label={}, {}];\n", dot_string(id), dot_string(label),
                   style);
  }

  void edge(const std::string& from, const std::string& to, std::string_view label,
            std::string_view style = "") {
    fmt::format_to(std::back_inserter(out_), "  {} -> {} [label={}{}{}];\n", dot_string(from), dot_string(to),
                   dot_string(label), style.empty() ? "" : ", ", style);
  }

  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  std::set<std::string> nodes_;
  std::string out_;
};

std::string node_of(const flow::Target& to) {
  switch (to.kind) {
    case flow::Target::Kind::host:
      return "host:" + to.name;
    case flow::Target::Kind::integration:
      return "component:" + to.name;
    case flow::Target::Kind::model:
      return "model:" + to.name;
  }
  return to.name;
}

std::string origin_of(const net::EgressRule& rule) {
  const bool below = rule.host_match == net::EgressRule::HostMatch::below;
  std::string text =
      fmt::format("{}://{}{}", net::name_of(rule.scheme), below ? "*." : "", rule.host.in_url());
  if (rule.port != net::default_port(rule.scheme)) text += fmt::format(":{}", rule.port);
  return text;
}

std::string link_label(const flow::ReachedLink& link) {
  std::string label = link.interface;
  for (const flow::ReachedFunction& function : link.functions) {
    label += "\n" + function.name;
    if (!function.bound.empty()) label += fmt::format("({})", fmt::join(function.bound, ", "));
    if (!function.granted) label += " refused";
  }
  if (const auto& tokens = link.written->budget.tokens) label += fmt::format("\n{} tokens", *tokens);
  return label;
}

void add_links(Graph& graph, const std::string& from, const std::vector<flow::ReachedLink>& links) {
  for (const flow::ReachedLink& link : links) {
    const flow::Target& to = *link.written->to;
    if (to.kind == flow::Target::Kind::host)
      graph.node(node_of(to), "host\n" + to.name, "shape=box, style=rounded");
    graph.edge(from, node_of(to), link_label(link));
  }
}

void add_function(Graph& graph, const flow::FunctionReach& one, const std::string& app) {
  const std::string id = "component:" + *one.function->name;
  graph.node(id, "function\n" + *one.function->name, "shape=box, style=bold");
  for (const flow::Trigger* trigger : one.triggers) {
    const std::string trigger_id = "trigger:" + *trigger->name;
    std::string events;
    for (const auto& event : trigger->events) events += (events.empty() ? "" : "\n") + *event;
    graph.node(trigger_id, "/hooks/" + app + "/" + *trigger->name, "shape=ellipse");
    graph.edge(trigger_id, id, events);
  }
  add_links(graph, id, one.links);
}

void add_integration(Graph& graph, const flow::IntegrationReach& one) {
  const flow::Integration& integration = *one.integration;
  const std::string id = "component:" + *integration.name;
  std::string label = "integration\n" + *integration.name;
  for (const flow::Secret& secret : integration.secrets) label += "\nsecret " + *secret.name;
  graph.node(id, label, "shape=component");
  add_links(graph, id, one.links);
  if (!one.uses_network) return;
  for (const auto& rule : integration.egress) {
    const std::string origin = origin_of(*rule);
    graph.node("network:" + origin, origin, "shape=doubleoctagon");
    graph.edge(id, "network:" + origin, rule->text, "style=dashed");
  }
}

void add_model(Graph& graph, const flow::ModelReach& one) {
  const nn::ModelSpec& spec = one.model->spec;
  graph.node("model:" + one.model->name,
             fmt::format("model\n{}\n{}\n{}", one.model->name, spec.path.filename().string(),
                         spec.verified ? "verified" : "not verified"),
             "shape=cylinder");
}

}  // namespace

std::string reach_as_dot(const flow::Reach& reach) {
  Graph graph;
  for (const auto& function : reach.functions) add_function(graph, function, *reach.manifest->name);
  for (const auto& integration : reach.integrations) add_integration(graph, integration);
  for (const auto& model : reach.models) add_model(graph, model);
  return fmt::format(
      "digraph {} {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n{}}}\n",
      dot_string(*reach.manifest->name), graph.text());
}

}  // namespace sluice::cli
