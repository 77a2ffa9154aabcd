#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/check.h"

namespace sluice::cli {

namespace {

using flow::Reach;

// The manifest takes no ASCII control characters; those of Unicode (U+0080 to U+009F) play with terminals as
// well.
std::string shown(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) {
      fmt::format_to(std::back_inserter(out), "\\u00{:02x}", next);
      ++i;
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u00{:02x}", byte);
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string source_text(const flow::SecretSource& source) {
  return source.env ? "the environment variable " + shown(**source.env) : "the file " + shown(**source.file);
}

std::string state_text(const flow::NeededSecret& secret) {
  if (secret.state) return "set";
  const Error& error = secret.state.error();
  if (error.code != ErrorCode::not_found) return "cannot be used: " + shown(error.why);
  return secret.source->env ? "not set" : "not there";
}

std::string host_text(const flow::SecretHost& host) {
  const std::string name = host.host.find(':') == std::string::npos ? host.host : "[" + host.host + "]";
  return host.port ? fmt::format("{}:{}", name, *host.port) : name;
}

std::string target_text(const flow::Target& to) {
  switch (to.kind) {
    case flow::Target::Kind::host:
      return "host " + to.name;
    case flow::Target::Kind::integration:
      return "integration " + to.name;
    case flow::Target::Kind::model:
      return "model " + to.name;
  }
  return to.name;
}

class Printer {
 public:
  explicit Printer(const Reach& reach) : reach_(reach) {}

  std::string print() {
    const flow::Manifest& manifest = *reach_.manifest;
    const std::size_t models = reach_.models.size();
    line(0, "app {} ({}): {}, {}{}, {}", *manifest.name, shown(manifest.file),
         counted(manifest.functions.size(), "function", "functions"),
         counted(manifest.integrations.size(), "integration", "integrations"),
         models == 0 ? "" : ", " + counted(models, "model", "models"),
         counted(manifest.triggers.size(), "trigger", "triggers"));
    if (!manifest.description.empty()) line(0, "{}", shown(manifest.description));
    for (const auto& function : reach_.functions) print_function(function);
    for (const auto& integration : reach_.integrations) print_integration(integration);
    for (const auto& model : reach_.models) print_model(model);
    print_secrets();
    print_warnings();
    return std::move(out_);
  }

 private:
  template <class... Parts>
  void line(std::size_t depth, fmt::format_string<Parts...> format, Parts&&... parts) {
    out_.append(depth * 2, ' ');
    fmt::format_to(std::back_inserter(out_), format, std::forward<Parts>(parts)...);
    out_ += '\n';
  }

  void print_function(const flow::FunctionReach& one) {
    const flow::Function& function = *one.function;
    out_ += '\n';
    line(0, "function {} ({})", *function.name, shown(*function.component));
    if (one.triggers.empty()) line(1, "started by: commands only");
    for (const flow::Trigger* trigger : one.triggers) print_trigger(*trigger);
    print_links(one.links);
    if (one.outlets.empty()) {
      line(1, "network: none");
    } else {
      line(1, "network:");
      for (const flow::Outlet& outlet : one.outlets) print_outlet(outlet);
    }
    print_limits(function.limits);
    line(1, "attempts: {}", function.attempts);
    if (function.concurrency) line(1, "runs at the same time: {}", *function.concurrency);
  }

  void print_trigger(const flow::Trigger& trigger) {
    std::string events;
    for (const auto& event : trigger.events) events += (events.empty() ? "" : ", ") + *event;
    line(1, "started by: trigger {}: GitHub's {}, at /hooks/{}/{}, {}", *trigger.name, events,
         *reach_.manifest->name, *trigger.name,
         trigger.secret ? "signed with the secret in " + source_text(*trigger.secret)
                        : std::string("not signed: anybody can start it"));
  }

  void print_links(const std::vector<flow::ReachedLink>& links) {
    if (links.empty()) {
      line(1, "may call: nothing");
      return;
    }
    line(1, "may call:");
    for (const flow::ReachedLink& link : links) {
      line(2, "{} -> {}", link.interface, target_text(*link.written->to));
      std::string granted;
      std::string refused;
      for (const flow::ReachedFunction& function : link.functions) {
        std::string& list = function.granted ? granted : refused;
        list += (list.empty() ? "" : ", ") + function.name;
        if (function.granted && !function.bound.empty()) {
          list += fmt::format("({})", fmt::join(function.bound, ", "));
        }
      }
      line(3, "granted: {}", granted.empty() ? "nothing" : granted);
      if (!refused.empty()) line(3, "refused: {}", refused);
      for (const flow::Binding& binding : link.written->bind) {
        std::string pointers;
        for (const auto& pointer : binding.pointers)
          pointers += (pointers.empty() ? "" : " or ") + shown(*pointer);
        line(3, "bound: {} = {} of the event", *binding.parameter, pointers);
      }
      print_budget(link.written->budget);
    }
  }

  void print_budget(const flow::Budget& budget) {
    std::string parts;
    const auto add = [&](const std::optional<std::uint64_t>& most, std::string_view unit) {
      if (most) parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", *most, unit);
    };
    add(budget.calls, "calls");
    add(budget.bytes, "bytes");
    add(budget.seconds, "seconds");
    add(budget.tokens, "tokens");
    if (!parts.empty()) line(3, "budget of a run: {}", parts);
  }

  void print_outlet(const flow::Outlet& outlet) {
    std::string narrowed;
    for (const std::string& name : outlet.narrowed) narrowed += (narrowed.empty() ? "" : ", ") + name;
    line(2, "{}  through {}{}{}", shown(outlet.rule->text),
         fmt::join(outlet.through.begin() + 1, outlet.through.end(), ", then "),
         narrowed.empty() ? "" : "; as in the event: " + narrowed, outlet.open ? "; open" : "");
  }

  // Those that differ from what holds without a word, and the ones that people ask for.
  void print_limits(const Limits& limits) {
    const Limits defaults;
    std::string text;
    for (const LimitSetting& setting : limit_settings) {
      const bool asked =
          setting.name == "memory-mib" || setting.name == "cpu-ms" || setting.name == "time-limit-s";
      if (!asked && limits.*setting.field == defaults.*setting.field) continue;
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", setting.name, limits.*setting.field);
    }
    line(1, "limits: {}", text);
  }

  void print_integration(const flow::IntegrationReach& one) {
    const flow::Integration& integration = *one.integration;
    out_ += '\n';
    line(0, "integration {} ({})", *integration.name, shown(*integration.component));
    line(1, "used by: {}", one.used_by.empty() ? "nobody" : fmt::format("{}", fmt::join(one.used_by, ", ")));
    if (!one.uses_network) {
      line(1, "may request: nothing, its component does not import sluice:http/client");
    } else {
      line(1, "may request:");
      for (const auto& rule : integration.egress) line(2, "{}", shown(rule->text));
      line(1, "each request: {} s, {} bytes out, {} bytes in", integration.timeout_s,
           integration.request_bytes, integration.response_bytes);
    }
    for (const flow::Secret& secret : integration.secrets) {
      std::string hosts;
      for (const auto& host : secret.hosts) hosts += (hosts.empty() ? "" : ", ") + host_text(*host);
      line(1, "secret {}: for {} alone", *secret.name, hosts);
    }
    print_links(one.links);
    print_limits(integration.limits);
  }

  void print_model(const flow::ModelReach& one) {
    const flow::LinkedModel& model = *one.model;
    out_ += '\n';
    line(0, "model {} ({})", model.name, shown(model.spec.path.string()));
    if (!model.catalogue.empty()) line(1, "of the catalogue: {}", model.catalogue);
    line(1, "backend: {}", model.spec.backend);
    line(1, "sha256: {}, {}", model.spec.sha256, model.spec.verified ? "verified" : "not verified");
    if (one.uses.empty()) line(1, "used by: nobody");
    for (const flow::ModelUse& use : one.uses) {
      line(1, "used by: {}, through {}, {}", use.by, use.interface,
           use.tokens ? fmt::format("{} tokens for each run", *use.tokens) : "without a budget of tokens");
    }
  }

  void print_secrets() {
    if (reach_.secrets.empty()) return;
    out_ += '\n';
    line(0, "secrets");
    for (const flow::NeededSecret& secret : reach_.secrets) {
      line(1, "{}: {}: {}", secret.label, source_text(*secret.source), state_text(secret));
    }
  }

  void print_warnings() {
    out_ += '\n';
    if (reach_.warnings.empty()) {
      line(0, "fine: no warnings");
      return;
    }
    line(0, "fine, with {}", counted(reach_.warnings.size(), "warning", "warnings"));
    for (const flow::Warning& warning : reach_.warnings) {
      line(1, "{} [{}]", shown(warning.problem.to_string(reach_.manifest->file)),
           flow::name_of(warning.kind));
    }
  }

  const Reach& reach_;
  std::string out_;
};

}  // namespace

std::string reach_as_text(const Reach& reach) {
  return Printer(reach).print();
}

}  // namespace sluice::cli
