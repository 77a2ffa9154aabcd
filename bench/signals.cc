// How often each signal is right, on real changes that people labelled: tests/data/changes/.
//
//   bench signals [--json FILE] [--mistakes seen|unseen]
//
// A signal is right in a hunk where the hunk's label names it. Signals are made with the seen half only;
// below 0.7 precision on the unseen half one is off by default.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "patch_file.h"
#include "signals.h"

namespace {

namespace fs = std::filesystem;

constexpr double precision_min = 0.7;

enum class Half : std::size_t { seen, unseen };
constexpr std::string_view half_names[] = {"seen", "unseen"};

struct LabelledPatch {
  Half half = Half::seen;
  bool reversed = false;
  std::string file;
  // Signals of each hunk, by its number in the patch file.
  std::map<std::size_t, std::set<std::string>> hunks;
};

struct Score {
  int right = 0;
  int wrong = 0;
  int missed = 0;

  [[nodiscard]] int support() const { return right + missed; }
  [[nodiscard]] std::optional<double> precision() const {
    if (right + wrong == 0) return std::nullopt;
    return static_cast<double>(right) / (right + wrong);
  }
  [[nodiscard]] std::optional<double> recall() const {
    if (support() == 0) return std::nullopt;
    return static_cast<double>(right) / support();
  }
};

struct Result {
  std::map<std::string, std::array<Score, 2>> scores;
  std::array<int, 2> hunks{};
  std::array<int, 2> patches{};
  std::vector<std::string> mistakes[2];
};

[[noreturn]] void stop(const std::string& text) {
  std::fprintf(stderr, "bench signals: %s\n", text.c_str());
  std::exit(2);
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) stop("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) out.push_back(part);
  return out;
}

std::vector<LabelledPatch> read_labels(const fs::path& path) {
  std::vector<LabelledPatch> out;
  const std::vector<std::string> lines = split(read(path), '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = split(lines[i], '\t');
    if (fields.size() != 7) stop(fmt::format("{}:{}: not seven fields", path.string(), i + 1));
    if (out.empty() || out.back().file != fields[3]) {
      out.push_back(
          {fields[0] == "seen" ? Half::seen : Half::unseen, fields[2] == "reversed", fields[3], {}});
    }
    std::set<std::string>& signals = out.back().hunks[std::stoul(fields[4])];
    if (fields[6] == "-") continue;
    for (const std::string& id : split(fields[6], ',')) {
      if (review::find_signal(id) == review::all_signals().size()) {
        stop(fmt::format("{}:{}: no signal '{}'", path.string(), i + 1, id));
      }
      signals.insert(id);
    }
  }
  return out;
}

// The number in the patch file of the hunk that a finding is anchored in; the parts of a change are in the
// file's order.
std::size_t hunk_of(const review::Change& change, const review::Finding& finding) {
  std::size_t number = 0;
  for (const review::FileChange& file : change.files) {
    for (const review::Hunk& hunk : file.hunks) {
      ++number;
      if (file.path != finding.path) continue;
      const bool left = finding.side == review::Side::left;
      const std::uint32_t start = left ? hunk.old_start : hunk.new_start;
      const std::uint32_t count = left ? hunk.old_count : hunk.new_count;
      if (finding.line >= start && finding.line < start + count) return number;
    }
  }
  stop("a finding outside the change: " + finding.path);
}

// What is said of a file as a whole counts for its first hunk.
bool is_about_file(std::string_view id) {
  return id.ends_with("-touched");
}

std::size_t counted_hunk(const review::Change& change, std::string_view id, std::size_t number) {
  if (!is_about_file(id)) return number;
  std::size_t first = 1;
  for (const review::FileChange& file : change.files) {
    if (number < first + file.hunks.size()) return first;
    first += file.hunks.size();
  }
  return number;
}

void measure(const LabelledPatch& labelled, const review::PatchFile& patch, Result& result) {
  const review::Change change = review::change_of(patch);
  review::SignalOptions options = review::default_signal_options();
  options.enabled.assign(options.enabled.size(), review::Default::on);
  std::map<std::size_t, std::map<std::string, std::string>> found;
  for (const review::Finding& finding : review::run_signals(change, options)) {
    found[counted_hunk(change, finding.id, hunk_of(change, finding))].emplace(finding.id, finding.quote);
  }
  std::map<std::size_t, std::set<std::string>> labels;
  for (const auto& [number, ids] : labelled.hunks) {
    labels[number];
    for (const std::string& id : ids) labels[counted_hunk(change, id, number)].insert(id);
  }
  const auto half = static_cast<std::size_t>(labelled.half);
  ++result.patches[half];
  for (const auto& [number, wanted] : labels) {
    ++result.hunks[half];
    for (const auto& [id, quote] : found[number]) {
      if (wanted.contains(id)) {
        ++result.scores[id][half].right;
      } else {
        ++result.scores[id][half].wrong;
        result.mistakes[half].push_back(
            fmt::format("wrong   {:24} {} #{}: {}", id, labelled.file, number, quote));
      }
    }
    for (const std::string& id : wanted) {
      if (found[number].contains(id)) continue;
      ++result.scores[id][half].missed;
      result.mistakes[half].push_back(fmt::format("missed  {:24} {} #{}", id, labelled.file, number));
    }
  }
}

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

// What the figures say about a signal's default.
std::string_view verdict(const Score& unseen) {
  if (!unseen.precision()) return unseen.support() == 0 ? "no case" : "not found";
  return *unseen.precision() >= precision_min ? "ok" : "below";
}

void print(Result& result) {
  fmt::print(
      "Signals on {} seen and {} unseen hunks of {} and {} real patches. Target: precision {} on the unseen "
      "half, or off.\n\n",
      result.hunks[0], result.hunks[1], result.patches[0], result.patches[1], precision_min);
  fmt::print("{:24} {:>26}   {:>26}   {:9} {}\n", "", "seen", "unseen", "", "");
  fmt::print("{:24} {:>8} {:>9} {:>7}   {:>8} {:>9} {:>7}   {:9} {}\n", "signal", "support", "precision",
             "recall", "support", "precision", "recall", "verdict", "default");
  for (const review::SignalInfo& info : review::all_signals()) {
    const auto& [seen, unseen] = result.scores[std::string(info.id)];
    fmt::print("{:24} {:>8} {:>9} {:>7}   {:>8} {:>9} {:>7}   {:9} {}\n", info.id, seen.support(),
               number(seen.precision()), number(seen.recall()), unseen.support(), number(unseen.precision()),
               number(unseen.recall()), verdict(unseen),
               info.by_default == review::Default::on ? "on" : "off");
  }
}

nlohmann::json json_of(const Score& score) {
  nlohmann::json out = {
      {"support", score.support()}, {"right", score.right}, {"wrong", score.wrong}, {"missed", score.missed}};
  out["precision"] = score.precision() ? nlohmann::json(*score.precision()) : nlohmann::json(nullptr);
  out["recall"] = score.recall() ? nlohmann::json(*score.recall()) : nlohmann::json(nullptr);
  return out;
}

void write_json(Result& result, const fs::path& path) {
  nlohmann::json out = {{"benchmark", "signals"}, {"target", {{"unseen_precision_min", precision_min}}}};
  out["hunks"] = {{"seen", result.hunks[0]}, {"unseen", result.hunks[1]}};
  out["patches"] = {{"seen", result.patches[0]}, {"unseen", result.patches[1]}};
  for (const review::SignalInfo& info : review::all_signals()) {
    const auto& [seen, unseen] = result.scores[std::string(info.id)];
    out["signals"].push_back({{"id", info.id},
                              {"severity", review::name_of(info.severity)},
                              {"default", info.by_default == review::Default::on ? "on" : "off"},
                              {"verdict", verdict(unseen)},
                              {"seen", json_of(seen)},
                              {"unseen", json_of(unseen)}});
  }
  std::ofstream file(path);
  file << out.dump(2) << '\n';
  if (!file.flush()) stop("cannot write " + path.string());
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<fs::path> json;
  std::optional<std::string> mistakes;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json" && i + 1 < argc) {
      json = argv[++i];
    } else if (argument == "--mistakes" && i + 1 < argc) {
      mistakes = argv[++i];
    } else {
      stop(fmt::format("unknown argument '{}'; usage: [--json FILE] [--mistakes seen|unseen]", argument));
    }
  }
  const fs::path folder = fs::path(SLUICE_SOURCE_DIR) / "tests/data/changes";
  Result result;
  for (const LabelledPatch& labelled : read_labels(folder / "labels.tsv")) {
    const std::string text = read(folder / labelled.file);
    const review::PatchFile patch = review::read_patch_file(text);
    measure(labelled, labelled.reversed ? review::reverse(patch) : patch, result);
  }
  print(result);
  if (mistakes) {
    for (std::size_t half = 0; half < 2; ++half) {
      if (*mistakes != half_names[half]) continue;
      std::ranges::sort(result.mistakes[half]);
      fmt::print("\n");
      for (const std::string& line : result.mistakes[half]) fmt::print("{}\n", line);
    }
  }
  if (json) write_json(result, *json);
  return 0;
}
