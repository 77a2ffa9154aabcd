// The plug-in against OpenVINO itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <openvino/openvino.hpp>

#include "common/test/contract.h"
#include "common/test/plugin.h"

namespace sluice::backends::test {

const char* const plugin_path = SLUICE_PLUGIN;
const char* const networks_path = SLUICE_NETWORKS;

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(OpenVino, NetworkContract,
                         testing::Values(Format{.name = "openvino", .sum = {"sum.xml"}, .other = "sum.onnx"},
                                         Format{.name = "onnx", .sum = {"sum.onnx"}, .other = "sum.xml"},
                                         Format{.name = "tflite",
                                                .sum = {"sum.tflite"},
                                                .other = "sum.onnx",
                                                .opens_bytes_locked = false}),
                         testing::PrintToStringParamName());

// What OpenVINO computes of one input, without the plug-in.
Value natively(const std::string& path, const Value& input) {
  ov::Core core;
  ov::CompiledModel model =
      core.compile_model(path, "CPU", ov::hint::execution_mode(ov::hint::ExecutionMode::ACCURACY));
  ov::InferRequest request = model.create_infer_request();
  request.set_input_tensor(ov::Tensor(ov::element::f32, ov::Shape(input.dims.begin(), input.dims.end()),
                                      static_cast<const void*>(input.bytes.data())));
  request.infer();
  const ov::Tensor output = request.get_output_tensor(0);
  const ov::Shape& shape = output.get_shape();
  return {SLUICE_NN_F32,
          {shape.begin(), shape.end()},
          std::string(static_cast<const char*>(output.data()), output.get_byte_size())};
}

TEST(OpenVino, SaysWhatItIs) {
  EXPECT_STREQ(backend().name, "openvino");
  EXPECT_THAT(backend().version, HasSubstr("2026.4"));
  EXPECT_STREQ(tensors().formats, "openvino onnx tflite");
}

TEST(OpenVino, ComputesWhatOpenVinoDoes) {
  const Value row = some_floats({1, 4}, 1);
  const Value rows = some_floats({5, 4}, 2);
  const Value image = some_floats({1, 3, 8, 8}, 3);
  const Graph mlp = open_paths("openvino", {network("mlp.xml"), network("mlp.bin")});
  EXPECT_THAT(run(mlp, {row}), ElementsAre(natively(network("mlp.xml"), row)));
  EXPECT_THAT(run(mlp, {rows}), ElementsAre(natively(network("mlp.xml"), rows)));
  EXPECT_THAT(
      run(open_bytes("openvino", {content(network("conv.xml")), content(network("conv.bin"))}), {image}),
      ElementsAre(natively(network("conv.xml"), image)));
  EXPECT_THAT(run(open_bytes("onnx", {content(network("mlp.onnx"))}), {rows}),
              ElementsAre(natively(network("mlp.onnx"), rows)));
  EXPECT_THAT(run(open_paths("onnx", {network("conv.onnx")}), {image}),
              ElementsAre(natively(network("conv.onnx"), image)));
  EXPECT_THAT(run(open_paths("tflite", {network("mlp.tflite")}), {row}),
              ElementsAre(natively(network("mlp.tflite"), row)));
}

TEST(OpenVino, ReadsTheSameFromBytesThatAreNotAligned) {
  const Value rows = some_floats({5, 4}, 4);
  const std::string xml = content(network("mlp.xml"));
  const std::string weights = "xyz" + content(network("mlp.bin"));
  const sluice_nn_part parts[] = {{.path = nullptr, .data = xml.data(), .size = xml.size()},
                                  {.path = nullptr, .data = weights.data() + 3, .size = weights.size() - 3}};
  const sluice_nn_graph_options options{.format = {"openvino", 8}, .threads = 2, .gpu = 0};
  sluice_nn_graph* graph = nullptr;
  sluice_nn_error error{};
  ASSERT_EQ(tensors().graph_open(parts, 2, &options, &graph, &error), SLUICE_NN_OK) << error.text;
  EXPECT_THAT(run(Graph(graph), {rows}), ElementsAre(natively(network("mlp.xml"), rows)));
}

TEST(OpenVino, LeavesOpenWhatTheNetworkLeavesOpen) {
  const Graph graph = open_paths("onnx", {network("mlp.onnx")});
  EXPECT_THAT(dims_of(input_shape(graph, 0)), ElementsAre(-1, 4));
  EXPECT_THAT(dims_of(output_shape(graph, 0)), ElementsAre(-1, 3));
  const Session session = open_session(graph);
  EXPECT_EQ(set(session, 0, some_floats({5, 3}, 5).tensor()).status, SLUICE_NN_INVALID);
  for (const std::int64_t count : {3, 1, 7, 0})
    EXPECT_EQ(run(session, {some_floats({count, 4}, 6)}).at(0).dims, (std::vector<std::int64_t>{count, 3}));
  // OpenVINO has to know how many dimensions there are.
  Graph any;
  EXPECT_EQ(try_paths("onnx", {network("any_rank.onnx")}, any).status, SLUICE_NN_UNSUPPORTED);
}

TEST(OpenVino, NumbersTypesAsWasiNnDoes) {
  const Graph graph = open_paths("onnx", {network("types.onnx")});
  std::vector<std::uint32_t> types;
  for (std::uint32_t i = 0; i < 6; ++i) types.push_back(input_shape(graph, i).type);
  EXPECT_THAT(types, ElementsAre(SLUICE_NN_F16, SLUICE_NN_F64, SLUICE_NN_U8, SLUICE_NN_I32, SLUICE_NN_I64,
                                 SLUICE_NN_OTHER_TYPE));
  const Session session = open_session(graph);
  const auto bytes = value<std::uint8_t>(SLUICE_NN_U8, {2}, {0, 1});
  EXPECT_EQ(set(session, 5, bytes.tensor()).status, SLUICE_NN_UNSUPPORTED);
  EXPECT_EQ(set(session, 2, bytes.tensor()).status, SLUICE_NN_OK);
}

TEST(OpenVino, RefusesMoreDimensionsThanThereAre) {
  const Graph graph = open_paths("onnx", {network("deep.onnx")});
  const Session session = open_session(graph);
  ASSERT_EQ(set(session, 0, floats({4}, {1, 2, 3, 4}).tensor()).status, SLUICE_NN_OK);
  ASSERT_EQ(compute(session).status, SLUICE_NN_OK);
  Value value;
  const Said said = output(session, 0, value);
  EXPECT_EQ(said.status, SLUICE_NN_UNSUPPORTED);
  EXPECT_THAT(said.text, HasSubstr("10 dimensions"));
}

TEST(OpenVino, SurvivesNetworksThatWantMoreMemoryThanThereIs) {
  for (const char* name : {"many.onnx", "huge.onnx"}) {
    Graph graph;
    const Said said = try_paths("onnx", {network(name)}, graph);
    if (said.status != SLUICE_NN_OK) continue;
    const Session session = open_session(graph);
    ASSERT_EQ(set(session, 0, floats({1}, {1}).tensor()).status, SLUICE_NN_OK);
    EXPECT_NE(compute(session).status, SLUICE_NN_OK) << name;
  }
}

TEST(OpenVino, ReadsWeightsOfOtherFilesOnlyBesideOneGivenAsAPath) {
  EXPECT_THAT(run(open_paths("onnx", {network("outside.onnx")}), {floats({4}, {1, 1, 1, 1})}),
              ElementsAre(floats({4}, {2, 3, 4, 5})));
  std::filesystem::current_path(networks_path);
  Graph graph;
  for (const char* name : {"outside.onnx", "outside_up.onnx", "outside_root.onnx", "outside_memory.onnx"}) {
    const Said said = try_bytes("onnx", {content(network(name))}, graph);
    EXPECT_EQ(said.status, SLUICE_NN_INVALID) << name;
    EXPECT_THAT(said.text, HasSubstr("another file"));
    if (std::string_view(name) == "outside.onnx") continue;
    EXPECT_EQ(try_paths("onnx", {network(name)}, graph).status, SLUICE_NN_INVALID) << name;
  }
}

// What OpenVINO goes in circles on, or crashes.
TEST(OpenVino, RefusesGraphsThatBreakTheRules) {
  Graph graph;
  Said said = try_bytes("onnx", {content(network("circle.onnx"))}, graph);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(said.text, HasSubstr("nothing makes 'c'"));
  said = try_bytes("onnx", {content(network("lacks_input.onnx"))}, graph);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(said.text, HasSubstr("Conv lacks inputs"));
  EXPECT_EQ(try_bytes("tflite", {content(network("more_outputs.tflite"))}, graph).status, SLUICE_NN_CORRUPT);
}

TEST(OpenVino, GoesOnAfterWhatCannotBeComputed) {
  const Value b = some_floats({2, 3}, 1);
  const Graph bad = open_paths("onnx", {network("no_match.onnx")});
  const Session session = open_session(bad);
  ASSERT_EQ(set(session, 0, some_floats({2, 2}, 1).tensor()).status, SLUICE_NN_OK);
  ASSERT_EQ(set(session, 1, b.tensor()).status, SLUICE_NN_OK);
  const Said said = compute(session);
  EXPECT_EQ(said.status, SLUICE_NN_BROKEN);
  EXPECT_THAT(said.text, HasSubstr("mismatch"));
  EXPECT_EQ(run(open_paths("onnx", {network("sum.onnx")}), {b, b}).size(), 1U);
}

TEST(OpenVino, TakesNoWeightsFromTheCurrentFolder) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("sluice-openvino-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::filesystem::current_path(folder);
  std::ofstream(".bin") << content(network("mlp.bin"));
  Graph graph;
  const Said said = try_bytes("openvino", {content(network("mlp.xml"))}, graph);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr(".bin"));
  std::filesystem::remove(".bin");
  EXPECT_EQ(try_bytes("openvino", {content(network("mlp.xml"))}, graph).status, SLUICE_NN_CORRUPT);
  std::filesystem::current_path("/");
  std::filesystem::remove_all(folder);
}

TEST(OpenVino, RefusesWeightsThatEndTooSoon) {
  const std::string xml = content(network("mlp.xml"));
  const std::string weights = content(network("mlp.bin"));
  Graph graph;
  for (std::size_t size = 0; size < weights.size(); size += 5)
    EXPECT_EQ(try_bytes("openvino", {xml, weights.substr(0, size)}, graph).status, SLUICE_NN_CORRUPT) << size;
}

}  // namespace
}  // namespace sluice::backends::test
