#include "summary.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <numeric>
#include <string_view>

#include "report_model.h"
#include "text.h"

namespace review {
namespace {

std::string code(std::string_view text) {
  std::string out = concat('`', text, '`');
  std::replace(out.begin() + 1, out.end() - 1, '`', '\'');
  return out;
}

// Types come before functions: of a long list they say most.
std::vector<std::string> codes(std::vector<std::string> names) {
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return !name.ends_with("()"); });
  for (std::string& name : names) name = code(name);
  return names;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::uint64_t lines_of(const FileNote& note) {
  return std::uint64_t{note.additions} + note.deletions;
}

// "3 source files (C++, Python) and 1 test file"
std::string kinds(const Review& review) {
  std::array<std::uint64_t, file_kinds> counts{};
  std::vector<std::string> languages;
  for (const FileNote& note : review.changes) {
    ++counts[static_cast<std::size_t>(note.kind)];
    const std::string_view language = title_of(note.language);
    if (note.kind == FileKind::source && !language.empty() &&
        std::find(languages.begin(), languages.end(), language) == languages.end()) {
      languages.emplace_back(language);
    }
  }
  // Headers named `.h` count as C, which they are not beside C++.
  if (std::find(languages.begin(), languages.end(), "C++") != languages.end()) std::erase(languages, "C");
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const auto kind = static_cast<FileKind>(i);
    std::string part = counted(counts[i], noun_of(kind));
    if (kind == FileKind::dependencies && counts[i] > 1) part = concat(counts[i], " dependency files");
    if (kind == FileKind::source && !languages.empty()) append(part, " (", listed(languages, 3), ")");
    parts.push_back(std::move(part));
  }
  return listed(parts, parts.size());
}

std::string size_sentence(const Review& review) {
  const std::size_t files = review.changes.size();
  if (files == 0) return "The change has no files.";
  return concat("Changes ", counted(files, "file"), " (+", review.usage.additions, " −",
                review.usage.deletions, "): ", kinds(review), ".");
}

// The folder that holds most of a change of several folders.
std::string area_sentence(const Review& review) {
  std::map<std::string_view, std::uint64_t> lines;
  std::uint64_t all = 0;
  for (const FileNote& note : review.changes) {
    lines[folder_of(note.path)] += lines_of(note);
    all += lines_of(note);
  }
  if (lines.size() < 2 || all == 0) return {};
  const auto most = std::max_element(lines.begin(), lines.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::uint64_t percent = most->second * 100 / all;
  if (percent < 50) return concat("It spreads over ", counted(lines.size(), "folder"), ".");
  return concat(percent, "% of the lines are in ", most->first.empty() ? "the top folder" : code(most->first),
                ".");
}

std::string symbols_sentence(const Review& review) {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> signatures;
  for (const FileNote& note : review.changes) {
    if (note.kind != FileKind::source) continue;
    // A function often stands in a header too.
    for (const std::string& name : note.symbols.added) add_once(added, name);
    for (const std::string& name : note.symbols.removed) add_once(removed, name);
    for (const SignatureChange& change : note.symbols.signatures) add_once(signatures, change.name);
  }
  std::vector<std::string> parts;
  if (!added.empty()) parts.push_back(concat("adds ", listed(codes(added), 3)));
  if (!removed.empty()) parts.push_back(concat("removes ", listed(codes(removed), 3)));
  if (!signatures.empty()) {
    parts.push_back(
        concat(signatures.size() == 1 ? "changes the signature of " : "changes the signatures of ",
               listed(codes(signatures), 3)));
  }
  if (parts.empty()) return {};
  std::string sentence = concat("It ", listed(parts, parts.size()), ".");
  return sentence;
}

std::string tests_sentence(const Review& review) {
  std::uint64_t sources = 0;
  std::uint64_t tests = 0;
  for (const FileNote& note : review.changes) {
    const bool code_changes = note.reviewed && note.kind == FileKind::source && is_code(note.language);
    sources += code_changes ? 1 : 0;
    tests += note.kind == FileKind::test ? 1 : 0;
  }
  if (sources == 0) return {};
  if (tests == 0) return "No test changes with it.";
  return concat(counted(tests, "test file"), tests == 1 ? " changes with it." : " change with it.");
}

std::string risk_sentence(const Review& review) {
  if (review.outcome == Outcome::nothing) return {};
  if (review.risks.empty()) return "No risk was seen in it, which does not mean that there is none.";
  const std::uint64_t all = risks_seen(review);
  std::string sentence =
      concat(counted(all, "risk"), all == 1 ? " was seen: " : " were seen: ", risk_counts(review));
  if (all > review.risks.size())
    append(sentence, "; ", std::uint64_t{review.risks.size()}, " of them ",
           review.risks.size() == 1 ? "is" : "are", " listed");
  return sentence + '.';
}

std::string coverage_sentence(const Review& review) {
  if (review.outcome == Outcome::nothing) return "Nothing of it was reviewed: see the coverage for why.";
  const bool unread = std::any_of(review.coverage.begin(), review.coverage.end(),
                                  [](const Coverage& entry) { return entry.status == Covered::unread; });
  if (!unread) return {};
  return "A part of it could not be read: see the coverage for which.";
}

}  // namespace

std::uint64_t risks_seen(const Review& review) {
  return std::accumulate(review.risks_seen.begin(), review.risks_seen.end(), std::uint64_t{0});
}

std::string risk_counts(const Review& review) {
  std::vector<std::string> parts;
  for (std::size_t i = severities; i-- > 0;) {
    const std::uint32_t count = review.risks_seen[i];
    if (count > 0) parts.push_back(concat(count, ' ', name_of(static_cast<Severity>(i))));
  }
  std::string out;
  for (const std::string& part : parts) append(out, out.empty() ? "" : ", ", part);
  return out;
}

std::vector<std::string> summarize(const Review& review) {
  std::vector<std::string> sentences;
  for (std::string sentence : {coverage_sentence(review), size_sentence(review), area_sentence(review),
                               symbols_sentence(review), tests_sentence(review), risk_sentence(review)}) {
    if (!sentence.empty()) sentences.push_back(std::move(sentence));
  }
  for (std::string& sentence : model_sentences(review)) sentences.push_back(std::move(sentence));
  return sentences;
}

Effort estimate_effort(const Review& review) {
  // Lines of tests and of prose are read faster than those of the program.
  std::uint64_t weight = 0;
  std::vector<std::string> signatures;
  std::uint64_t files = 0;
  bool delicate = false;
  for (const FileNote& note : review.changes) {
    if (!note.reviewed) continue;
    ++files;
    for (const SignatureChange& change : note.symbols.signatures) {
      if (note.kind == FileKind::source) add_once(signatures, change.name);
    }
    const std::uint64_t lines = lines_of(note);
    const bool fast = note.kind == FileKind::test || note.kind == FileKind::documentation;
    weight += fast ? lines / 3 : lines;
    delicate = delicate || note.kind == FileKind::migration;
  }
  const bool grave = !review.risks.empty() && review.risks.front().severity >= Severity::high;
  const auto step = [](std::uint64_t value, std::array<std::uint64_t, 4> steps) {
    return static_cast<std::uint32_t>(
        std::count_if(steps.begin(), steps.end(), [&](auto s) { return value > s; }));
  };
  std::uint32_t score = 1 + std::max(step(weight, {20, 120, 500, 1500}), step(files, {3, 10, 30, 80}));
  if (grave || delicate || signatures.size() > 3) ++score;
  std::string reason =
      concat(counted(review.usage.additions + std::uint64_t{review.usage.deletions}, "changed line"), " in ",
             counted(review.changes.size(), "file"));
  if (!signatures.empty()) append(reason, ", ", counted(signatures.size(), "changed signature"));
  if (delicate) reason += ", a database migration";
  if (grave) append(reason, ", a risk of ", name_of(review.risks.front().severity), " severity");
  return {std::min(score, 5U), std::move(reason)};
}

}  // namespace review
