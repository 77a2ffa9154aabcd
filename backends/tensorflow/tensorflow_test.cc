// The plug-in against TensorFlow itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tensorflow/c/c_api.h>

#include <filesystem>

#include "common/test/contract.h"
#include "common/test/plugin.h"

namespace sluice::backends::test {

const char* const plugin_path = SLUICE_PLUGIN;
const char* const networks_path = SLUICE_NETWORKS;

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(TensorFlow, NetworkContract,
                         testing::Values(Format{
                             .name = "tensorflow", .sum = {"sum.pb"}, .other = "sum.onnx"}),
                         testing::PrintToStringParamName());

void must(const TF_Status* status) {
  if (TF_GetCode(status) != TF_OK) throw std::runtime_error(TF_Message(status));
}

TF_Tensor* tensor_of(const Value& value) {
  TF_Tensor* tensor =
      TF_AllocateTensor(TF_FLOAT, value.dims.data(), static_cast<int>(value.dims.size()), value.bytes.size());
  value.bytes.copy(static_cast<char*>(TF_TensorData(tensor)), value.bytes.size());
  return tensor;
}

Value value_of(const TF_Tensor* tensor, std::uint32_t type) {
  Value value{
      type, {}, std::string(static_cast<const char*>(TF_TensorData(tensor)), TF_TensorByteSize(tensor))};
  for (int i = 0; i < TF_NumDims(tensor); ++i) value.dims.push_back(TF_Dim(tensor, i));
  return value;
}

// What TensorFlow computes of operation "x" to operation "y" of a graph, without the plug-in.
Value natively(const std::string& path, const Value& input) {
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  const std::string bytes = content(path);
  TF_Buffer* buffer = TF_NewBufferFromString(bytes.data(), bytes.size());
  TF_ImportGraphDefOptions* import = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(graph, buffer, import, status);
  must(status);
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Session* session = TF_NewSession(graph, options, status);
  must(status);
  const TF_Output from{TF_GraphOperationByName(graph, "x"), 0};
  const TF_Output to{TF_GraphOperationByName(graph, "y"), 0};
  TF_Tensor* given = tensor_of(input);
  TF_Tensor* result = nullptr;
  TF_SessionRun(session, nullptr, &from, &given, 1, &to, &result, 1, nullptr, 0, nullptr, status);
  must(status);
  Value output = value_of(result, SLUICE_NN_F32);
  TF_DeleteTensor(result);
  TF_DeleteTensor(given);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteImportGraphDefOptions(import);
  TF_DeleteBuffer(buffer);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return output;
}

TEST(TensorFlow, SaysWhatItIs) {
  EXPECT_STREQ(backend().name, "tensorflow");
  EXPECT_STREQ(backend().version, "2.21.0");
  EXPECT_STREQ(tensors().formats, "tensorflow");
}

TEST(TensorFlow, ComputesWhatTensorFlowDoes) {
  const Value rows = some_floats({5, 4}, 2);
  EXPECT_THAT(run(open_bytes("tensorflow", {content(network("mlp.pb"))}), {rows}),
              ElementsAre(natively(network("mlp.pb"), rows)));
  EXPECT_THAT(run(open_paths("tensorflow", {network("mlp.pb")}), {rows}),
              ElementsAre(natively(network("mlp.pb"), rows)));
}

TEST(TensorFlow, LeavesOpenWhatTheNetworkLeavesOpen) {
  const Graph graph = open_paths("tensorflow", {network("mlp.pb")});
  std::string name;
  EXPECT_THAT(dims_of(input_shape(graph, 0, &name)), ElementsAre(-1, 4));
  EXPECT_EQ(name, "x");
  EXPECT_THAT(dims_of(output_shape(graph, 0, &name)), ElementsAre(-1, 3));
  EXPECT_EQ(name, "y");
  const Session session = open_session(graph);
  for (const std::int64_t count : {3, 1, 7, 0})
    EXPECT_EQ(run(session, {some_floats({count, 4}, 6)}).at(0).dims, (std::vector<std::int64_t>{count, 3}));
}

TEST(TensorFlow, SurvivesNetworksThatWantMoreMemoryThanThereIs) {
  for (const char* name : {"many.pb", "huge.pb"}) {
    Graph graph;
    if (try_bytes("tensorflow", {content(network(name))}, graph).status != SLUICE_NN_OK) continue;
    const Session session = open_session(graph);
    ASSERT_EQ(set(session, 0, floats({1}, {1}).tensor()).status, SLUICE_NN_OK);
    const Said said = compute(session);
    EXPECT_NE(said.status, SLUICE_NN_OK) << name;
    if (std::string_view(name) == "huge.pb") {
      EXPECT_EQ(said.status, SLUICE_NN_NO_MEMORY) << said.text;
    }
    Value value;
    EXPECT_EQ(output(session, 0, value).status, SLUICE_NN_INVALID);
  }
}

TEST(TensorFlow, ReadsSavedModels) {
  const Graph graph = open_paths("tensorflow", {network("mlp_saved")});
  ASSERT_EQ(tensors().graph_inputs(graph.get()), 2U);
  ASSERT_EQ(tensors().graph_outputs(graph.get()), 2U);
  std::string name;
  // Sorted by name.
  EXPECT_THAT(dims_of(input_shape(graph, 0, &name)), ElementsAre(-1, 3));
  EXPECT_EQ(name, "add");
  EXPECT_THAT(dims_of(input_shape(graph, 1, &name)), ElementsAre(-1, 4));
  EXPECT_EQ(name, "x");
  EXPECT_EQ(output_shape(graph, 0, &name).type, std::uint32_t{SLUICE_NN_I64});
  EXPECT_EQ(name, "best");
  EXPECT_EQ(output_shape(graph, 1, &name).type, std::uint32_t{SLUICE_NN_F32});
  EXPECT_EQ(name, "y");
  const Value rows = some_floats({2, 4}, 3);
  const std::vector<Value> outputs = run(graph, {floats({2, 3}, std::vector<float>(6, 0)), rows});
  // The weights are those of the frozen graph.
  EXPECT_EQ(outputs.at(1), natively(network("mlp.pb"), rows));
  const std::vector<float> likely = outputs.at(1).as<float>();
  const std::vector<std::int64_t> best = outputs.at(0).as<std::int64_t>();
  for (std::size_t row = 0; row < 2; ++row) {
    const auto begin = likely.begin() + static_cast<std::ptrdiff_t>(row * 3);
    EXPECT_EQ(best.at(row), std::max_element(begin, begin + 3) - begin);
  }
}

TEST(TensorFlow, SaysWhyAFolderIsNoSavedModel) {
  Graph graph;
  Said said = try_paths("tensorflow", {networks_path}, graph);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT) << said.text;
  said = try_paths("tensorflow", {network("mlp_saved/saved_model.pb")}, graph);
  EXPECT_EQ(said.status, SLUICE_NN_CORRUPT);
  EXPECT_THAT(said.text, HasSubstr("the path of its folder"));
}

TEST(TensorFlow, LetsBytesReadNoFiles) {
  Graph graph;
  const Said said = try_bytes("tensorflow", {content(network("reads_file.pb"))}, graph);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("ReadFile"));
  // Its own user gave this one.
  EXPECT_EQ(try_paths("tensorflow", {network("reads_file.pb")}, graph).status, SLUICE_NN_OK);
}

}  // namespace
}  // namespace sluice::backends::test
