// A review by a scripted model, from the event to its report.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fake_model.h"
#include "fake_pulls.h"
#include "handler.h"
#include "patch_file.h"

namespace review {

class StepClock final : public Clock {
 public:
  std::uint64_t now_ms() override { return now_ += step; }
  std::uint64_t step = 1;

 private:
  std::uint64_t now_ = 1'000;
};

class SilentLog final : public Log {
 public:
  void info(std::string_view /*message*/) override {}
  void progress(std::string_view message) override { steps.emplace_back(message); }
  std::vector<std::string> steps;
};

class ModelTest : public testing::Test {
 protected:
  ModelTest() {
    pulls_.about.number = 5;
    pulls_.about.title = "A change";
    pulls_.about.head_sha = std::string(40, 'a');
  }

  void add_file(const std::string& path, const std::string& patch) {
    pulls_.changed.push_back({.path = path, .previous_path = {}, .patch = patch});
  }

  // A file of `lines` added lines, each of its own text.
  void add_large_file(const std::string& path, int lines) {
    std::string patch = "@@ -0,0 +1," + std::to_string(lines) + " @@\n";
    for (int i = 0; i < lines; ++i) patch += "+value_" + std::to_string(i) + " = compute(" + path + ")\n";
    add_file(path, patch);
  }

  void set_change(const PatchFile& change) {
    pulls_.changed.clear();
    for (const PatchPart& part : change.parts) {
      pulls_.changed.push_back({.path = part.path,
                                .previous_path = part.previous_path,
                                .status = part.status,
                                .patch = part.patch});
    }
  }

  nlohmann::json answer(std::string_view format = "markdown") {
    const nlohmann::json event = {{"owner", "octo"}, {"repo", "app"}, {"number", 5}, {"format", format}};
    const auto result =
        handle("sluice.review.requested", event.dump(), {pulls_, clock_, log_, settings_, &model_});
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text);
    return result ? nlohmann::json::parse(*result, nullptr, false) : nlohmann::json();
  }

  nlohmann::json review() { return answer()["review"]; }

  // The model's findings of a report.
  static std::vector<nlohmann::json> of_model(const nlohmann::json& review) {
    std::vector<nlohmann::json> out;
    for (const nlohmann::json& risk : review["risks"]) {
      if (risk["source"].get<std::string>().starts_with("model:")) out.push_back(risk);
    }
    return out;
  }

  static std::vector<std::string> unread_reasons(const nlohmann::json& review) {
    std::vector<std::string> out;
    for (const nlohmann::json& entry : review["coverage"]) {
      if (!entry["model"].is_null() && entry["model"]["status"] == "unread")
        out.push_back(entry["model"]["reason"]);
    }
    return out;
  }

  FakePulls pulls_;
  FakeModel model_;
  StepClock clock_;
  SilentLog log_;
  std::vector<SettingPair> settings_;
};

inline std::vector<std::filesystem::path> real_patch_paths() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/data/changes")) {
    if (entry.path().extension() == ".patch") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  EXPECT_GT(out.size(), 100U);
  return out;
}

inline std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Whoever answers `pulls` gives UTF-8.
inline bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace review
