// The program that tests start as a worker: `nn_worker nn-worker FD PLUGIN`, or nn-file.
#include <charconv>
#include <string_view>

#include "nn/file_work.h"
#include "nn/models.h"
#include "nn/tensor_worker.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string_view number(argv[2]);
  int fd = -1;
  if (std::from_chars(number.data(), number.data() + number.size(), fd).ec != std::errc()) return 2;
  if (std::string_view(argv[1]) == "nn-file") return sluice::nn::run_file_worker(fd, argv[3]);
  if (std::string_view(argv[1]) == "nn-tensors") return sluice::nn::run_tensor_worker(fd, argv[3]);
  return sluice::nn::run_worker(fd, argv[3]);
}
