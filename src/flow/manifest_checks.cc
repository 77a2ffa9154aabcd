#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <ranges>
#include <set>
#include <system_error>

#include "base/files.h"
#include "flow/manifest_parts.h"

namespace sluice::flow {

namespace {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& list) {
  std::vector<std::string> names;
  for (const T& item : list) names.push_back(*item.name);
  return names;
}

std::string offer(std::string_view word, const std::vector<std::string>& known, std::string_view section) {
  if (known.empty()) return fmt::format("add `[{}.{}]`", section, word);
  return suggest(word, known);
}

void check_target(const Located<Target>& to, const Manifest& manifest, Problems& problems) {
  if (to->kind == Target::Kind::integration && manifest.find_integration(to->name) == nullptr) {
    std::vector<std::string> known = names_of(manifest.integrations);
    for (const HostProvider provider :
         {HostProvider::log, HostProvider::clock, HostProvider::random, HostProvider::config,
          HostProvider::kv, HostProvider::timer, HostProvider::none}) {
      known.emplace_back(name_of(provider));
    }
    problems.add(to.at, fmt::format("there is no integration or host provider `{}`", to->name),
                 suggest(to->name, known));
  }
}

// Depth first over the links between integrations; `path` holds the names from the start to here.
void find_cycle(const Integration& from, const Manifest& manifest, std::vector<std::string_view>& path,
                std::set<std::string_view>& done, Problems& problems) {
  path.push_back(*from.name);
  for (const Link& link : from.links) {
    if (link.to->kind != Target::Kind::integration) continue;
    const std::string_view name = link.to->name;
    if (const auto start = std::ranges::find(path, name); start != path.end()) {
      problems.add(link.to.at,
                   fmt::format("integrations that call each other in a circle: {} -> {}",
                               fmt::join(start, path.end(), " -> "), name),
                   "remove one of these links");
    } else if (!done.contains(name)) {
      if (const Integration* next = manifest.find_integration(name))
        find_cycle(*next, manifest, path, done, problems);
    }
  }
  path.pop_back();
  done.insert(*from.name);
}

std::set<std::string_view> parameters_bound_to(const Integration& integration, const Manifest& manifest) {
  std::set<std::string_view> bound;
  for (const Function& function : manifest.functions) {
    for (const Link& link : function.links) {
      if (link.to->kind != Target::Kind::integration || link.to->name != *integration.name) continue;
      for (const Binding& binding : link.bind) bound.insert(*binding.parameter);
    }
  }
  return bound;
}

// A placeholder that nothing binds takes any value: where other parameters are bound, it is a slip of the
// pen.
void check_placeholders(const Integration& integration, const Manifest& manifest, Problems& problems) {
  const auto bound = parameters_bound_to(integration, manifest);
  if (bound.empty()) return;
  for (const auto& rule : integration.egress) {
    for (const auto& segment : rule->segments) {
      if (segment.kind != net::EgressRule::SegmentKind::placeholder || bound.contains(segment.text)) continue;
      problems.add(rule.at, fmt::format("no link to `{}` binds `{}`", *integration.name, segment.text),
                   fmt::format("write `*` for any value; bound are: {}", fmt::join(bound, ", ")));
    }
  }
}

void check_file(const Located<std::string>& written, const std::filesystem::path& folder,
                std::string_view todo, Problems& problems) {
  std::error_code error;
  const std::filesystem::path path = folder / *written;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) {
    problems.add(written.at, fmt::format("there is no file {}", path.string()), std::string{todo});
    return;
  }
  if (!std::filesystem::is_regular_file(real, error)) {
    problems.add(written.at, fmt::format("{} is not a plain file", path.string()));
    return;
  }
  if (std::filesystem::path{*written}.is_absolute()) return;
  const std::filesystem::path real_folder = std::filesystem::canonical(folder, error);
  const auto [end, ignored] = std::ranges::mismatch(real_folder, real);
  if (error || end != real_folder.end()) {
    problems.add(written.at,
                 fmt::format("{} leads out of the app's folder, to {}", path.string(), real.string()),
                 "copy the file into the folder");
  }
}

}  // namespace

void cross_check(const Manifest& manifest, Problems& problems) {
  if (manifest.functions.empty()) {
    problems.add({1, 1, "function"}, "is missing: an app has at least one function", "add `[function.NAME]`");
  }
  for (const Function& function : manifest.functions) {
    for (const Link& link : function.links) check_target(link.to, manifest, problems);
    if (const Integration* same = manifest.find_integration(*function.name)) {
      problems.add(same->name.at, fmt::format("there is a function `{}` too", *same->name),
                   "give them different names: records tell them apart by name");
    }
  }
  std::set<std::string_view> done;
  for (const Integration& integration : manifest.integrations) {
    for (const Link& link : integration.links) {
      check_target(link.to, manifest, problems);
      if (!link.bind.empty()) {
        problems.add(link.bind.front().parameter.at,
                     "only links of functions are bound: an integration sees no event",
                     "bind the function's link to this integration");
      }
    }
    check_placeholders(integration, manifest, problems);
    std::vector<std::string_view> path;
    if (!done.contains(*integration.name)) find_cycle(integration, manifest, path, done, problems);
  }
  for (const Trigger& trigger : manifest.triggers) {
    if (trigger.function->empty() || manifest.find_function(*trigger.function) != nullptr) continue;
    problems.add(trigger.function.at, fmt::format("there is no function `{}`", *trigger.function),
                 offer(*trigger.function, names_of(manifest.functions), "function"));
  }
}

Problems check_files(const Manifest& manifest, const std::filesystem::path& app_folder) {
  constexpr std::string_view build = "build the component, or correct its path";
  Problems problems{manifest.file};
  for (const Function& function : manifest.functions)
    check_file(function.component, app_folder, build, problems);
  for (const Integration& integration : manifest.integrations) {
    check_file(integration.component, app_folder, build, problems);
  }
  for (const Model& model : manifest.models) {
    if (!model.catalogue) check_file(model.file.path, app_folder, "correct the path", problems);
  }
  return problems;
}

std::expected<Manifest, Problems> read_manifest(const std::filesystem::path& app_folder) {
  const std::filesystem::path path = (app_folder / manifest_file_name).lexically_normal();
  auto text = read_file(path, toml_bytes_max);
  if (!text) {
    Problems problems{path.string()};
    problems.add({}, text.error().to_string());
    return std::unexpected(std::move(problems));
  }
  return parse_manifest(*text, path.string());
}

std::expected<Manifest, Problems> load_manifest(const std::filesystem::path& app_folder) {
  auto manifest = read_manifest(app_folder);
  if (!manifest) return manifest;
  Problems problems = check_files(*manifest, app_folder);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return manifest;
}

}  // namespace sluice::flow
