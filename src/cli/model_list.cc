// `sluice model list`: the catalogue, and whether its files are there and what they should be.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/model.h"
#include "cli/progress.h"

namespace sluice::cli {

namespace {

struct Options {
  bool json = false;
  bool verify = false;
};

enum class FileState : std::uint8_t { verified, unverified, wrong, missing, unreadable };

std::string_view name_of(FileState state) {
  switch (state) {
    case FileState::verified:
      return "verified";
    case FileState::unverified:
      return "not verified yet";
    case FileState::wrong:
      return "wrong hash";
    case FileState::missing:
      return "missing";
    case FileState::unreadable:
      return "unreadable";
  }
  return "";
}

struct Listed {
  flow::CatalogueEntry entry;
  FileState state = FileState::unverified;
  std::string why;  // of a file that can't be used
  std::uint64_t bytes = 0;
  nn::ModelFacts facts;
};

Listed look_at(flow::CatalogueEntry entry, const Options& options, const ModelTools& tools) {
  Listed listed{.entry = std::move(entry), .why = {}, .facts = {}};
  const nn::ModelSpec& spec = listed.entry.spec;
  const std::string what = fmt::format("use the model {} ({})", spec.name, spec.path.string());
  std::error_code error;
  listed.bytes = std::filesystem::file_size(spec.path, error);
  if (error) listed.bytes = 0;
  if (!options.verify) {
    const auto known = tools.files().known(spec.path);
    if (known) listed.state = known->sha256 == spec.sha256 ? FileState::verified : FileState::wrong;
    if (listed.state == FileState::wrong) {
      listed.why = fmt::format("its sha256 is {}, and {} is expected", known->sha256, spec.sha256);
    }
  } else if (const auto stamp = tools.files().verify(what, spec.path, spec.sha256)) {
    listed.state = FileState::verified;
  } else {
    listed.state = stamp.error().code == ErrorCode::corrupt ? FileState::wrong : FileState::unreadable;
    listed.why = stamp.error().why;
  }
  auto facts = nn::inspect_model(tools.settings(), spec.backend, spec.path);
  if (facts) {
    listed.facts = std::move(*facts);
  } else if (listed.state != FileState::wrong) {
    listed.state =
        facts.error().code == ErrorCode::not_found && error ? FileState::missing : FileState::unreadable;
    listed.why = facts.error().why;
  }
  return listed;
}

nlohmann::ordered_json to_json(const Listed& one) {
  const flow::CatalogueEntry& entry = one.entry;
  return {{"name", entry.spec.name},
          {"backend", entry.spec.backend},
          {"path", entry.spec.path.string()},
          {"sha256", entry.spec.sha256},
          {"bytes", one.bytes},
          {"architecture", one.facts.word("architecture")},
          {"quantization", one.facts.word("quantization")},
          {"parameters", one.facts.parameters},
          {"context-tokens", one.facts.context_trained},
          {"kind", one.facts.parameters > 0 ? kind_of(one.facts) : ""},
          {"file", name_of(one.state)},
          {"why", one.why},
          {"description", entry.description},
          {"license", entry.license},
          {"source", entry.source},
          {"own", entry.is_own},
          {"catalogue", entry.file.string()}};
}

using Row = std::array<std::string, 7>;

Row row_of(const Listed& one) {
  const bool known = one.facts.parameters > 0;
  return {one.entry.spec.name,
          known ? std::string(kind_of(one.facts)) : "",
          plain_text(one.facts.word("quantization")),
          one.bytes > 0 ? size_text(one.bytes) : "",
          known ? fmt::format("{}", one.facts.context_trained) : "",
          std::string(name_of(one.state)),
          plain_text(one.entry.spec.path.string())};
}

void print_table(const std::vector<Listed>& all) {
  std::vector<Row> rows{{"NAME", "KIND", "WEIGHTS", "SIZE", "CONTEXT", "FILE IS", "FILE"}};
  for (const Listed& one : all) rows.push_back(row_of(one));
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    std::cout << line << row.back() << "\n";
  }
  for (const Listed& one : all) {
    if (!one.why.empty()) std::cout << one.entry.spec.name << ": " << plain_text(one.why) << "\n";
  }
}

int run(const Options& options) {
  const ModelTools tools;
  auto entries = tools.catalogue().entries();
  if (!entries) return report(entries.error());
  std::vector<Listed> all;
  for (flow::CatalogueEntry& entry : *entries) all.push_back(look_at(std::move(entry), options, tools));
  if (options.json) {
    nlohmann::ordered_json out{{"version", 1}, {"models", nlohmann::ordered_json::array()}};
    for (const Listed& one : all) out["models"].push_back(to_json(one));
    std::cout << out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  } else if (all.empty()) {
    std::cout << "The catalogue is empty: `sluice model add FILE` adds a model.\n";
  } else {
    print_table(all);
  }
  const auto is_bad = [](const Listed& one) { return one.state != FileState::verified; };
  return options.verify && std::ranges::any_of(all, is_bad) ? exit_found : exit_ok;
}

}  // namespace

void add_model_list(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = model.add_subcommand("list", "List the models of the catalogue");
  command->add_flag("--json", options->json, "Print JSON (docs/models.md)");
  command->add_flag("--verify", options->verify,
                    "Compare each file with its hash now, and exit with 1 if one is not what it should be");
  command->footer(
      "A file is `verified` once it was read and had its hash, and has not changed since; one that was not "
      "read yet is\n"
      "when a model is first used.\n\n"
      "Examples:\n"
      "  sluice model list\n"
      "  sluice model list --verify --json | jq '.models[] | {name, file}'\n\n"
      "Exit codes: 0 listed, 1 --verify found a file that is missing or wrong, 2 the catalogue has mistakes, "
      "3 "
      "it could\n"
      "not be read.");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace sluice::cli
