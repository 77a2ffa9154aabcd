#include "flow/linked_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "flow/toml_table.h"
#include "host/llm.h"
#include "host/nn.h"
#include "nn/formats.h"
#include "nn/plugin.h"

namespace sluice::flow {

LinkedModels::LinkedModels(const Manifest& manifest, std::filesystem::path folder, ModelServices services,
                           Problems& problems)
    : manifest_(manifest), folder_(std::move(folder)), services_(services) {
  for (const Model& model : manifest.models) {
    LinkedModel linked{
        .name = *model.name, .spec = {}, .catalogue = {}, .written = &model, .facts = {}, .used_by = {}};
    if (model.catalogue) {
      auto entry = services_.catalogue == nullptr
                       ? fail(ErrorCode::not_found, "find the model", "there is no catalogue here")
                       : services_.catalogue->find(**model.catalogue);
      if (!entry) {
        problems.add(model.catalogue->at, entry.error().to_string());
        continue;
      }
      linked.spec = std::move(entry->spec);
      linked.catalogue = **model.catalogue;
    } else {
      linked.spec.backend = *model.file.backend;
      linked.spec.path = folder_ / *model.file.path;
      linked.spec.sha256 = *model.file.sha256;
    }
    linked.spec.name = *model.name;
    model.settings.apply(linked.spec);
    add(std::move(linked), model.catalogue ? model.catalogue->at : model.file.path.at,
        model.catalogue ? model.catalogue->at : model.file.sha256.at, problems);
  }
}

void LinkedModels::add(LinkedModel model, const Origin& path_at, const Origin& hash_at, Problems& problems) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(model.spec.path, error)) {
    // Of the manifest's own files check_files tells.
    if (!model.catalogue.empty()) {
      problems.add(path_at,
                   fmt::format("the catalogue's model `{}` has no file any more: {}", model.catalogue,
                               model.spec.path.string()),
                   "put it back, or add it again: `sluice model remove`, then `sluice model add`");
    }
  } else if (services_.files != nullptr) {
    const auto stamp = services_.files->verify(fmt::format("use the model {}", model.spec.path.string()),
                                               model.spec.path, model.spec.sha256);
    if (stamp) {
      model.spec.verified = *stamp;
    } else {
      const Error& problem = stamp.error();
      problems.add(problem.code == ErrorCode::corrupt ? hash_at : path_at,
                   fmt::format("{}: {}", problem.what, problem.why), problem.todo);
    }
  }
  list_.push_back(std::move(model));
}

LinkedModel* LinkedModels::find(std::string_view name, const Origin& at, Problems& problems) {
  const auto known = std::ranges::find(list_, name, &LinkedModel::name);
  if (known != list_.end()) return &*known;
  if (manifest_.find_model(name) != nullptr) return nullptr;  // its own problem is told already
  auto entry = services_.catalogue == nullptr
                   ? fail(ErrorCode::not_found, "find the model", "there is no catalogue here")
                   : services_.catalogue->find(name);
  if (!entry) {
    problems.add(at,
                 fmt::format("the manifest has no `[model.{}]`, and neither has the catalogue: {}", name,
                             entry.error().why),
                 entry.error().todo);
    return nullptr;
  }
  add({.name = std::string(name),
       .spec = std::move(entry->spec),
       .catalogue = std::string(name),
       .written = nullptr,
       .facts = {},
       .used_by = {}},
      at, at, problems);
  return &list_.back();
}

gate::Provider* LinkedModels::provide(std::string_view name, std::string_view interface, const Origin& at,
                                      const std::string& user, Problems& problems) {
  LinkedModel* model = find(name, at, problems);
  if (model == nullptr) return nullptr;
  if (std::ranges::find(model->used_by, user) == model->used_by.end()) model->used_by.push_back(user);
  if (services_.models == nullptr || services_.networks == nullptr) {
    problems.add(at, "models are not served here");
    return nullptr;
  }
  auto provider = open(*model, interface, at, problems);
  if (!provider) return nullptr;
  return providers_.emplace_back(std::move(provider)).get();
}

// What a look at the file and at the settings tells before anything is asked of the model.
Status LinkedModels::check_use(LinkedModel& model, std::string_view interface) const {
  if (services_.files == nullptr) return {};
  const std::string what = fmt::format("use the model {}", model.name);
  if (!model.facts) {
    auto facts = nn::inspect_model(services_.models->settings(), model.spec.backend, model.spec.path);
    // That a file is no model is told to who asks it: an app may do without.
    if (!facts) return {};
    model.facts = std::move(*facts);
  }
  const nn::ModelFacts& facts = *model.facts;
  if (facts.is_embedding && interface == "sluice:llm/chat") {
    return fail(ErrorCode::invalid_input, what, "it embeds texts and does not chat",
                "link it to sluice:llm/embeddings, or name another model");
  }
  if (!facts.is_embedding && interface == "sluice:llm/embeddings") {
    return fail(ErrorCode::invalid_input, what, "it chats and does not embed texts",
                "link it to sluice:llm/chat, or name another model");
  }
  const std::uint64_t tokens = std::max<std::uint64_t>(model.spec.context_tokens, 1);
  const std::uint64_t needed = (facts.file_bytes + tokens * facts.bytes_per_token) >> 20U;
  if (model.spec.memory_mib != 0 && needed > model.spec.memory_mib) {
    return fail(ErrorCode::limit, what,
                fmt::format("it needs {} MiB of memory at least, and {} are allowed (memory-mib)", needed,
                            model.spec.memory_mib),
                "allow more, or take a smaller model");
  }
  return {};
}

std::unique_ptr<gate::Provider> LinkedModels::open(LinkedModel& model, std::string_view interface,
                                                   const Origin& at, Problems& problems) {
  const auto problem = [&](const Error& error) {
    problems.add(model.written != nullptr && !model.written->catalogue ? model.written->file.backend.at : at,
                 error.to_string());
    return nullptr;
  };
  const auto format = nn::format_of_name(model.spec.backend);
  if (format && !nn::is_language(*format)) {
    if (interface != host::NetworkProvider::interface) {
      problems.add(at,
                   fmt::format("the model {} takes tensors: it answers {}, not {}", model.name,
                               host::NetworkProvider::interface, interface),
                   "link it to a language model or an integration");
      return nullptr;
    }
    if (services_.files != nullptr) {
      const auto plugin = nn::plugin_path(services_.models->settings().backends, nn::backend_of(*format));
      if (auto there = nn::check_plugin(plugin); !there) return problem(there.error());
    }
    auto network = services_.networks->open(model.spec);
    if (!network) return problem(network.error());
    return std::make_unique<host::NetworkProvider>(model.name, std::move(*network));
  }
  if (auto fits = check_use(model, interface); !fits) return problem(fits.error());
  auto opened = services_.models->open(model.spec);
  if (!opened) return problem(opened.error());
  auto provider = host::ModelProvider::make(interface, model.name, std::move(*opened));
  if (!provider) {
    problems.add(
        at,
        fmt::format("a language model answers sluice:llm/chat and sluice:llm/embeddings, not {}", interface),
        "link it to an integration");
  }
  return provider;
}

}  // namespace sluice::flow
