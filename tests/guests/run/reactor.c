// A library with a constructor: its functions are right only after `_initialize`.
#include <stdio.h>
#include <stdlib.h>

static int base = 0;

__attribute__((constructor)) static void set_up(void) {
  base = 1000;
}

__attribute__((export_name("add"))) int add(int a, int b) {
  return base + a + b;
}

__attribute__((export_name("half"))) double half(double number) {
  return number / 2;
}

__attribute__((export_name("wide"))) long long wide(long long a, float b) {
  return a + (long long)b;
}

__attribute__((export_name("say"))) void say(void) {
  puts("said");
}

__attribute__((export_name("leave"))) void leave(int code) {
  exit(code);
}
