// The program that tests start as a worker: `nn_worker nn-worker FD PLUGIN`, or nn-file.
#include <cstdlib>

#include <string_view>

#include "nn/file_work.h"
#include "nn/models.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int fd = std::atoi(argv[2]);
  if (std::string_view(argv[1]) == "nn-file") return sluice::nn::run_file_worker(fd, argv[3]);
  return sluice::nn::run_worker(fd, argv[3]);
}
