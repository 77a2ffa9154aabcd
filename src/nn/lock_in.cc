#include "nn/lock_in.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

namespace sluice::nn {

namespace {

struct FilterClose {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterClose>;

// Ways out of the process: to the network, to other programs and processes, into the kernel.
constexpr std::array forbidden{"socket",
                               "socketpair",
                               "connect",
                               "bind",
                               "listen",
                               "accept",
                               "accept4",
                               "sendto",
                               "sendmmsg",
                               "execve",
                               "execveat",
                               "fork",
                               "vfork",
                               "ptrace",
                               "process_vm_readv",
                               "process_vm_writev",
                               "kill",
                               "tkill",
                               "pidfd_open",
                               "pidfd_getfd",
                               "pidfd_send_signal",
                               "kcmp",
                               "mount",
                               "umount2",
                               "pivot_root",
                               "chroot",
                               "setns",
                               "unshare",
                               "move_mount",
                               "open_tree",
                               "fsopen",
                               "fsmount",
                               "fspick",
                               "mount_setattr",
                               "keyctl",
                               "add_key",
                               "request_key",
                               "bpf",
                               "perf_event_open",
                               "userfaultfd",
                               "io_uring_setup",
                               "io_uring_enter",
                               "io_uring_register",
                               "init_module",
                               "finit_module",
                               "delete_module",
                               "kexec_load",
                               "kexec_file_load",
                               "open_by_handle_at",
                               "name_to_handle_at",
                               "reboot",
                               "swapon",
                               "swapoff",
                               "sethostname",
                               "setdomainname",
                               "settimeofday",
                               "clock_settime",
                               "adjtimex",
                               "clock_adjtime",
                               "iopl",
                               "ioperm",
                               "personality",
                               "setuid",
                               "setgid",
                               "setresuid",
                               "setresgid",
                               "setreuid",
                               "setregid",
                               "setgroups",
                               "capset",
                               "quotactl",
                               "acct",
                               "syslog",
                               "unlink",
                               "unlinkat",
                               "rename",
                               "renameat",
                               "renameat2",
                               "mkdir",
                               "mkdirat",
                               "rmdir",
                               "link",
                               "linkat",
                               "symlink",
                               "symlinkat",
                               "mknod",
                               "mknodat",
                               "chmod",
                               "fchmodat",
                               "chown",
                               "lchown",
                               "fchownat",
                               "truncate",
                               "creat",
                               "utimensat",
                               "setxattr",
                               "lsetxattr",
                               "removexattr",
                               "lremovexattr",
                               "inotify_init1",
                               "fanotify_init",
                               "fanotify_mark",
                               "msgget",
                               "semget",
                               "shmget",
                               "mq_open",
                               "memfd_secret",
                               "process_madvise",
                               "setrlimit",
                               "setpgid",
                               "setsid",
                               "landlock_create_ruleset"};

constexpr std::array opening{"open", "openat"};

int forbid(const Filter& filter, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  // Of a newer kernel than the library knows: it cannot be named, and the processor's table has no place for
  // it that this library would let through by another name.
  if (number == __NR_SCMP_ERROR || number < 0) return 0;
  return seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), number, 0);
}

int forbid_opening(const Filter& filter, Files files) {
  // A path resolved with flags in memory cannot be judged: it does not exist.
  int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
  for (const char* const name : opening) {
    const int number = seccomp_syscall_resolve_name(name);
    const unsigned flags = std::strcmp(name, "open") == 0 ? 1 : 2;
    if (files == Files::none) {
      if (error == 0) error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), number, 0);
      continue;
    }
    for (const int flag : {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC}) {
      const auto bit = static_cast<scmp_datum_t>(flag);
      if (error == 0) {
        error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), number, 1,
                                 SCMP_CMP(flags, SCMP_CMP_MASKED_EQ, bit, bit));
      }
    }
  }
  return error;
}

// Threads are made, processes are not. clone3 has its flags in memory: libraries take clone where there is no
// clone3.
int forbid_processes(const Filter& filter) {
  int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  if (error == 0) {
    error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  }
  return error;
}

// Limits can be looked at, as libraries do before they start a thread.
int forbid_limits(const Filter& filter) {
  return seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1,
                          SCMP_A2(SCMP_CMP_NE, 0));
}

std::unexpected<Error> cannot(std::string_view why) {
  return fail(ErrorCode::unavailable, "lock a worker in", std::string(why),
              "run on a kernel with seccomp and Landlock (Linux 5.13 or later)");
}

Status forbid_files(std::span<const int> readable) {
  landlock_ruleset_attr rules{};
  rules.handled_access_fs =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
      LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
      LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
      LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
      LANDLOCK_ACCESS_FS_MAKE_SYM;
  const auto ruleset =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0));
  if (ruleset < 0) return cannot("the kernel has no Landlock");
  bool is_good = true;
  for (const int file : readable) {
    const landlock_path_beneath_attr rule{LANDLOCK_ACCESS_FS_READ_FILE, file};
    const auto error = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    // A file without a name needs no rule, and can have none.
    is_good = is_good && (error == 0 || errno == EBADFD);
  }
  is_good = is_good && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  close(ruleset);
  return is_good ? Status() : cannot("Landlock cannot be used");
}

}  // namespace

Status lock_in(Files files, std::span<const int> readable) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return cannot("privileges cannot be given up");
  if (auto good = forbid_files(readable); !good && files == Files::nameless) return good;
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return cannot("there is no seccomp");
  int error = forbid_opening(filter, files);
  if (error == 0) error = forbid_processes(filter);
  if (error == 0) error = forbid_limits(filter);
  for (const char* const name : forbidden) {
    if (error == 0) error = forbid(filter, name);
  }
  // Other numbers for the same calls are those of another processor's programs.
  if (error == 0) error = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  // For threads that the library has started already, too.
  if (error == 0) error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (error == 0) error = seccomp_load(filter.get());
  if (error != 0) return cannot(std::string("seccomp: ") + std::strerror(-error));
  return {};
}

void limit_memory(std::uint64_t memory_mib) {
  // What a library computes with besides the model and the context, with room.
  constexpr std::uint64_t working_bytes = 512ULL << 20U;
  std::ifstream status("/proc/self/status");
  std::string word;
  std::uint64_t now_kib = 0;
  while (status >> word && word != "VmData:") {
  }
  // Counted from what it has now, which with a sanitizer is a lot.
  if (memory_mib == 0 || !(status >> now_kib)) return;
  const rlim_t most = now_kib * 1024 + (memory_mib << 20U) + working_bytes;
  const rlimit limit{most, most};
  // Without it the plan still holds.
  static_cast<void>(setrlimit(RLIMIT_DATA, &limit));
}

}  // namespace sluice::nn
