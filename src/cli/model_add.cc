// `sluice model add` and `sluice model remove`: what is in the user's catalogue.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iostream>

#include "base/value.h"
#include "cli/model.h"
#include "cli/progress.h"
#include "flow/manifest_syntax.h"
#include "nn/formats.h"
#include "nn/model_file.h"

namespace sluice::cli {

namespace {

struct AddOptions {
  std::string file;
  std::string name;
  std::string backend = "ggml";
  std::string sha256;
  std::string description;
  std::string license;
  std::string source;
};

struct RemoveOptions {
  std::string name;
  bool delete_file = false;
};

// `SmolLM2-135M-Instruct.Q4_K_M.gguf` is `smollm2-135m-instruct-q4-k-m`.
std::string name_from(const std::filesystem::path& file) {
  std::string name;
  for (const char c : file.stem().string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte) != 0) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

Result<std::string> choose_name(const AddOptions& options, const std::string& what) {
  const std::string name = options.name.empty() ? name_from(options.file) : options.name;
  if (flow::is_kebab(name)) return name;
  return fail(ErrorCode::invalid_input, what, fmt::format("`{}` is not a name", plain_text(name)),
              "give one with --name: lower-case words with hyphens between, e.g. `coder-7b`");
}

Result<flow::CatalogueEntry> make_entry(const AddOptions& options, const ModelTools& tools) {
  const std::string what = "add the model " + plain_text(options.file);
  auto name = choose_name(options, what);
  if (!name) return std::unexpected(std::move(name.error()));
  if (auto free = tools.catalogue().check_free(*name); !free) return std::unexpected(std::move(free.error()));
  flow::CatalogueEntry entry;
  entry.spec.name = *name;
  entry.spec.backend = options.backend;
  std::error_code error;
  entry.spec.path = std::filesystem::absolute(options.file, error).lexically_normal();
  const auto cannot_hold = [](const std::string& text) -> std::string_view {
    if (!is_utf8(text)) return "is not UTF-8";
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; })
               ? "has a control character"
               : "";
  };
  if (const auto why = cannot_hold(entry.spec.path.string()); !why.empty()) {
    return fail(ErrorCode::invalid_input, what,
                fmt::format("its path {}, so that the catalogue can't hold it", why),
                "rename the file or its folder");
  }
  for (const auto& [option, text] : {std::pair{"--description", &options.description},
                                     {"--license", &options.license},
                                     {"--source", &options.source}}) {
    if (is_utf8(*text)) continue;
    return fail(ErrorCode::invalid_input, what,
                fmt::format("what {} says is not UTF-8, so that the catalogue can't hold it", option));
  }
  if (!nn::format_of_name(options.backend)) {
    return fail(ErrorCode::invalid_input, what,
                fmt::format("`{}` is not a backend", plain_text(options.backend)),
                "language models run on `ggml` (GGUF files) and `llama2c`");
  }
  if (auto whole = nn::check_is_whole(what, entry.spec.path); !whole) {
    return std::unexpected(std::move(whole.error()));
  }
  return entry;
}

int add(const AddOptions& options) {
  const ModelTools tools;
  auto entry = make_entry(options, tools);
  if (!entry) return report(entry.error());
  const std::string what = "add the model " + plain_text(options.file);
  const auto facts = nn::inspect_model(tools.settings(), entry->spec.backend, entry->spec.path);
  if (!facts) {
    const Error& error = facts.error();
    // Where the file is there it is the backend that is not.
    const std::string about = error.code == ErrorCode::not_found ? error.what + ": " : std::string();
    return report({error.code, what, about + error.why, error.todo});
  }
  const auto hashed = tools.files().hash(what, entry->spec.path);
  if (!hashed) return report(hashed.error());
  if (!options.sha256.empty()) {
    if (auto same = nn::compare_hashes(what, hashed->sha256, options.sha256); !same) {
      return report(same.error());
    }
  }
  entry->spec.sha256 = hashed->sha256;
  entry->bytes = hashed->stamp.size;
  const auto choose = [&](const std::string& given, const char* word) {
    return plain_text(given.empty() ? facts->word(word) : given);
  };
  entry->description = choose(options.description, "description");
  entry->license = choose(options.license, "license");
  entry->source = choose(options.source, "url");
  if (auto added = tools.catalogue().add(*entry); !added) return report(added.error());
  std::cout << fmt::format(
      "Added {}: {}, {} parameters, {}, {}, trained for a context of {} tokens.\n"
      "  file    {}\n  sha256  {}\n  in      {}\n\n"
      "Use it: a link to `model:{}`, or `sluice serve --model {}`.\n",
      entry->spec.name, kind_of(*facts), count_text(facts->parameters),
      plain_text(facts->word("quantization")), size_text(entry->bytes), facts->context_trained,
      plain_text(entry->spec.path.string()), entry->spec.sha256, tools.catalogue().places().own.string(),
      entry->spec.name, entry->spec.name);
  return exit_ok;
}

// Whether the model's file can go: it is a file, and no other model's.
Status check_deletable(const std::string& name, const flow::Catalogue& catalogue) {
  const std::string what = "delete the file of the model " + name;
  const auto all = catalogue.entries();
  if (!all) return std::unexpected(all.error());
  const auto found = std::ranges::find(*all, name, [](const auto& one) { return one.spec.name; });
  if (found == all->end()) return {};  // removing it tells
  std::error_code error;
  if (std::filesystem::is_directory(found->spec.path, error)) {
    return fail(ErrorCode::invalid_input, what, found->spec.path.string() + " is a folder",
                "remove the model without --delete-file");
  }
  for (const flow::CatalogueEntry& other : *all) {
    if (other.spec.name == name || other.spec.path != found->spec.path) continue;
    return fail(ErrorCode::invalid_input, what,
                fmt::format("{} is the file of {} too", found->spec.path.string(), other.spec.name),
                "remove the model without --delete-file");
  }
  return {};
}

int remove(const RemoveOptions& options) {
  const ModelTools tools;
  if (options.delete_file) {
    if (auto deletable = check_deletable(options.name, tools.catalogue()); !deletable) {
      return report(deletable.error());
    }
  }
  const auto entry = tools.catalogue().remove(options.name);
  if (!entry) return report(entry.error());
  const std::string path = plain_text(entry->spec.path.string());
  tools.files().forget(entry->spec.path);
  if (!options.delete_file) {
    std::error_code error;
    const bool is_there = std::filesystem::exists(entry->spec.path, error) || error;
    std::cout << fmt::format("Removed {} from the catalogue. Its file {}: {}\n", options.name,
                             is_there ? "stays" : "was gone already", path);
    return exit_ok;
  }
  std::error_code error;
  const bool deleted = std::filesystem::remove(entry->spec.path, error);
  if (error) {
    return report({ErrorCode::unavailable, "delete " + path, error.message(),
                   fmt::format("{} is out of the catalogue; delete the file yourself", options.name)});
  }
  std::cout << fmt::format("Removed {} from the catalogue, {}: {}\n", options.name,
                           deleted ? "and deleted its file" : "and its file was gone already", path);
  return exit_ok;
}

std::string check_sha256(const std::string& text) {
  const bool hex =
      std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return hex && text.size() == 64 ? std::string() : "64 hexadecimal digits in lower case are expected";
}

}  // namespace

void add_model_add(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<AddOptions>();
  CLI::App* command = model.add_subcommand("add", "Add a model's file to your catalogue");
  command->add_option("FILE", options->file, "The model, e.g. a .gguf file. It stays where it is")
      ->required();
  command->add_option("--name", options->name, "Its name here. Default: made of the file's name");
  command->add_option("--backend", options->backend, "What runs it")->capture_default_str();
  command->add_option("--sha256", options->sha256, "The hash that the file must have, as its publisher says")
      ->check(check_sha256)
      ->type_name("HEX");
  command->add_option("--description", options->description, "For people. Default: what the file says");
  command->add_option("--license", options->license, "Default: what the file says");
  command->add_option("--source", options->source, "Where it is from. Default: what the file says");
  command->footer(
      "Looks whether the backend can open the file, reads it for its sha256, and writes both into the "
      "catalogue. From then\n"
      "on a file with another hash is not used.\n\n"
      "Examples:\n"
      "  sluice model add qwen2.5-coder-7b-instruct-q4_k_m.gguf\n"
      "  sluice model add ~/models/big.gguf --name big --source https://example.org/big\n\n"
      "Exit codes: 0 added, 2 wrong usage, a name that is taken, no such file, 3 no model, another hash, or "
      "the catalogue\n"
      "could not be written.");
  command->callback([options, &exit_code] { exit_code = add(*options); });
}

void add_model_remove(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<RemoveOptions>();
  CLI::App* command = model.add_subcommand("remove", "Remove a model from your catalogue; its file stays");
  command->add_option("NAME", options->name, "The model's name")->required();
  command->add_flag("--delete-file", options->delete_file, "Delete its file too");
  command->footer(
      "Examples:\n"
      "  sluice model remove coder\n"
      "  sluice model remove coder --delete-file\n\n"
      "Exit codes: 0 removed, 2 there is no such model of yours, 3 it could not be done.");
  command->callback([options, &exit_code] { exit_code = remove(*options); });
}

}  // namespace sluice::cli
