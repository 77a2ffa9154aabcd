#include "common/onnx_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::backends {
namespace {

using testing::HasSubstr;

// Field `number` of a message, with bytes of less than 128.
std::string field(unsigned number, const std::string& bytes) {
  std::string text;
  const unsigned tag = number << 3U | 2U;
  if (tag > 127) text += static_cast<char>((tag & 0x7fU) | 0x80U);
  text += static_cast<char>(tag > 127 ? tag >> 7U : tag);
  return text + static_cast<char>(bytes.size()) + bytes;
}

std::string model_of(const std::string& graph) {
  return "\x08\x08" + field(7, graph);
}

std::string tensor_at(const std::string& location) {
  return field(8, "w") + field(13, field(1, "location") + field(2, location)) + "\x70\x01";
}

sluice_nn_status status(const std::string& model, Outside allowed = Outside::beside) {
  const auto checked = check_onnx(model, allowed);
  return checked ? SLUICE_NN_OK : checked.error().status;
}

TEST(OnnxFile, HasAVersionAndAGraph) {
  EXPECT_EQ(status(model_of("")), SLUICE_NN_OK);
  EXPECT_EQ(status(""), SLUICE_NN_CORRUPT);
  EXPECT_EQ(status("\x08\x08"), SLUICE_NN_CORRUPT);
  EXPECT_EQ(status("ORTM and what follows"), SLUICE_NN_CORRUPT);
  EXPECT_EQ(status(model_of(field(5, "\x0a\x7f"))), SLUICE_NN_CORRUPT);
}

TEST(OnnxFile, KeepsWeightsBesideIt) {
  for (const char* fine : {"w.bin", "weights/w.bin", "..w"})
    EXPECT_EQ(status(model_of(field(5, tensor_at(fine)))), SLUICE_NN_OK) << fine;
  for (const char* bad : {"", "/etc/passwd", "../w", "a/../../w", "a\\..\\w", "*/_ORT_MEM_ADDR_/*"})
    EXPECT_EQ(status(model_of(field(5, tensor_at(bad)))), SLUICE_NN_INVALID) << bad;
}

TEST(OnnxFile, OfBytesStandsAlone) {
  const std::string tensor = tensor_at("w.bin");
  EXPECT_EQ(status(model_of(field(5, tensor)), Outside::none), SLUICE_NN_INVALID);
  // Wherever a tensor can be: in an attribute of an operation, in a graph of one, among sparse ones, in a
  // function.
  EXPECT_EQ(status(model_of(field(1, field(5, field(5, tensor)))), Outside::none), SLUICE_NN_INVALID);
  EXPECT_EQ(status(model_of(field(1, field(5, field(6, field(5, tensor))))), Outside::none),
            SLUICE_NN_INVALID);
  EXPECT_EQ(status(model_of(field(15, field(1, tensor))), Outside::none), SLUICE_NN_INVALID);
  EXPECT_EQ(status(model_of("") + field(25, field(7, field(5, field(10, tensor)))), Outside::none),
            SLUICE_NN_INVALID);
  // Only said to be elsewhere.
  EXPECT_EQ(status(model_of(field(5, "\x70\x01")), Outside::none), SLUICE_NN_INVALID);
  EXPECT_EQ(status(model_of(field(5, "\x70")), Outside::none), SLUICE_NN_CORRUPT);
}

TEST(OnnxFile, OfGraphsInGraphsWithoutEndIsRefused) {
  std::string graph;
  // Lengths of two bytes and more, for what grows.
  const auto wrap = [](unsigned number, const std::string& bytes) {
    std::string length;
    for (std::size_t rest = bytes.size(); length.empty() || rest > 0; rest >>= 7U)
      length += static_cast<char>((rest & 0x7fU) | (rest > 127 ? 0x80U : 0U));
    return static_cast<char>(number << 3U | 2U) + length + bytes;
  };
  for (int depth = 0; depth < 200; ++depth) graph = wrap(1, wrap(5, wrap(6, graph)));
  EXPECT_EQ(status("\x08\x08" + wrap(7, graph)), SLUICE_NN_CORRUPT);
}

}  // namespace
}  // namespace sluice::backends
