#include "base/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

ProcessSpec shell(std::string script) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", std::move(script)};
  return spec;
}

void expect_no_child_left() {
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Process, OutputsAndExitCode) {
  const auto output = run_process(shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(output.has_value()) << output.error().to_string();
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
  EXPECT_EQ(output->exit_code, 3);
  expect_no_child_left();
}

TEST(Process, ArgumentsAreNotInterpreted) {
  ProcessSpec spec;
  spec.argv = {"printf", "%s|", "a b", "$HOME", "*", ""};
  EXPECT_EQ(run_process(spec)->out, "a b|$HOME|*||");
}

TEST(Process, InputIsGivenOrEmpty) {
  ProcessSpec spec;
  spec.argv = {"cat"};
  EXPECT_EQ(run_process(spec)->out, "");
  spec.input = std::string(3'000'000, 'x');
  EXPECT_EQ(run_process(spec)->out, spec.input);
  ProcessSpec indifferent = shell("exit 0");
  indifferent.input = spec.input;
  EXPECT_EQ(run_process(indifferent)->exit_code, 0);
}

TEST(Process, EnvironmentIsClean) {
  ASSERT_EQ(setenv("SLUICE_TEST_MARKER", "seen", 1), 0);
  ProcessSpec spec = shell("echo \"$SLUICE_TEST_MARKER|$EXTRA|$LC_ALL\"");
  spec.variables = {{"EXTRA", "e"}};
  EXPECT_EQ(run_process(spec)->out, "|e|C.UTF-8\n");
  spec.environment = Environment::inherited;
  EXPECT_EQ(run_process(spec)->out.substr(0, 6), "seen|e");
  unsetenv("SLUICE_TEST_MARKER");
}

TEST(Process, Folder) {
  ProcessSpec spec = shell("pwd");
  spec.folder = "/";
  EXPECT_EQ(run_process(spec)->out, "/\n");
  spec.folder = "/no/such/folder";
  EXPECT_EQ(run_process(spec).error().code, ErrorCode::not_found);
}

TEST(Process, NothingOfTheFolderIsRunForAProgramOfPath) {
  const auto folder = std::filesystem::temp_directory_path() / ("process-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "true") << "#!/bin/sh\necho taken in\n";
  std::filesystem::permissions(folder / "true", std::filesystem::perms::owner_all);
  const std::string before = std::getenv("PATH");
  setenv("PATH", (".:bin::" + before).c_str(), 1);
  ProcessSpec spec;
  spec.argv = {"true"};
  spec.folder = folder;
  const auto direct = run_process(spec);
  spec.argv = {"sh", "-c", "command true; exec env true"};
  const auto further = run_process(spec);
  setenv("PATH", before.c_str(), 1);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(direct && further);
  EXPECT_EQ(direct->out, "");
  EXPECT_EQ(further->out, "");
}

TEST(Process, MissingProgram) {
  ProcessSpec spec;
  spec.argv = {"sluice-no-such-program"};
  const Error error = run_process(spec).error();
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_NE(error.to_string().find("run sluice-no-such-program: No such file"), std::string::npos);
  spec.argv = {};
  EXPECT_EQ(run_process(spec).error().code, ErrorCode::invalid_input);
  expect_no_child_left();
}

TEST(Process, OutputLimit) {
  ProcessSpec spec = shell("yes");
  spec.output_bytes_max = 1000;
  EXPECT_EQ(run_process(spec).error().code, ErrorCode::limit);
  spec = shell("printf 12345");
  spec.output_bytes_max = 5;
  EXPECT_EQ(run_process(spec)->out, "12345");
  spec = shell("yes >&2");
  spec.output_bytes_max = 1000;
  EXPECT_EQ(run_process(spec).error().code, ErrorCode::limit);
  expect_no_child_left();
}

TEST(Process, TimeoutKillsTheWholeGroup) {
  ProcessSpec spec = shell("sleep 1000 & sleep 1000");
  spec.timeout = std::chrono::milliseconds(50);
  const Error error = run_process(spec).error();
  EXPECT_EQ(error.code, ErrorCode::timeout);
  EXPECT_NE(error.why.find("50 ms"), std::string::npos);
  // Closed outputs are no end.
  spec = shell("exec >&- 2>&-; sleep 1000");
  spec.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(run_process(spec).error().code, ErrorCode::timeout);
  expect_no_child_left();
}

TEST(Process, WhatItLeavesBehindIsNotWaitedFor) {
  const auto output = run_process(shell("sleep 1000 & echo done"));
  ASSERT_TRUE(output.has_value()) << output.error().to_string();
  EXPECT_EQ(output->out, "done\n");
}

TEST(Process, DeathBySignal) {
  EXPECT_EQ(run_process(shell("kill -9 $$"))->exit_code, 128 + 9);
}

TEST(Process, OnlyThreeDescriptors) {
  const auto output = run_process(shell("ls /proc/self/fd | wc -l"));
  // 0, 1, 2 and the folder that `ls` reads.
  EXPECT_EQ(std::atoi(output->out.c_str()), 4);
}

}  // namespace
}  // namespace sluice
