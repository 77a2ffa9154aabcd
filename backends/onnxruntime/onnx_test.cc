// The plug-in against ONNX Runtime itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnxruntime.h>

#include <filesystem>

#include "common/test/contract.h"
#include "common/test/plugin.h"

namespace sluice::backends::test {

const char* const plugin_path = SLUICE_PLUGIN;
const char* const networks_path = SLUICE_NETWORKS;

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(OnnxRuntime, NetworkContract,
                         testing::Values(Format{.name = "onnx", .sum = {"sum.onnx"}, .other = "sum.xml"}),
                         testing::PrintToStringParamName());

const OrtApi& api() {
  return *OrtGetApiBase()->GetApi(ORT_API_VERSION);
}

void must(OrtStatus* status) {
  if (status != nullptr) throw std::runtime_error(api().GetErrorMessage(status));
}

OrtValue* value_of(const Value& value, OrtAllocator* allocator) {
  const auto type =
      value.type == SLUICE_NN_I64 ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  OrtValue* made = nullptr;
  must(api().CreateTensorAsOrtValue(allocator, value.dims.data(), value.dims.size(), type, &made));
  void* data = nullptr;
  must(api().GetTensorMutableData(made, &data));
  value.bytes.copy(static_cast<char*>(data), value.bytes.size());
  return made;
}

// Of f32.
Value content_of(OrtValue* value) {
  ONNXTensorElementDataType type{};
  const std::int64_t* dims = nullptr;
  std::size_t rank = 0;
  must(api().GetTensorElementTypeAndShapeDataReference(value, &type, &dims, &rank));
  void* data = nullptr;
  must(api().GetTensorMutableData(value, &data));
  Value content{SLUICE_NN_F32, {dims, dims + rank}, {}};
  std::size_t count = 1;
  for (const std::int64_t dim : content.dims) count *= static_cast<std::size_t>(dim);
  content.bytes.assign(static_cast<const char*>(data), count * sizeof(float));
  return content;
}

// What ONNX Runtime computes from these inputs, of f32 or i64, to the first output, without the plug-in.
Value natively(const std::string& path, const std::vector<Value>& inputs) {
  OrtEnv* env = nullptr;
  must(api().CreateEnv(ORT_LOGGING_LEVEL_ERROR, "test", &env));
  OrtSessionOptions* options = nullptr;
  must(api().CreateSessionOptions(&options));
  must(api().SetIntraOpNumThreads(options, 1));
  OrtSession* session = nullptr;
  must(api().CreateSession(env, path.c_str(), options, &session));
  OrtAllocator* allocator = nullptr;
  must(api().GetAllocatorWithDefaultOptions(&allocator));
  std::vector<char*> from(inputs.size());
  std::vector<OrtValue*> given;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    must(api().SessionGetInputName(session, i, allocator, &from[i]));
    given.push_back(value_of(inputs[i], allocator));
  }
  char* to = nullptr;
  must(api().SessionGetOutputName(session, 0, allocator, &to));
  OrtValue* result = nullptr;
  must(api().Run(session, nullptr, from.data(), given.data(), given.size(), &to, 1, &result));
  Value output = content_of(result);
  api().ReleaseValue(result);
  for (OrtValue* value : given) api().ReleaseValue(value);
  for (char* name : from) must(api().AllocatorFree(allocator, name));
  must(api().AllocatorFree(allocator, to));
  api().ReleaseSession(session);
  api().ReleaseSessionOptions(options);
  api().ReleaseEnv(env);
  return output;
}

TEST(OnnxRuntime, SaysWhatItIs) {
  EXPECT_STREQ(backend().name, "onnx");
  EXPECT_STREQ(backend().version, "1.32.0");
  EXPECT_STREQ(tensors().formats, "onnx");
}

TEST(OnnxRuntime, ComputesWhatOnnxRuntimeDoes) {
  const Value rows = some_floats({5, 4}, 2);
  const Value image = some_floats({1, 3, 8, 8}, 3);
  EXPECT_THAT(run(open_bytes("onnx", {content(network("mlp.onnx"))}), {rows}),
              ElementsAre(natively(network("mlp.onnx"), {rows})));
  EXPECT_THAT(run(open_paths("onnx", {network("mlp.onnx")}), {rows}),
              ElementsAre(natively(network("mlp.onnx"), {rows})));
  EXPECT_THAT(run(open_paths("onnx", {network("conv.onnx")}), {image}),
              ElementsAre(natively(network("conv.onnx"), {image})));
}

TEST(OnnxRuntime, ComputesWhatOnnxRuntimeDoesOfARealNetwork) {
  const std::string path = std::string(SLUICE_MODELS) + "/all-minilm-l6-v2-int8.onnx";
  // "hello world", as the words of this model are numbered.
  const std::vector<Value> inputs = {value<std::int64_t>(SLUICE_NN_I64, {1, 4}, {101, 7592, 2088, 102}),
                                     value<std::int64_t>(SLUICE_NN_I64, {1, 4}, {1, 1, 1, 1}),
                                     value<std::int64_t>(SLUICE_NN_I64, {1, 4}, {0, 0, 0, 0})};
  const Graph graph = open_bytes("onnx", {content(path)});
  const std::vector<Value> outputs = run(graph, inputs);
  EXPECT_EQ(outputs.at(0).dims, (std::vector<std::int64_t>{1, 4, 384}));
  EXPECT_THAT(outputs, ElementsAre(natively(path, inputs)));
}

TEST(OnnxRuntime, ComputesTheSameWithMoreThreads) {
  Graph graph;
  ASSERT_EQ(try_paths("onnx", {network("mlp.onnx")}, graph, {.threads = 4, .gpu = 0}).status, SLUICE_NN_OK);
  const Value rows = some_floats({64, 4}, 7);
  EXPECT_THAT(run(graph, {rows}), ElementsAre(natively(network("mlp.onnx"), {rows})));
  ASSERT_EQ(try_paths("onnx", {network("mlp.onnx")}, graph, {.threads = 0, .gpu = 0}).status, SLUICE_NN_OK);
  EXPECT_THAT(run(graph, {rows}), ElementsAre(natively(network("mlp.onnx"), {rows})));
}

TEST(OnnxRuntime, LeavesOpenWhatTheNetworkLeavesOpen) {
  const Graph graph = open_paths("onnx", {network("mlp.onnx")});
  EXPECT_THAT(dims_of(input_shape(graph, 0)), ElementsAre(-1, 4));
  EXPECT_THAT(dims_of(output_shape(graph, 0)), ElementsAre(-1, 3));
  const Session session = open_session(graph);
  EXPECT_EQ(set(session, 0, some_floats({5, 3}, 5).tensor()).status, SLUICE_NN_INVALID);
  for (const std::int64_t count : {3, 1, 7, 0})
    EXPECT_EQ(run(session, {some_floats({count, 4}, 6)}).at(0).dims, (std::vector<std::int64_t>{count, 3}));
  const Graph any = open_paths("onnx", {network("any_rank.onnx")});
  EXPECT_EQ(input_shape(any, 0).rank, SLUICE_NN_ANY_RANK);
  EXPECT_THAT(run(any, {floats({1, 2, 1}, {-1, 2})}), ElementsAre(floats({1, 2, 1}, {1, 2})));
  EXPECT_THAT(run(any, {floats({}, {-3})}), ElementsAre(floats({}, {3})));
}

TEST(OnnxRuntime, NumbersTypesAsWasiNnDoes) {
  const Graph graph = open_paths("onnx", {network("types.onnx")});
  std::vector<std::uint32_t> types;
  for (std::uint32_t i = 0; i < 6; ++i) types.push_back(output_shape(graph, i).type);
  EXPECT_THAT(types, ElementsAre(SLUICE_NN_F16, SLUICE_NN_F64, SLUICE_NN_U8, SLUICE_NN_I32, SLUICE_NN_I64,
                                 SLUICE_NN_OTHER_TYPE));
  const Session session = open_session(graph);
  EXPECT_EQ(set(session, 5, value<std::uint8_t>(SLUICE_NN_U8, {2}, {0, 1}).tensor()).status,
            SLUICE_NN_UNSUPPORTED);
  EXPECT_EQ(set(session, 4, value<std::int64_t>(SLUICE_NN_I64, {2}, {0, 1}).tensor()).status, SLUICE_NN_OK);
}

TEST(OnnxRuntime, RefusesMoreDimensionsThanThereAre) {
  const Graph graph = open_paths("onnx", {network("deep.onnx")});
  const Session session = open_session(graph);
  ASSERT_EQ(set(session, 0, floats({4}, {1, 2, 3, 4}).tensor()).status, SLUICE_NN_OK);
  ASSERT_EQ(compute(session).status, SLUICE_NN_OK);
  Value value;
  const Said said = output(session, 0, value);
  EXPECT_EQ(said.status, SLUICE_NN_UNSUPPORTED);
  EXPECT_THAT(said.text, HasSubstr("10 dimensions"));
}

TEST(OnnxRuntime, SurvivesNetworksThatWantMoreMemoryThanThereIs) {
  for (const char* name : {"many.onnx", "huge.onnx"}) {
    Graph graph;
    const Said said = try_paths("onnx", {network(name)}, graph);
    if (said.status != SLUICE_NN_OK) continue;
    const Session session = open_session(graph);
    ASSERT_EQ(set(session, 0, floats({1}, {1}).tensor()).status, SLUICE_NN_OK);
    EXPECT_NE(compute(session).status, SLUICE_NN_OK) << name;
    Value value;
    EXPECT_EQ(output(session, 0, value).status, SLUICE_NN_INVALID);
  }
}

TEST(OnnxRuntime, ReadsWeightsOfOtherFilesOnlyBesideOneGivenAsAPath) {
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

}  // namespace
}  // namespace sluice::backends::test
