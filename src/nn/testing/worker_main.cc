// The program that tests start as a worker: `nn_worker nn-worker FD PLUGIN`.
#include <cstdlib>

#include "nn/models.h"

int main(int argc, char** argv) {
  return argc == 4 ? sluice::nn::run_worker(std::atoi(argv[2]), argv[3]) : 2;
}
