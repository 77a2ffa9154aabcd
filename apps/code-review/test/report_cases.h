// The cases of tests/data/review/reports: each a folder with a change.json and the reports that it makes.
// Claims come from the case, not from the signals, so that the reports stay as they are when a signal learns.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "review.h"

namespace review {

inline std::filesystem::path cases_folder() {
  return std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/data/review/reports";
}

inline FileStatus status_named(const std::string& name) {
  for (const FileStatus status : {FileStatus::added, FileStatus::removed, FileStatus::renamed,
                                  FileStatus::copied, FileStatus::changed}) {
    if (name_of(status) == name) return status;
  }
  return FileStatus::modified;
}

inline std::vector<PullFile> files_of(const nlohmann::json& list) {
  std::vector<PullFile> files;
  for (const nlohmann::json& entry : list) {
    PullFile file;
    file.path = entry["path"];
    file.previous_path = entry.value("previous", "");
    file.status = status_named(entry.value("status", "modified"));
    if (entry.contains("patch")) {
      std::string patch;
      for (const nlohmann::json& line : entry["patch"]) patch += line.get<std::string>() + "\n";
      file.patch = Text::copy_of(patch);
      const FileChange parsed = parse_file_change(file.path, {}, file.status, patch);
      file.additions = count_lines(parsed, Line::Op::added);
      file.deletions = count_lines(parsed, Line::Op::deleted);
    }
    files.push_back(std::move(file));
  }
  return files;
}

inline std::vector<Claim> claims_of(const nlohmann::json& list) {
  std::vector<Claim> claims;
  for (const nlohmann::json& entry : list) {
    claims.push_back(
        {.source = entry["source"],
         .severity = severity_named(entry["severity"].get<std::string>()).value_or(Severity::info),
         .path = entry["path"],
         .side = std::nullopt,
         .line = std::nullopt,
         .quote = entry["quote"],
         .why = entry["why"],
         .action = entry["action"]});
  }
  return claims;
}

inline Review review_case(const std::filesystem::path& folder) {
  std::ifstream in(folder / "change.json");
  const nlohmann::json data = nlohmann::json::parse(in, nullptr, false);
  EXPECT_TRUE(data.is_object()) << folder;
  PullRequest about;
  about.number = 7;
  about.title = data["title"];
  about.author = data["author"];
  about.head_sha = data["head"];
  about.url = data["url"];
  const Settings settings;
  Review review = begin_review({"octo", "app", 7}, std::move(about), files_of(data["files"]), settings);
  finish_review(review, claims_of(data["claims"]), settings);
  review.usage.duration_ms = 12;
  return review;
}

}  // namespace review
