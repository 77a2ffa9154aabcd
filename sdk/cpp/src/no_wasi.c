// Answers, inside the module, every WASI preview 1 call that wasi-libc can make, so that a component imports
// no WASI and needs no adapter. wasi-libc leaves these symbols undefined (as imports of
// `wasi_snapshot_preview1`); an object that defines them takes their place at link time, and what a guest
// does not use is dropped by the linker.
//
// What a guest gets:
// - arguments and environment: empty
// - files and directories: none (EBADF, ENOENT, ENOSYS)
// - stdout and stderr: lines to wasi:logging/logging (info, warn) if the world imports it, otherwise dropped
// - clock: wasi:clocks/wall-clock if the world imports it; monotonic time is derived from it
// - random: wasi:random/random if the world imports it
// - exit: a trap
// A guest that uses the clock or random without having them in its world is refused by the build, which names
// the missing import (sdk/cpp/tools/guest.py): their calls are left out here.
#include <stddef.h>
#include <stdint.h>

#include "sluice/world_imports.h"

typedef int32_t i32;
typedef int64_t i64;

#define PREVIEW1(name) __imported_wasi_snapshot_preview1_##name

enum { wasi_ok = 0, wasi_badf = 8, wasi_inval = 28, wasi_noent = 44, wasi_nosys = 52, wasi_notsock = 57 };
enum { filetype_character_device = 2, clock_realtime = 0, clock_monotonic = 1 };

typedef struct {
  const uint8_t* data;
  uint32_t size;
} IoVec;

// ---- stdout and stderr ----

#ifdef SLUICE_IMPORT_LOGGING
enum { level_info = 2, level_warn = 3, line_bytes_max = 1024 };

__attribute__((import_module(SLUICE_IMPORT_LOGGING), import_name("log"))) void sluice_no_wasi_log(
    i32 level, const char* context, size_t context_size, const char* message, size_t message_size);

typedef struct {
  uint32_t used;
  char text[line_bytes_max];
} Line;

static Line lines[2];

// How many bytes the UTF-8 sequence at `text` has; 0 if there is none (Unicode 15, table 3-7).
static uint32_t sequence_size(const uint8_t* text, uint32_t left) {
  uint8_t lead = text[0];
  if (lead < 0x80) return 1;
  uint32_t size = lead >= 0xc2 && lead < 0xe0   ? 2
                  : lead >= 0xe0 && lead < 0xf0 ? 3
                  : lead >= 0xf0 && lead < 0xf5 ? 4
                                                : 0;
  if (size == 0 || size > left) return 0;
  uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (text[1] < low || text[1] > high) return 0;
  for (uint32_t i = 2; i < size; ++i)
    if ((text[i] & 0xc0) != 0x80) return 0;
  return size;
}

// A string that is not valid UTF-8 would trap when it crosses, so that other bytes become question marks.
static void flush_line(i32 fd) {
  Line* line = &lines[fd - 1];
  for (uint32_t i = 0; i < line->used;) {
    uint32_t size = sequence_size((const uint8_t*)line->text + i, line->used - i);
    if (size == 0) line->text[i] = '?';
    i += size == 0 ? 1 : size;
  }
  sluice_no_wasi_log(fd == 1 ? level_info : level_warn, fd == 1 ? "stdout" : "stderr", 6, line->text,
                     line->used);
  line->used = 0;
}

static void write_text(i32 fd, const uint8_t* data, uint32_t size) {
  Line* line = &lines[fd - 1];
  for (uint32_t i = 0; i < size; ++i) {
    if (data[i] == '\n') {
      flush_line(fd);
      continue;
    }
    if (line->used == line_bytes_max) flush_line(fd);
    line->text[line->used++] = (char)data[i];
  }
}
#else
static void write_text(i32 fd, const uint8_t* data, uint32_t size) {
  (void)fd;
  (void)data;
  (void)size;
}
#endif

i32 PREVIEW1(fd_write)(i32 fd, i32 vectors, i32 count, i32 written) {
  if (fd != 1 && fd != 2) return wasi_badf;
  const IoVec* vector = (const IoVec*)vectors;
  uint32_t total = 0;
  for (i32 i = 0; i < count; ++i) {
    write_text(fd, vector[i].data, vector[i].size);
    total += vector[i].size;
  }
  *(uint32_t*)written = total;
  return wasi_ok;
}

i32 PREVIEW1(fd_fdstat_get)(i32 fd, i32 out) {
  if (fd != 1 && fd != 2) return wasi_badf;
  // A character device makes libc flush at each line.
  uint8_t* stat = (uint8_t*)out;
  for (int i = 0; i < 24; ++i) stat[i] = 0;
  stat[0] = filetype_character_device;
  return wasi_ok;
}

// ---- clock ----

#ifdef SLUICE_IMPORT_WALL_CLOCK
typedef struct {
  uint64_t seconds;
  uint32_t nanoseconds;
} Datetime;

__attribute__((import_module(SLUICE_IMPORT_WALL_CLOCK), import_name("now"))) void sluice_no_wasi_now(
    Datetime* out);

i32 PREVIEW1(clock_time_get)(i32 id, i64 precision, i32 out) {
  (void)precision;
  static uint64_t latest;
  if (id != clock_realtime && id != clock_monotonic) return wasi_inval;
  Datetime now;
  sluice_no_wasi_now(&now);
  uint64_t ns = now.seconds * 1000000000u + now.nanoseconds;
  if (id == clock_monotonic) {
    if (ns > latest) latest = ns;
    ns = latest;
  }
  *(uint64_t*)out = ns;
  return wasi_ok;
}

i32 PREVIEW1(clock_res_get)(i32 id, i32 out) {
  if (id != clock_realtime && id != clock_monotonic) return wasi_inval;
  *(uint64_t*)out = 1000000;
  return wasi_ok;
}
#endif

// ---- random ----

#ifdef SLUICE_IMPORT_RANDOM
__attribute__((import_module(SLUICE_IMPORT_RANDOM), import_name("get-random-u64"))) i64
sluice_no_wasi_random(void);

i32 PREVIEW1(random_get)(i32 out, i32 size) {
  uint8_t* bytes = (uint8_t*)out;
  for (i32 i = 0; i < size;) {
    uint64_t word = (uint64_t)sluice_no_wasi_random();
    for (int k = 0; k < 8 && i < size; ++k, word >>= 8) bytes[i++] = (uint8_t)word;
  }
  return wasi_ok;
}
#endif

// ---- arguments, environment, exit ----

static i32 nothing(i32 count, i32 bytes) {
  *(uint32_t*)count = 0;
  *(uint32_t*)bytes = 0;
  return wasi_ok;
}
i32 PREVIEW1(args_sizes_get)(i32 count, i32 bytes) {
  return nothing(count, bytes);
}
i32 PREVIEW1(environ_sizes_get)(i32 count, i32 bytes) {
  return nothing(count, bytes);
}

#pragma clang diagnostic ignored "-Wunused-parameter"

i32 PREVIEW1(args_get)(i32 pointers, i32 text) {
  return wasi_ok;
}
i32 PREVIEW1(environ_get)(i32 pointers, i32 text) {
  return wasi_ok;
}
i32 PREVIEW1(sched_yield)(void) {
  return wasi_ok;
}
_Noreturn void PREVIEW1(proc_exit)(i32 code) {
  __builtin_trap();
}

// ---- files, directories, sockets: none ----

i32 PREVIEW1(fd_advise)(i32 fd, i64 offset, i64 size, i32 advice) {
  return wasi_badf;
}
i32 PREVIEW1(fd_allocate)(i32 fd, i64 offset, i64 size) {
  return wasi_badf;
}
i32 PREVIEW1(fd_close)(i32 fd) {
  return wasi_badf;
}
i32 PREVIEW1(fd_datasync)(i32 fd) {
  return wasi_badf;
}
i32 PREVIEW1(fd_fdstat_set_flags)(i32 fd, i32 flags) {
  return wasi_badf;
}
i32 PREVIEW1(fd_fdstat_set_rights)(i32 fd, i64 base, i64 inheriting) {
  return wasi_badf;
}
i32 PREVIEW1(fd_filestat_get)(i32 fd, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(fd_filestat_set_size)(i32 fd, i64 size) {
  return wasi_badf;
}
i32 PREVIEW1(fd_filestat_set_times)(i32 fd, i64 access, i64 modified, i32 flags) {
  return wasi_badf;
}
i32 PREVIEW1(fd_pread)(i32 fd, i32 vectors, i32 count, i64 offset, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(fd_prestat_get)(i32 fd, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(fd_prestat_dir_name)(i32 fd, i32 path, i32 size) {
  return wasi_badf;
}
i32 PREVIEW1(fd_pwrite)(i32 fd, i32 vectors, i32 count, i64 offset, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(fd_read)(i32 fd, i32 vectors, i32 count, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(fd_readdir)(i32 fd, i32 buffer, i32 size, i64 cookie, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(fd_renumber)(i32 fd, i32 to) {
  return wasi_badf;
}
i32 PREVIEW1(fd_seek)(i32 fd, i64 offset, i32 whence, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(fd_sync)(i32 fd) {
  return wasi_badf;
}
i32 PREVIEW1(fd_tell)(i32 fd, i32 out) {
  return wasi_badf;
}
i32 PREVIEW1(path_create_directory)(i32 fd, i32 path, i32 size) {
  return wasi_nosys;
}
i32 PREVIEW1(path_filestat_get)(i32 fd, i32 flags, i32 path, i32 size, i32 out) {
  return wasi_noent;
}
i32 PREVIEW1(path_filestat_set_times)(i32 fd, i32 flags, i32 path, i32 size, i64 access, i64 modified,
                                      i32 which) {
  return wasi_noent;
}
i32 PREVIEW1(path_link)(i32 fd, i32 flags, i32 path, i32 size, i32 to_fd, i32 to, i32 to_size) {
  return wasi_nosys;
}
i32 PREVIEW1(path_open)(i32 fd, i32 dir_flags, i32 path, i32 size, i32 open_flags, i64 rights, i64 inheriting,
                        i32 flags, i32 out) {
  return wasi_noent;
}
i32 PREVIEW1(path_readlink)(i32 fd, i32 path, i32 size, i32 buffer, i32 buffer_size, i32 out) {
  return wasi_noent;
}
i32 PREVIEW1(path_remove_directory)(i32 fd, i32 path, i32 size) {
  return wasi_nosys;
}
i32 PREVIEW1(path_rename)(i32 fd, i32 path, i32 size, i32 to_fd, i32 to, i32 to_size) {
  return wasi_nosys;
}
i32 PREVIEW1(path_symlink)(i32 path, i32 size, i32 fd, i32 to, i32 to_size) {
  return wasi_nosys;
}
i32 PREVIEW1(path_unlink_file)(i32 fd, i32 path, i32 size) {
  return wasi_nosys;
}
i32 PREVIEW1(sock_accept)(i32 fd, i32 flags, i32 out) {
  return wasi_notsock;
}
i32 PREVIEW1(sock_recv)(i32 fd, i32 vectors, i32 count, i32 flags, i32 out_size, i32 out_flags) {
  return wasi_notsock;
}
i32 PREVIEW1(sock_send)(i32 fd, i32 vectors, i32 count, i32 flags, i32 out) {
  return wasi_notsock;
}
i32 PREVIEW1(sock_shutdown)(i32 fd, i32 how) {
  return wasi_notsock;
}
