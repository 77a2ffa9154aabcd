// How often each signal is right, on real changes that were labelled by hand: tests/data/changes/.
//
//   bench signals [--json FILE] [--mistakes seen|unseen|judged]
//
// A signal is right in a hunk where the hunk's label names it. Signals are made with the seen half only;
// below 0.7 precision on unseen packages one is off by default, and the bench fails where it is on. A third
// part are hunks of unseen packages in which some signal spoke, judged one by one: they say how often signals
// are right, and nothing about what they miss.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "patch_file.h"
#include "signals.h"

namespace {

namespace fs = std::filesystem;

constexpr double precision_min = 0.7;

enum class Part : std::size_t { seen, unseen, judged };
constexpr std::size_t part_count = 3;
constexpr std::string_view part_names[part_count] = {"seen", "unseen", "judged"};

// The labelled hunks of a patch in one direction.
struct LabelledPatch {
  Part part = Part::seen;
  bool reversed = false;
  bool findings_only = false;  // hunks picked because a signal spoke: they cannot tell what signals miss
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

using Scores = std::array<Score, part_count>;

struct Result {
  std::map<std::string, Scores> scores;
  std::array<int, part_count> hunks{};
  std::array<int, part_count> patches{};
  std::array<std::vector<std::string>, part_count> mistakes;
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

// Columns: split, picked, direction, patch, hunk, path, signals; see tests/data/changes/README.md.
std::vector<LabelledPatch> read_labels(const fs::path& path) {
  std::vector<LabelledPatch> out;
  const std::vector<std::string> lines = split(read(path), '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = split(lines[i], '\t');
    if (fields.size() != 7) stop(fmt::format("{}:{}: not seven fields", path.string(), i + 1));
    const Part part = fields[0] == "seen" ? Part::seen : fields[0] == "unseen" ? Part::unseen : Part::judged;
    const bool reversed = fields[2] == "reversed";
    if (out.empty() || out.back().file != fields[3] || out.back().reversed != reversed) {
      out.push_back({part, reversed, fields[1] == "finding", fields[3], {}});
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

// The number in the patch file of the hunk that a finding is anchored in.
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
std::size_t counted_hunk(const review::Change& change, std::string_view id, std::size_t number) {
  if (!id.ends_with("-touched")) return number;
  std::size_t first = 1;
  for (const review::FileChange& file : change.files) {
    if (number < first + file.hunks.size()) return first;
    first += file.hunks.size();
  }
  return number;
}

void measure(const LabelledPatch& labelled, const review::PatchFile& patch, Result& result) {
  const review::Change change = review::change_of(patch);
  const auto place = [&](std::string_view id, std::size_t number) {
    return labelled.findings_only ? number : counted_hunk(change, id, number);
  };
  review::SignalOptions options = review::default_signal_options();
  options.enabled.assign(options.enabled.size(), review::Default::on);
  std::map<std::size_t, std::map<std::string, std::string>> found;
  for (const review::Finding& finding : review::run_signals(change, options)) {
    found[place(finding.id, hunk_of(change, finding))].emplace(finding.id, finding.quote);
  }
  std::map<std::size_t, std::set<std::string>> labels;
  for (const auto& [number, ids] : labelled.hunks) {
    labels[number];
    for (const std::string& id : ids) labels[place(id, number)].insert(id);
  }
  const auto part = static_cast<std::size_t>(labelled.part);
  ++result.patches[part];
  result.hunks[part] += static_cast<int>(labels.size());
  for (const auto& [number, wanted] : labels) {
    for (const auto& [id, quote] : found[number]) {
      if (wanted.contains(id)) {
        ++result.scores[id][part].right;
      } else {
        ++result.scores[id][part].wrong;
        result.mistakes[part].push_back(
            fmt::format("wrong   {:24} {} #{}: {}", id, labelled.file, number, quote));
      }
    }
    for (const std::string& id : wanted) {
      if (labelled.findings_only || found[number].contains(id)) continue;
      ++result.scores[id][part].missed;
      result.mistakes[part].push_back(fmt::format("missed  {:24} {} #{}", id, labelled.file, number));
    }
  }
}

// Right and wrong on everything unseen, labelled and judged; missed where all of a change was labelled.
Score unseen_total(const Scores& scores) {
  const Score& labelled = scores[static_cast<std::size_t>(Part::unseen)];
  const Score& judged = scores[static_cast<std::size_t>(Part::judged)];
  return {labelled.right + judged.right, labelled.wrong + judged.wrong, labelled.missed};
}

// What the figures say about a signal's default.
std::string_view verdict(const Score& unseen) {
  if (!unseen.precision()) return "no finding";
  return *unseen.precision() >= precision_min ? "ok" : "below";
}

std::string_view default_of(const review::SignalInfo& info) {
  return info.by_default == review::Default::on ? "on" : "off";
}

// Signals that the figures say should be off by default, and aren't.
std::vector<std::string> on_by_mistake(const Result& result) {
  std::vector<std::string> out;
  for (const review::SignalInfo& info : review::all_signals()) {
    const auto scores = result.scores.find(std::string(info.id));
    if (scores == result.scores.end() || info.by_default == review::Default::off) continue;
    const std::optional<double> precision = unseen_total(scores->second).precision();
    if (precision && *precision < precision_min) out.emplace_back(info.id);
  }
  return out;
}

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

// "cases" are labels that recall counts, "found" are findings that precision counts.
std::string columns(const Score& all, const Score& labelled) {
  return fmt::format("{:>5} {:>5} {:>9} {:>6}", labelled.support(), all.right + all.wrong,
                     number(all.precision()), number(labelled.recall()));
}

void print(Result& result) {
  fmt::print(
      "Real changes, labelled by hand: {} seen hunks, {} unseen ones, and {} of unseen packages in which a "
      "signal\n"
      "spoke. Target: precision {} on what is unseen, or off by default.\n\n",
      result.hunks[0], result.hunks[1], result.hunks[2], precision_min);
  fmt::print("{:24} {:^28}   {:^28}\n", "", "seen", "unseen");
  constexpr std::string_view head = "cases found precision recall";
  fmt::print("{:24} {:>28}   {:>28}   {:10} {}\n", "signal", head, head, "verdict", "default");
  for (const review::SignalInfo& info : review::all_signals()) {
    const Scores& scores = result.scores[std::string(info.id)];
    const Score unseen = unseen_total(scores);
    fmt::print("{:24} {}   {}   {:10} {}\n", info.id, columns(scores[0], scores[0]),
               columns(unseen, scores[1]), verdict(unseen), default_of(info));
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
  for (std::size_t part = 0; part < part_count; ++part) {
    out["parts"][std::string(part_names[part])] = {{"hunks", result.hunks[part]},
                                                   {"changes", result.patches[part]}};
  }
  for (const review::SignalInfo& info : review::all_signals()) {
    const Scores& scores = result.scores[std::string(info.id)];
    const Score total = unseen_total(scores);
    nlohmann::json entry = {{"id", info.id},
                            {"severity", review::name_of(info.severity)},
                            {"default", default_of(info)},
                            {"verdict", verdict(total)},
                            {"unseen_all", json_of(total)}};
    for (std::size_t part = 0; part < part_count; ++part) {
      entry[std::string(part_names[part])] = json_of(scores[part]);
    }
    out["signals"].push_back(std::move(entry));
  }
  std::ofstream file(path);
  file << out.dump(2) << '\n';
  if (!file.flush()) stop("cannot write " + path.string());
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<fs::path> json;
  std::string mistakes;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json" && i + 1 < argc) {
      json = argv[++i];
    } else if (argument == "--mistakes" && i + 1 < argc) {
      mistakes = argv[++i];
    } else {
      stop(fmt::format("unknown argument '{}'; usage: [--json FILE] [--mistakes seen|unseen|judged]",
                       argument));
    }
  }
  if (!mistakes.empty() && std::ranges::find(part_names, mistakes) == std::end(part_names)) {
    stop(fmt::format("no part '{}'; there are seen, unseen and judged", mistakes));
  }
  const fs::path folder = fs::path(SLUICE_SOURCE_DIR) / "tests/data/changes";
  Result result;
  for (const LabelledPatch& labelled : read_labels(folder / "labels.tsv")) {
    const std::string text = read(folder / labelled.file);
    const review::PatchFile patch = review::read_patch_file(text);
    measure(labelled, labelled.reversed ? review::reverse(patch) : patch, result);
  }
  print(result);
  for (std::size_t part = 0; part < part_count; ++part) {
    if (mistakes != part_names[part]) continue;
    std::ranges::sort(result.mistakes[part]);
    fmt::print("\n");
    for (const std::string& line : result.mistakes[part]) fmt::print("{}\n", line);
  }
  if (json) write_json(result, *json);
  const std::vector<std::string> unfit = on_by_mistake(result);
  for (const std::string& id : unfit) {
    std::fprintf(stderr, "bench signals: %s is on by default and below the target on what is unseen\n",
                 id.c_str());
  }
  return unfit.empty() ? 0 : 1;
}
