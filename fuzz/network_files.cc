// What looks at the files of networks before the libraries do: none may read past the end, or go on without
// one.
#include <string_view>

#include "common/onnx_file.h"
#include "common/onnx_graph.h"
#include "common/tflite_file.h"
#include "common/zip_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace sluice::backends;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  (void)check_onnx(file, Outside::none);
  (void)check_onnx(file, Outside::beside);
  (void)check_onnx_graph(file);
  (void)check_tflite(file);
  (void)read_checksums(file);
  return 0;
}
