#include "flow/manifest_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "flow/manifest_syntax.h"

namespace sluice::flow {

namespace {

constexpr std::uint64_t budget_max = 1ULL << 40;

std::vector<Binding> read_bindings(TomlTable& link) {
  std::vector<Binding> bindings;
  auto table = link.table("bind");
  if (!table) return bindings;
  table->each([&](Located<std::string> parameter, const toml::node&) {
    Problems& problems = table->problems();
    check_name(parameter, problems);
    Binding binding{.parameter = parameter, .pointers = table->text_or_texts(*parameter, Need::required)};
    if (table->is_empty_list(*parameter)) {
      problems.add(table->origin_of(*parameter), "binds to nothing",
                   "name at least one JSON pointer into the event");
    }
    for (const auto& pointer : binding.pointers) {
      if (is_json_pointer(*pointer)) continue;
      problems.add(pointer.at, fmt::format("`{}` is not a JSON pointer to a value of the event", *pointer),
                   "write it as in \"/repository/owner/login\"");
    }
    if (binding.pointers.empty()) return;
    bindings.push_back(std::move(binding));
  });
  return bindings;
}

Budget read_budget(TomlTable& link) {
  Budget budget;
  auto table = link.table("budget");
  if (!table) return budget;
  budget.calls = table->number("calls", 0, budget_max);
  budget.bytes = table->number("bytes", 0, budget_max);
  budget.seconds = table->number("seconds", 0, budget_max);
  budget.tokens = table->number("tokens", 0, budget_max);
  table->finish();
  return budget;
}

std::optional<std::vector<Located<std::string>>> read_functions(TomlTable& link) {
  if (!link.has("functions")) return std::nullopt;
  auto functions = link.texts("functions");
  for (const auto& function : functions) check_name(function, link.problems());
  return functions;
}

// The table form of a link: `{ to = …, bind = …, budget = …, functions = … }`.
std::optional<Link> read_link_table(TomlTable table, Located<std::string> interface) {
  auto to = table.text("to", Need::required);
  Link link{.interface = std::move(interface),
            .to = {},
            .bind = read_bindings(table),
            .budget = read_budget(table),
            .functions = read_functions(table)};
  table.finish();
  if (!to) return std::nullopt;
  link.to = {parse_target(to->value), std::move(to->at)};
  return link;
}

void check_import(const Located<std::string>& interface, const std::vector<Link>& before,
                  Problems& problems) {
  if (!is_interface_name(*interface)) {
    problems.add(interface.at, "not an interface's name",
                 "write `\"namespace:package/interface\"`, with `@version` or without");
    return;
  }
  if (without_version(*interface) == "sluice:http/client") {
    problems.add(interface.at,
                 "HTTP is not linked: an integration has it where its `egress` grants something",
                 "remove this link and list the URLs in `egress` of the integration");
    return;
  }
  for (const Link& other : before) {
    if (!covers_interface(*other.interface, *interface) && !covers_interface(*interface, *other.interface))
      continue;
    problems.add(interface.at, fmt::format("linked already, as `{}`", *other.interface), "keep one of both");
  }
}

}  // namespace

std::vector<Link> read_links(TomlTable& owner) {
  std::vector<Link> links;
  auto table = owner.table("links");
  if (!table) return links;
  table->each([&](Located<std::string> interface, const toml::node& value) {
    check_import(interface, links, table->problems());
    if (const auto* inner = value.as_table()) {
      const Origin at = table->origin_of(*interface);
      auto link = read_link_table(TomlTable{*inner, at, table->problems()}, std::move(interface));
      if (link) links.push_back(std::move(*link));
    } else if (value.is_string()) {
      auto to = table->text(*interface);
      if (to)
        links.push_back({std::move(interface), {parse_target(to->value), to->at}, {}, {}, std::nullopt});
    } else {
      table->wrong_type(value, interface.at, "a text (where the link leads) or a table with `to`");
    }
  });
  return links;
}

Config read_config(TomlTable& owner) {
  Config config;
  auto table = owner.table("config");
  if (!table) return config;
  table->each([&](Located<std::string> key, const toml::node& value) {
    Origin at = table->origin_of(*key);
    std::string text;
    if (const auto* string = value.as_string()) {
      text = string->get();
    } else if (const auto* number = value.as_integer()) {
      text = fmt::format("{}", number->get());
    } else if (const auto* boolean = value.as_boolean()) {
      text = boolean->get() ? "true" : "false";
    } else if (const auto* list = value.as_array();
               list != nullptr &&
               std::ranges::all_of(*list, [](const auto& item) { return item.is_string(); })) {
      nlohmann::json items = nlohmann::json::array();
      for (const toml::node& item : *list) items.push_back(item.as_string()->get());
      text = items.dump();
    } else {
      table->wrong_type(value, std::move(at), "a text, a whole number, true or false, or a list of texts");
      return;
    }
    config.emplace(*key, Located<std::string>{std::move(text), std::move(at)});
  });
  return config;
}

Limits read_limits(TomlTable& owner) {
  Limits limits;
  auto table = owner.table("limits");
  if (!table) return limits;
  for (const LimitSetting& setting : limit_settings) {
    if (const auto value = table->number(setting.name, setting.min, setting.max))
      limits.*setting.field = *value;
  }
  table->finish();
  return limits;
}

std::optional<SecretSource> read_secret_source(TomlTable& table) {
  SecretSource source{.env = table.text("env"), .file = table.text("file")};
  if (source.env && source.file) {
    table.problems().add(source.file->at, "a secret comes from `env` or from `file`, not from both");
    return std::nullopt;
  }
  if (source.env || source.file) {
    if (source.env && source.env->value.find('=') != std::string::npos) {
      table.problems().add(source.env->at, "not the name of an environment variable");
    }
    return source;
  }
  if (!table.has("env") && !table.has("file")) {
    table.problems().add(table.at(), "does not say where the secret comes from",
                         "write `{ env = \"VARIABLE\" }` or `{ file = \"path\" }`");
  }
  return std::nullopt;
}

}  // namespace sluice::flow
