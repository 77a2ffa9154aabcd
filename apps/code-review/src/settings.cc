#include "settings.h"

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "glob.h"
#include "text.h"

namespace review {
namespace {

constexpr std::string_view what_to_do = "; correct it under [function.review.config] in sluice.toml";

// Reads one value; gives what is wrong with it, or nothing.
using Reader = std::optional<std::string> (*)(Settings& settings, std::string_view value);

struct Key {
  std::string_view name;
  Reader read;
};

std::optional<std::string> read_flag(std::string_view value, bool& out) {
  if (value != "true" && value != "false") return concat('"', value, "\" is neither true nor false");
  out = value == "true";
  return std::nullopt;
}

struct Range {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
};

std::optional<std::string> read_number(std::string_view value, Range range, std::uint32_t& out) {
  std::uint64_t number = 0;
  bool good = !value.empty() && value.size() <= 10;
  for (const char c : value) {
    good = good && is_digit(c);
    number = number * 10 + static_cast<std::uint64_t>(static_cast<unsigned char>(c) - '0');
  }
  if (!good || number < range.min || number > range.max) {
    return concat('"', value, "\" is not a whole number from ", range.min, " to ", range.max);
  }
  out = static_cast<std::uint32_t>(number);
  return std::nullopt;
}

std::optional<std::string> read_list(std::string_view value, std::vector<std::string>& out) {
  if (!value.starts_with('[')) {
    out = {std::string(value)};
  } else {
    const nlohmann::json array = nlohmann::json::parse(value, nullptr, false);
    if (array.is_discarded()) return concat('"', shorten(value, 80), "\" is not a list of texts");
    out.clear();
    for (const nlohmann::json& item : array) {
      if (!item.is_string()) return concat(item.dump(), " in the list is not a text");
      out.push_back(*item.get_ptr<const std::string*>());
    }
  }
  for (const std::string& item : out) {
    if (trim(item).empty()) return "the list holds an empty text";
  }
  return std::nullopt;
}

std::optional<std::string> switch_signals(SignalOptions& signals, std::string_view value, Default to) {
  std::vector<std::string> ids;
  if (std::optional<std::string> wrong = read_list(value, ids)) return wrong;
  for (const std::string& id : ids) {
    const std::size_t at = find_signal(id);
    if (at >= all_signals().size()) {
      std::string text = concat("there is no signal \"", id, "\"; the signals are");
      for (const SignalInfo& info : all_signals()) append(text, ' ', info.id);
      return text;
    }
    signals.enabled[at] = to;
  }
  return std::nullopt;
}

std::optional<std::string> read_ignore_paths(Settings& settings, std::string_view value) {
  if (std::optional<std::string> wrong = read_list(value, settings.ignore_paths)) return wrong;
  for (const std::string& pattern : settings.ignore_paths) {
    if (pattern == "!" || pattern == "/") return concat('"', pattern, "\" names no path");
  }
  return std::nullopt;
}

std::optional<std::string> read_drafts(Settings& settings, std::string_view value) {
  bool review = false;
  if (std::optional<std::string> wrong = read_flag(value, review)) return wrong;
  settings.drafts = review ? Drafts::review : Drafts::leave_out;
  return std::nullopt;
}

std::optional<std::string> read_inline_severity(Settings& settings, std::string_view value) {
  settings.inline_severity = severity_named(value);
  if (settings.inline_severity || value == "none") return std::nullopt;
  return concat('"', value, "\" is none of info, low, medium, high, critical, none");
}

std::optional<std::string> read_command(Settings& settings, std::string_view value) {
  const std::string_view command = trim(value);
  if (command.size() < 3)
    return concat('"', value, "\" is shorter than 3 characters and would be met by chance");
  if (command.find_first_of("\r\n") != std::string_view::npos) return "it is more than one line";
  settings.command = command;
  return std::nullopt;
}

// US dollars with up to six decimals, without floating point.
std::optional<std::string> read_cost(Settings& settings, std::string_view value) {
  constexpr std::uint64_t dollars_max = 1'000'000;
  constexpr std::size_t decimals = 6;
  std::string_view rest = value;
  const std::string_view whole = take_until(rest, '.');
  std::uint64_t micros = 0;
  bool good = !whole.empty() && whole.size() <= 7 && rest.size() <= decimals && !value.ends_with('.');
  for (std::size_t i = 0; good && i < whole.size() + decimals; ++i) {
    const std::size_t decimal = i - whole.size();
    const char c = i < whole.size() ? whole[i] : decimal < rest.size() ? rest[decimal] : '0';
    good = is_digit(c);
    micros = micros * 10 + static_cast<std::uint64_t>(static_cast<unsigned char>(c) - '0');
  }
  if (!good || micros > dollars_max * 1'000'000) {
    return concat('"', shorten(value, 80), "\" is no sum of US dollars, such as \"2\" or \"0.25\"");
  }
  settings.model.cost_micros_max = micros;
  return std::nullopt;
}

std::optional<std::string> read_trust(Settings& settings, std::string_view value) {
  if (value != "full" && value != "none")
    return concat('"', shorten(value, 80), "\" is neither full nor none");
  settings.model.trust = value == "full" ? ModelTrust::full : ModelTrust::none;
  return std::nullopt;
}

constexpr std::array keys = {
    Key{"ignore-paths", read_ignore_paths},
    Key{"default-ignores", [](Settings& s, std::string_view v) { return read_flag(v, s.default_ignores); }},
    Key{"ignore-titles", [](Settings& s, std::string_view v) { return read_list(v, s.ignore_titles); }},
    Key{"ignore-labels", [](Settings& s, std::string_view v) { return read_list(v, s.ignore_labels); }},
    Key{"ignore-authors", [](Settings& s, std::string_view v) { return read_list(v, s.ignore_authors); }},
    Key{"review-drafts", read_drafts},
    Key{"inline-severity", read_inline_severity},
    // GitHub takes long over reviews of more comments, and nobody reads them.
    Key{"max-inline-comments",
        [](Settings& s, std::string_view v) { return read_number(v, {0, 100}, s.inline_comments_max); }},
    Key{"max-risks",
        [](Settings& s, std::string_view v) { return read_number(v, {1, 10'000}, s.risks_max); }},
    Key{"command", read_command},
    Key{"max-file-lines",
        [](Settings& s, std::string_view v) { return read_number(v, {1, 1'000'000}, s.file_lines_max); }},
    Key{"max-line-bytes",
        [](Settings& s, std::string_view v) { return read_number(v, {80, 10'000'000}, s.line_bytes_max); }},
    Key{"large-change-lines",
        [](Settings& s, std::string_view v) {
          return read_number(v, {1, 1'000'000}, s.signals.large_change_lines);
        }},
    Key{"signals-on",
        [](Settings& s, std::string_view v) { return switch_signals(s.signals, v, Default::on); }},
    Key{"signals-off",
        [](Settings& s, std::string_view v) { return switch_signals(s.signals, v, Default::off); }},
    Key{"model-max-tokens",
        [](Settings& s, std::string_view v) {
          return read_number(v, {1, 1'000'000'000}, s.model.tokens_max);
        }},
    Key{"model-max-calls",
        [](Settings& s, std::string_view v) { return read_number(v, {1, 100'000}, s.model.calls_max); }},
    Key{"model-max-cost", read_cost},
    Key{"model-timeout-s",
        [](Settings& s, std::string_view v) { return read_number(v, {1, 86'400}, s.model.timeout_s); }},
    Key{"model-prompt-tokens",
        [](Settings& s, std::string_view v) {
          return read_number(v, {0, 10'000'000}, s.model.prompt_tokens_max);
        }},
    Key{"model-context-tokens",
        [](Settings& s, std::string_view v) {
          return read_number(v, {0, 100'000'000}, s.model.context_tokens);
        }},
    Key{"model-parallel",
        [](Settings& s, std::string_view v) { return read_number(v, {1, 64}, s.model.parallel); }},
    Key{"model-min-score",
        [](Settings& s, std::string_view v) { return read_number(v, {0, 10}, s.model.score_min); }},
    Key{"model-trust", read_trust},
};

const Key* find_key(std::string_view name) {
  for (const Key& key : keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

struct IgnoreRule {
  std::string_view pattern;
  std::string_view what;
};

constexpr std::string_view lock_file = "lock file";
constexpr std::string_view vendored = "vendored code";
constexpr std::string_view generated = "generated code";
constexpr std::string_view minified = "minified or bundled code";
constexpr std::string_view snapshot = "snapshot of a test";
constexpr std::string_view binary = "binary file";

constexpr IgnoreRule default_rules[] = {
    {"package-lock.json", lock_file},
    {"npm-shrinkwrap.json", lock_file},
    {"yarn.lock", lock_file},
    {"pnpm-lock.yaml", lock_file},
    {"bun.lock", lock_file},
    {"bun.lockb", lock_file},
    {"deno.lock", lock_file},
    {"Cargo.lock", lock_file},
    {"go.sum", lock_file},
    {"poetry.lock", lock_file},
    {"Pipfile.lock", lock_file},
    {"uv.lock", lock_file},
    {"pdm.lock", lock_file},
    {"composer.lock", lock_file},
    {"Gemfile.lock", lock_file},
    {"Podfile.lock", lock_file},
    {"pubspec.lock", lock_file},
    {"mix.lock", lock_file},
    {"flake.lock", lock_file},
    {"gradle.lockfile", lock_file},
    {"packages.lock.json", lock_file},
    {"vendor/", vendored},
    {"third_party/", vendored},
    {"third-party/", vendored},
    {"node_modules/", vendored},
    {"bower_components/", vendored},
    {"Pods/", vendored},
    {".yarn/", vendored},
    {"*.pb.go", generated},
    {"*.pb.cc", generated},
    {"*.pb.h", generated},
    {"*_pb2.py", generated},
    {"*_pb2_grpc.py", generated},
    {"*_generated.*", generated},
    {"*.generated.*", generated},
    {"zz_generated*", generated},
    {"*.g.dart", generated},
    {"*.designer.cs", generated},
    {"aclocal.m4", generated},
    {"*.min.js", minified},
    {"*.min.css", minified},
    {"*.bundle.js", minified},
    {"*.js.map", minified},
    {"*.css.map", minified},
    {"dist/", minified},
    {"__snapshots__/", snapshot},
    {"*.snap", snapshot},
    {"*.png", binary},
    {"*.jpg", binary},
    {"*.jpeg", binary},
    {"*.gif", binary},
    {"*.webp", binary},
    {"*.ico", binary},
    {"*.pdf", binary},
    {"*.zip", binary},
    {"*.gz", binary},
    {"*.bz2", binary},
    {"*.xz", binary},
    {"*.zst", binary},
    {"*.7z", binary},
    {"*.tar", binary},
    {"*.jar", binary},
    {"*.class", binary},
    {"*.o", binary},
    {"*.a", binary},
    {"*.so", binary},
    {"*.dll", binary},
    {"*.exe", binary},
    {"*.wasm", binary},
    {"*.pyc", binary},
    {"*.woff", binary},
    {"*.woff2", binary},
    {"*.ttf", binary},
    {"*.mp3", binary},
    {"*.mp4", binary},
};

}  // namespace

std::expected<Settings, std::string> parse_settings(std::span<const SettingPair> pairs) {
  Settings settings;
  for (const auto& [name, value] : pairs) {
    const Key* key = find_key(name);
    if (key == nullptr) {
      std::string text = concat("setting `", name, "` is unknown; the settings are");
      for (const Key& known : keys) append(text, ' ', known.name);
      return std::unexpected(text + std::string(what_to_do));
    }
    if (const std::optional<std::string> wrong = key->read(settings, value)) {
      return std::unexpected(concat("setting `", name, "`: ", *wrong, what_to_do));
    }
  }
  return settings;
}

std::optional<std::string> ignored_by(const Settings& settings, std::string_view path) {
  std::optional<std::string> reason;
  if (settings.default_ignores) {
    for (const IgnoreRule& rule : default_rules) {
      if (!glob_matches(rule.pattern, path)) continue;
      reason = concat(rule.what, " (built-in rule `", rule.pattern, "`)");
      break;
    }
  }
  for (const std::string& rule : settings.ignore_paths) {
    const std::string_view pattern = rule;
    if (pattern.starts_with('!')) {
      if (glob_matches(pattern.substr(1), path)) reason.reset();
    } else if (glob_matches(pattern, path)) {
      reason = concat("named by `ignore-paths` (`", pattern, "`)");
    }
  }
  return reason;
}

std::optional<Severity> severity_named(std::string_view name) {
  for (const Severity severity :
       {Severity::info, Severity::low, Severity::medium, Severity::high, Severity::critical}) {
    if (name_of(severity) == name) return severity;
  }
  return std::nullopt;
}

}  // namespace review
