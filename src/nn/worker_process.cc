#include "nn/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "nn/library_environment.h"

namespace sluice::nn {

namespace {

constexpr int worker_socket = 3;

// What posix_spawn wants to be told, freed at the end.
struct SpawnPlan {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  // 0, or an errno.
  int set(int socket, int errors) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, errors, 1);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, errors, 2);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, socket, worker_socket);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, worker_socket + 1);
    return error;
  }
};

// A descriptor that no action of the plan overwrites before it is used.
UniqueFd above_the_worker_s(UniqueFd fd) {
  if (fd.get() > worker_socket) return fd;
  return UniqueFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, worker_socket + 1));
}

}  // namespace

Result<WorkerProcess> start_worker(const std::filesystem::path& program, const std::filesystem::path& plugin,
                                   WorkerKind kind) {
  const auto failed = [&](int error) {
    return fail(ErrorCode::unavailable, fmt::format("start a worker of {}", program.string()),
                std::generic_category().message(error));
  };
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return failed(errno);
  UniqueFd ours(ends[0]);
  const UniqueFd theirs = above_the_worker_s(UniqueFd(ends[1]));
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed(errno);
  UniqueFd errors(ends[0]);
  const UniqueFd errors_in = above_the_worker_s(UniqueFd(ends[1]));
  if (!theirs || !errors_in) return failed(errno);
  for (const UniqueFd* fd : {&ours, &errors}) {
    if (fcntl(fd->get(), F_SETFL, O_NONBLOCK) != 0) return failed(errno);
  }

  SpawnPlan plan;
  if (const int error = plan.set(theirs.get(), errors_in.get()); error != 0) return failed(error);
  std::string name = program.string();
  constexpr std::array commands{"nn-worker", "nn-file", "nn-tensors"};
  std::string command = commands[static_cast<std::size_t>(kind)];
  std::string number = std::to_string(worker_socket);
  std::string library = plugin.string();
  std::string language = "LANG=C.UTF-8";
  const std::array argv{name.data(), command.data(), number.data(), library.data(),
                        static_cast<char*>(nullptr)};
  // Weights and sequences are read from end to end for each token: in large pages that costs less.
  std::string large_pages = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";
  std::vector<std::string> variables{std::move(language), std::move(large_pages)};
  for (const auto& [name_of, value] : library_environment)
    variables.push_back(std::string(name_of) + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, name.c_str(), &plan.actions, &plan.attributes, argv.data(), environment.data());
  if (error != 0) return failed(error);
  return WorkerProcess{pid, std::move(ours), std::move(errors)};
}

std::string end_worker(pid_t pid) {
  kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFSIGNALED(status)) return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* const words = sigdescr_np(signal);
  return fmt::format("it was ended by signal {} ({})", signal, words != nullptr ? words : "unknown");
}

}  // namespace sluice::nn
