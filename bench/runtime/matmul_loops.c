// matmul_loops SIZE [ROWS]: the three loops of the paper, in C, for the first ROWS rows. Prints the seconds
// that they took.

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double* random_matrix(int n) {
  double* matrix = malloc(sizeof(double) * (size_t)n * (size_t)n);
  for (int i = 0; i < n * n; ++i) matrix[i] = (double)rand() / RAND_MAX;
  return matrix;
}

int main(int argc, char** argv) {
  const int n = argc > 1 ? atoi(argv[1]) : 512;
  const int rows = argc > 2 ? atoi(argv[2]) : n;
  double* a = random_matrix(n);
  double* b = random_matrix(n);
  double* c = calloc((size_t)n * (size_t)n, sizeof(double));
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < n; ++j) {
      for (int k = 0; k < n; ++k) c[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.6f %.17g\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9,
         c[1]);
  return 0;
}
