// Does what its arguments say, one after the other: NAME=VALUE each. Failures of calls are printed with
// errno's text.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static char buffer[65536];

static void failed(const char* what) {
  printf("%s: %s\n", what, strerror(errno));
}

static void read_file(const char* path) {
  FILE* file = fopen(path, "r");
  if (!file) return failed("read");
  size_t count;
  while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) fwrite(buffer, 1, count, stdout);
  fclose(file);
}

static void write_file(const char* path, const char* mode) {
  FILE* file = fopen(path, mode);
  if (!file) return failed("write");
  fputs("written\n", file);
  if (fclose(file) != 0) failed("write");
}

static int by_name(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

static void list(const char* path) {
  static char* names[5000];
  size_t count = 0;
  DIR* folder = opendir(path);
  if (!folder) return failed("list");
  for (struct dirent* entry; count < 5000 && (entry = readdir(folder));) {
    if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
  }
  closedir(folder);
  qsort(names, count, sizeof *names, by_name);
  for (size_t i = 0; i < count; ++i) printf("%s ", names[i]);
  printf("(%zu)\n", count);
}

static void link_to(const char* value) {
  char* comma = strchr(value, ',');
  *comma = '\0';
  if (symlink(value, comma + 1) != 0) failed("link");
}

static void rename_to(const char* value) {
  char* comma = strchr(value, ',');
  *comma = '\0';
  if (rename(value, comma + 1) != 0) failed("rename");
}

static void environment(void) {
  for (char** variable = environ; variable && *variable; ++variable) printf("%s\n", *variable);
  printf("end of environment\n");
}

static void clocks(void) {
  struct timespec wall, before, after;
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_MONOTONIC, &before);
  usleep(2000);
  clock_gettime(CLOCK_MONOTONIC, &after);
  const long slept = (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
  printf("%lld %s\n", (long long)wall.tv_sec, slept >= 2000 ? "slept" : "did not sleep");
}

static void random_bytes(void) {
  unsigned char bytes[16];
  if (getentropy(bytes, sizeof bytes) != 0) return failed("random");
  for (size_t i = 0; i < sizeof bytes; ++i) printf("%02x", bytes[i]);
  printf("\n");
}

static void count_input(void) {
  size_t total = 0, count;
  while ((count = fread(buffer, 1, sizeof buffer, stdin)) > 0) total += count;
  printf("%zu bytes of input\n", total);
}

static void output(size_t mebibytes) {
  memset(buffer, 'x', sizeof buffer);
  for (size_t i = 0; i < mebibytes * 16; ++i) fwrite(buffer, 1, sizeof buffer, stdout);
}

static void allocate(size_t mebibytes) {
  char* memory = malloc(mebibytes << 20);
  if (!memory) return failed("allocate");
  for (size_t i = 0; i < mebibytes; ++i) ((volatile char*)memory)[i << 20] = 1;
  printf("allocated\n");
}

static void size_of(const char* path) {
  struct stat info;
  if (stat(path, &info) != 0) return failed("size");
  printf("%lld %s\n", (long long)info.st_size, S_ISDIR(info.st_mode) ? "folder" : "file");
}

__attribute__((noinline)) static int recurse(int depth) {
  volatile char frame[256];
  frame[depth & 255] = (char)depth;
  return depth == 0 ? 0 : recurse(depth + 1) + frame[depth & 255];
}

__attribute__((noinline)) static void trap_unreachable(void) {
  __builtin_trap();
}

__attribute__((noinline)) static int trap_division(volatile int zero) {
  return 1000 / zero;
}

__attribute__((noinline)) static int trap_out_of_bounds(void) {
  return *(volatile int*)0xfffffff0u;
}

static void trap(const char* how) {
  fflush(stdout);
  if (strcmp(how, "unreachable") == 0) trap_unreachable();
  if (strcmp(how, "division") == 0) printf("%d\n", trap_division(0));
  if (strcmp(how, "bounds") == 0) printf("%d\n", trap_out_of_bounds());
  if (strcmp(how, "stack") == 0) printf("%d\n", recurse(1));
  if (strcmp(how, "abort") == 0) abort();
}

static void step(const char* name, const char* value) {
  if (strcmp(name, "print") == 0) printf("%s\n", value);
  if (strcmp(name, "error") == 0) fprintf(stderr, "%s\n", value);
  if (strcmp(name, "env") == 0) environment();
  if (strcmp(name, "read") == 0) read_file(value);
  if (strcmp(name, "write") == 0) write_file(value, "w");
  if (strcmp(name, "append") == 0) write_file(value, "a");
  if (strcmp(name, "list") == 0) list(value);
  if (strcmp(name, "size") == 0) size_of(value);
  if (strcmp(name, "make-folder") == 0 && mkdir(value, 0777) != 0) failed("make-folder");
  if (strcmp(name, "remove") == 0 && unlink(value) != 0) failed("remove");
  if (strcmp(name, "link") == 0) link_to(value);
  if (strcmp(name, "rename") == 0) rename_to(value);
  if (strcmp(name, "clocks") == 0) clocks();
  if (strcmp(name, "random") == 0) random_bytes();
  if (strcmp(name, "input") == 0) count_input();
  if (strcmp(name, "output") == 0) output(strtoul(value, NULL, 10));
  if (strcmp(name, "allocate") == 0) allocate(strtoul(value, NULL, 10));
  if (strcmp(name, "sleep") == 0) sleep((unsigned)strtoul(value, NULL, 10));
  if (strcmp(name, "trap") == 0) trap(value);
  if (strcmp(name, "exit") == 0) exit((int)strtol(value, NULL, 10));
  if (strcmp(name, "spin") == 0) {
    printf("spinning\n");
    fflush(stdout);
    for (volatile unsigned i = 0;; ++i) {
    }
  }
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char* equals = strchr(argv[i], '=');
    if (!equals) {
      printf("argument %s\n", argv[i]);
      continue;
    }
    *equals = '\0';
    step(argv[i], equals + 1);
  }
  return 0;
}
