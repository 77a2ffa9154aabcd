#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "base/unique_fd.h"

extern char** environ;

namespace sluice {

namespace {

using Deadline = std::chrono::steady_clock::time_point;

std::string reason(int error) {
  return std::generic_category().message(error);
}

std::unexpected<Error> failed(const ProcessSpec& spec, int error) {
  const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::not_found : ErrorCode::unavailable;
  std::string todo = code != ErrorCode::not_found ? ""
                     : spec.folder.empty()
                         ? "install it, or put its folder into PATH"
                         : "see that it is installed and that " + spec.folder.string() + " exists";
  return fail(code, "run " + spec.argv.front(), reason(error), std::move(todo));
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  Pipe made{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (fcntl(made.read.get(), F_SETFL, O_NONBLOCK) != 0) return std::nullopt;
  return made;
}

// The input as a file in memory: there is nobody to feed, and a program that does not read it disturbs
// nobody.
std::optional<UniqueFd> make_input(std::string_view text) {
  UniqueFd fd(memfd_create("input", MFD_CLOEXEC));
  if (!fd) return std::nullopt;
  while (!text.empty()) {
    const ssize_t written = write(fd.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (lseek(fd.get(), 0, SEEK_SET) != 0) return std::nullopt;
  return fd;
}

// PATH's entries that mean the same in every folder: others would find what lies in the working folder.
std::vector<std::string> search_folders() {
  std::vector<std::string> folders;
  const char* const path = std::getenv("PATH");
  for (const std::string_view entry : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    if (entry.starts_with('/')) folders.emplace_back(entry);
  }
  return folders;
}

// The program's file; nothing: there is none.
std::string find_program(const std::string& name) {
  if (name.contains('/')) return name;
  for (const std::string& folder : search_folders()) {
    const std::filesystem::path file = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

std::vector<std::string> environment_of(const ProcessSpec& spec) {
  std::map<std::string, std::string> all;
  if (spec.environment == Environment::inherited) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      const std::size_t equals = text.find('=');
      if (equals != std::string_view::npos)
        all[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
  } else {
    for (const std::string& folder : search_folders())
      all["PATH"] += (all["PATH"].empty() ? "" : ":") + folder;
    if (const char* const home = std::getenv("HOME")) all["HOME"] = home;
    all["LANG"] = all["LC_ALL"] = "C.UTF-8";
  }
  for (const auto& [name, value] : spec.variables) all[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : all) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What posix_spawn wants to be told, freed at the end.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // 0, or an errno.
  int connect(const UniqueFd& in, const UniqueFd& out, const UniqueFd& err,
              const std::filesystem::path& folder) {
    int error = posix_spawn_file_actions_adddup2(&actions_, in.get(), 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions_, out.get(), 1);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions_, err.get(), 2);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    if (error == 0 && !folder.empty())
      error = posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    return error;
  }

  int spawn(pid_t& pid, std::vector<std::string> argv, std::vector<std::string> environment) const {
    const std::string file = find_program(argv.front());
    if (file.empty()) return ENOENT;
    return posix_spawn(&pid, file.c_str(), &actions_, &attributes_, pointers_to(argv).data(),
                       pointers_to(environment).data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A started program. However this ends, its group is killed and it is waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) static_cast<void>(finish());
  }

  // Leaves it to be waited for, so that its number stays its own.
  [[nodiscard]] bool has_ended() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }

  // Its exit code, 128 + signal if that ended it.
  int finish() {
    kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

// One of the program's outputs as it is collected.
struct Stream {
  UniqueFd fd;
  std::string text;
  bool over_limit = false;

  // Takes all that is there now.
  void drain(std::size_t bytes_max) {
    std::array<char, 64U << 10U> buffer;
    while (fd) {
      const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) {
        fd.reset();
        return;
      }
      const auto count = static_cast<std::size_t>(got);
      if (count > bytes_max - text.size()) {
        over_limit = true;
        fd.reset();
        return;
      }
      text.append(buffer.data(), count);
    }
  }
};

enum class Ending : std::uint8_t { exited, over_limit, timed_out };

// Reads both outputs until the program has ended. What it started itself may outlive it and hold the pipes
// open, so their end is not waited for.
Ending collect(const Child& child, Stream& out, Stream& err, std::size_t bytes_max, Deadline deadline) {
  using std::chrono::nanoseconds;
  constexpr nanoseconds pause_min = std::chrono::microseconds(100);
  constexpr nanoseconds pause_max = std::chrono::milliseconds(20);
  nanoseconds pause = pause_min;
  while (true) {
    const bool ended = child.has_ended();
    out.drain(bytes_max);
    err.drain(bytes_max);
    if (out.over_limit || err.over_limit) return Ending::over_limit;
    if (ended) return Ending::exited;
    const nanoseconds left = deadline - std::chrono::steady_clock::now();
    if (left <= nanoseconds(0)) return Ending::timed_out;
    const timespec wait{0, std::min(pause, left).count()};
    std::array<pollfd, 2> watched{pollfd{out.fd.get(), POLLIN, 0}, pollfd{err.fd.get(), POLLIN, 0}};
    const int ready = ppoll(watched.data(), watched.size(), &wait, nullptr);
    pause = ready > 0 ? pause_min : std::min(pause * 2, pause_max);
  }
}

}  // namespace

Result<ProcessOutput> run_process(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return fail(ErrorCode::invalid_input, "run a program", "its name is missing");
  }
  const Deadline deadline = std::chrono::steady_clock::now() + spec.timeout;
  auto in = make_input(spec.input);
  auto out = make_pipe();
  auto err = make_pipe();
  if (!in || !out || !err) return failed(spec, errno);

  SpawnPlan plan;
  pid_t pid = 0;
  int error = plan.connect(*in, out->write, err->write, spec.folder);
  if (error == 0) error = plan.spawn(pid, spec.argv, environment_of(spec));
  if (error != 0) return failed(spec, error);
  Child child(pid);
  out->write.reset();
  err->write.reset();

  Stream out_stream{std::move(out->read), {}, false};
  Stream err_stream{std::move(err->read), {}, false};
  const Ending ending = collect(child, out_stream, err_stream, spec.output_bytes_max, deadline);
  const int exit_code = child.finish();
  if (ending == Ending::over_limit) {
    return fail(
        ErrorCode::limit, "run " + spec.argv.front(),
        "it wrote more than the " + std::to_string(spec.output_bytes_max) + " bytes that are allowed here");
  }
  if (ending == Ending::timed_out) {
    return fail(ErrorCode::timeout, "run " + spec.argv.front(),
                "it did not end within " + std::to_string(spec.timeout.count()) + " ms");
  }
  return ProcessOutput{exit_code, std::move(out_stream.text), std::move(err_stream.text)};
}

}  // namespace sluice
