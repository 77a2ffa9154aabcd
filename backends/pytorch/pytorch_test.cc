// The plug-in against PyTorch itself, which also makes the networks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "common/test/contract.h"
#include "common/test/plugin.h"

namespace sluice::backends::test {

const char* const plugin_path = SLUICE_PLUGIN;
const char* const networks_path = SLUICE_NETWORKS;

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string saved(const torch::jit::Module& module) {
  std::ostringstream stream;
  module.save(stream);
  return stream.str();
}

torch::jit::Module module_of(const std::string& source) {
  torch::jit::Module module("network");
  module.define(source);
  return module;
}

std::string network_of(const std::string& source) {
  return saved(module_of(source));
}

INSTANTIATE_TEST_SUITE_P(
    PyTorch, NetworkContract,
    testing::Values(Format{.name = "pytorch", .sum = {"sum.pt"}, .other = "sum.onnx", .knows_shapes = false}),
    testing::PrintToStringParamName());

torch::jit::Module mlp() {
  torch::manual_seed(5);
  torch::jit::Module module("mlp");
  module.register_parameter("w1", torch::randn({4, 8}), false);
  module.register_parameter("b1", torch::randn({8}), false);
  module.register_parameter("w2", torch::randn({8, 3}), false);
  module.define(
      "def forward(self, x: Tensor):\n"
      "  return torch.softmax(torch.matmul(torch.relu(torch.matmul(x, self.w1) + self.b1), self.w2), 1)\n");
  return module;
}

torch::jit::Module convolution() {
  torch::manual_seed(6);
  torch::jit::Module module("convolution");
  module.register_parameter("k", torch::randn({2, 3, 3, 3}), false);
  module.define(
      "def forward(self, x: Tensor):\n  return torch.relu(torch.conv2d(x, self.k, None, [1, 1], [1, 1]))\n");
  return module;
}

// Of f32, without the plug-in.
Value natively(torch::jit::Module module, const Value& input) {
  const c10::InferenceMode no_gradients;
  torch::Tensor x = torch::empty(c10::IntArrayRef(input.dims));
  input.bytes.copy(static_cast<char*>(x.data_ptr()), input.bytes.size());
  const torch::Tensor y = module.forward({x}).toTensor().contiguous();
  return {SLUICE_NN_F32, y.sizes().vec(), std::string(static_cast<const char*>(y.data_ptr()), y.nbytes())};
}

TEST(PyTorch, SaysWhatItIs) {
  EXPECT_STREQ(backend().name, "pytorch");
  EXPECT_THAT(backend().version, HasSubstr("1.13"));
  EXPECT_STREQ(tensors().formats, "pytorch");
}

TEST(PyTorch, ComputesWhatPyTorchDoes) {
  const Value rows = some_floats({5, 4}, 2);
  const Value image = some_floats({1, 3, 8, 8}, 3);
  const Graph graph = open_bytes("pytorch", {saved(mlp())});
  const Session session = open_session(graph);
  for (int round = 0; round < 4; ++round)
    EXPECT_THAT(run(session, {rows}), ElementsAre(natively(mlp(), rows)));
  EXPECT_THAT(run(open_bytes("pytorch", {saved(convolution())}), {image}),
              ElementsAre(natively(convolution(), image)));
}

TEST(PyTorch, LeavesOpenWhatTorchScriptLeavesOpen) {
  const Graph graph = open_bytes("pytorch", {saved(mlp())});
  ASSERT_EQ(tensors().graph_inputs(graph.get()), 1U);
  std::string name;
  const sluice_nn_tensor shape = input_shape(graph, 0, &name);
  EXPECT_EQ(name, "x");
  EXPECT_EQ(shape.type, std::uint32_t{SLUICE_NN_ANY_TYPE});
  EXPECT_EQ(shape.rank, SLUICE_NN_ANY_RANK);
  const Session session = open_session(graph);
  // Which PyTorch finds when it computes.
  ASSERT_EQ(set(session, 0, some_floats({2, 3}, 1).tensor()).status, SLUICE_NN_OK);
  const Said said = compute(session);
  EXPECT_EQ(said.status, SLUICE_NN_BROKEN);
  EXPECT_THAT(said.text, HasSubstr("shapes cannot be multiplied"));
  Value value;
  EXPECT_EQ(output(session, 0, value).status, SLUICE_NN_INVALID);
  EXPECT_EQ(run(session, {some_floats({2, 4}, 1)}).at(0).dims, (std::vector<std::int64_t>{2, 3}));
}

TEST(PyTorch, GivesEachTensorOfATuple) {
  const Graph graph = open_bytes("pytorch", {network_of("def forward(self, x: Tensor, scale: float = 2.0):\n"
                                                        "  return x.t(), (x * scale, x.long())\n")});
  EXPECT_EQ(tensors().graph_inputs(graph.get()), 1U);
  ASSERT_EQ(tensors().graph_outputs(graph.get()), 3U);
  EXPECT_THAT(run(graph, {floats({1, 2}, {1, 2})}),
              ElementsAre(floats({2, 1}, {1, 2}), floats({1, 2}, {2, 4}),
                          value<std::int64_t>(SLUICE_NN_I64, {1, 2}, {1, 2})));
}

TEST(PyTorch, KeepsInputsThatANetworkChanges) {
  const Graph graph =
      open_bytes("pytorch", {network_of("def forward(self, x: Tensor):\n  return x.add_(1)\n")});
  const Session session = open_session(graph);
  EXPECT_THAT(run(session, {floats({2}, {1, 2})}), ElementsAre(floats({2}, {2, 3})));
  ASSERT_EQ(compute(session).status, SLUICE_NN_OK);
  Value value;
  ASSERT_EQ(output(session, 0, value).status, SLUICE_NN_OK);
  EXPECT_EQ(value, floats({2}, {2, 3}));
}

TEST(PyTorch, SurvivesNetworksThatWantMoreMemoryThanThereIs) {
  for (const char* size : {"[16777216, 16777216]", "[1099511627776, 1099511627776]"}) {
    const Graph graph =
        open_bytes("pytorch", {network_of("def forward(self, x: Tensor):\n  return x.expand(" +
                                          std::string(size) + ").contiguous()\n")});
    const Session session = open_session(graph);
    ASSERT_EQ(set(session, 0, floats({1}, {1}).tensor()).status, SLUICE_NN_OK);
    const Said said = compute(session);
    EXPECT_NE(said.status, SLUICE_NN_OK);
    if (std::string_view(size).starts_with("[16")) {
      EXPECT_EQ(said.status, SLUICE_NN_NO_MEMORY) << said.text;
    }
  }
}

TEST(PyTorch, RefusesWhatIsNoTensor) {
  Graph graph;
  for (const char* source :
       {"def forward(self, x: Tensor):\n  return 1\n", "def forward(self, n: int):\n  return n\n",
        "def forward(self, x: List[Tensor]):\n  return x[0]\n",
        "def forward(self, x: Tensor):\n  return [x]\n", "def other(self, x: Tensor):\n  return x\n"}) {
    const Said said = try_bytes("pytorch", {network_of(source)}, graph);
    EXPECT_EQ(said.status, SLUICE_NN_UNSUPPORTED) << source;
    EXPECT_THAT(said.text, HasSubstr("forward()")) << source;
  }
  const Graph truth = open_bytes("pytorch", {network_of("def forward(self, x: Tensor):\n  return x > 0\n")});
  const Session session = open_session(truth);
  ASSERT_EQ(set(session, 0, floats({1}, {1}).tensor()).status, SLUICE_NN_OK);
  ASSERT_EQ(compute(session).status, SLUICE_NN_OK);
  Value value;
  EXPECT_EQ(output(session, 0, value).status, SLUICE_NN_UNSUPPORTED);
}

TEST(PyTorch, LetsBytesReadAndWriteNoFiles) {
  const std::string path = testing::TempDir() + "sluice-written-" + std::to_string(getpid());
  // What a network does when it is loaded.
  torch::jit::Module loading("loading");
  loading.register_attribute("x", c10::TensorType::get(), torch::ones({1}));
  loading.define(
      "def __getstate__(self):\n  return self.x\n"
      "def __setstate__(self, x: Tensor):\n  self.x = x\n  torch.save(x, \"" +
      path +
      "\")\n"
      "def forward(self, x: Tensor):\n  return x\n");
  Graph graph;
  Said said = try_bytes("pytorch", {saved(loading)}, graph);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("'save'"));
  EXPECT_FALSE(std::filesystem::exists(path));
  said = try_bytes(
      "pytorch",
      {network_of("def forward(self, x: Tensor):\n  return torch.from_file(\"/etc/hostname\", False, 1)\n")},
      graph);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("'from_file'"));
}

}  // namespace
}  // namespace sluice::backends::test
