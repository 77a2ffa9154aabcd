#include "common/test/lock.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iterator>

namespace sluice::backends::test {

bool open_nothing_more() {
  constexpr unsigned denied[] = {SYS_open,   SYS_openat, SYS_openat2,     SYS_creat,
                                 SYS_execve, SYS_socket, SYS_memfd_create};
  constexpr unsigned count = std::size(denied);
  sock_filter filter[count + 3] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (unsigned i = 0; i < count; ++i)
    filter[1 + i] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i], static_cast<unsigned char>(count - i), 0);
  filter[count + 1] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  filter[count + 2] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  const sock_fprog program{.len = static_cast<unsigned short>(std::size(filter)), .filter = filter};
  // For threads that are there already, too: those of the library.
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

}  // namespace sluice::backends::test
