#include "common/test/contract.h"

#include <gmock/gmock.h>

#include <cstring>
#include <random>
#include <thread>

#include "common/test/lock.h"

namespace sluice::backends::test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

Value a() {
  return floats({2, 3}, {1, 2, 3, 4, 5, 6});
}
Value b() {
  return floats({2, 3}, {10, 20, 30, 40, 50, 60});
}
Value sum() {
  return floats({2, 3}, {11, 22, 33, 44, 55, 66});
}

Value times(float factor) {
  std::vector<float> numbers = a().as<float>();
  for (float& number : numbers) number *= factor;
  return floats({2, 3}, numbers);
}

// Opens what may be no network, and computes if it is one.
void try_anyway(const std::string& format, const std::vector<std::string>& parts) {
  Graph graph;
  if (try_bytes(format, parts, graph).status != SLUICE_NN_OK) return;
  const Session session = open_session(graph);
  for (std::uint32_t i = 0; i < tensors().graph_inputs(graph.get()); ++i) {
    if (set(session, i, a().tensor()).status != SLUICE_NN_OK) return;
  }
  compute(session);
}

}  // namespace

std::vector<std::string> NetworkContract::paths() {
  std::vector<std::string> all;
  for (const std::string& name : GetParam().sum) all.push_back(network(name));
  return all;
}

std::vector<std::string> NetworkContract::parts() {
  std::vector<std::string> all;
  for (const std::string& path : paths()) all.push_back(content(path));
  return all;
}

Said NetworkContract::try_parts(const std::vector<std::string>& parts) {
  Graph graph;
  return try_bytes(GetParam().name, parts, graph);
}

TEST_P(NetworkContract, SaysWhatTheNetworkIs) {
  const Graph graph = open();
  ASSERT_EQ(tensors().graph_inputs(graph.get()), 2U);
  ASSERT_EQ(tensors().graph_outputs(graph.get()), 1U);
  std::string name;
  const sluice_nn_tensor shape = input_shape(graph, 1, &name);
  EXPECT_EQ(name, "b");
  EXPECT_EQ(shape.data, nullptr);
  EXPECT_EQ(shape.bytes, 0U);
  if (!GetParam().knows_shapes) return;
  EXPECT_EQ(shape.type, std::uint32_t{SLUICE_NN_F32});
  EXPECT_THAT(dims_of(shape), ElementsAre(2, 3));
  EXPECT_THAT(dims_of(output_shape(graph, 0)), ElementsAre(2, 3));
}

TEST_P(NetworkContract, AddsByPathAndByBytes) {
  EXPECT_THAT(run(open_paths(GetParam().name, paths()), {a(), b()}), ElementsAre(sum()));
  EXPECT_THAT(run(open(), {a(), b()}), ElementsAre(sum()));
}

TEST_P(NetworkContract, TakesDataThatIsNotAligned) {
  const Graph graph = open();
  const Session session = open_session(graph);
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string bytes(64, ' ');
    const Value data = a();
    sluice_nn_tensor tensor = data.tensor();
    std::memcpy(bytes.data() + shift, data.bytes.data(), data.bytes.size());
    tensor.data = bytes.data() + shift;
    ASSERT_EQ(set(session, 0, tensor).status, SLUICE_NN_OK);
    // It was copied.
    bytes.assign(64, 'x');
    ASSERT_EQ(set(session, 1, b().tensor()).status, SLUICE_NN_OK);
    ASSERT_EQ(compute(session).status, SLUICE_NN_OK);
    Value value;
    ASSERT_EQ(output(session, 0, value).status, SLUICE_NN_OK);
    EXPECT_EQ(value, sum());
  }
}

TEST_P(NetworkContract, ReadsPartsThatAreNotAligned) {
  std::vector<std::string> parts = this->parts();
  std::vector<sluice_nn_part> given;
  for (std::string& part : parts) {
    const std::size_t size = part.size();
    part = "x" + part + "x";
    given.push_back({.path = nullptr, .data = part.data() + 1, .size = size});
  }
  const std::string& name = GetParam().name;
  const sluice_nn_graph_options options{.format = {name.data(), name.size()}, .threads = 1, .gpu = 0};
  sluice_nn_graph* opened = nullptr;
  sluice_nn_error error{};
  ASSERT_EQ(tensors().graph_open(given.data(), given.size(), &options, &opened, &error), SLUICE_NN_OK)
      << error.text;
  EXPECT_THAT(run(Graph(opened), {a(), b()}), ElementsAre(sum()));
}

TEST_P(NetworkContract, KeepsInputsAndOutputs) {
  const Graph graph = open();
  const Session session = open_session(graph);
  EXPECT_THAT(run(session, {a(), b()}), ElementsAre(sum()));
  ASSERT_EQ(set(session, 0, b().tensor()).status, SLUICE_NN_OK);
  Value value;
  ASSERT_EQ(output(session, 0, value).status, SLUICE_NN_OK);
  EXPECT_EQ(value, sum());
  ASSERT_EQ(compute(session).status, SLUICE_NN_OK);
  ASSERT_EQ(output(session, 0, value).status, SLUICE_NN_OK);
  EXPECT_EQ(value, times(20));
}

TEST_P(NetworkContract, RefusesWhatIsOutOfOrder) {
  const Graph graph = open();
  const Session session = open_session(graph);
  Value value;
  EXPECT_EQ(output(session, 0, value).status, SLUICE_NN_INVALID);
  EXPECT_EQ(compute(session).status, SLUICE_NN_INVALID);
  ASSERT_EQ(set(session, 0, a().tensor()).status, SLUICE_NN_OK);
  const Said said = compute(session);
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("input 1 (b)"));
  EXPECT_EQ(output(session, 0, value).status, SLUICE_NN_INVALID);
  ASSERT_EQ(set(session, 1, b().tensor()).status, SLUICE_NN_OK);
  ASSERT_EQ(compute(session).status, SLUICE_NN_OK);
  EXPECT_EQ(set(session, 2, b().tensor()).status, SLUICE_NN_INVALID);
  EXPECT_EQ(set(session, 0xffffffffU, b().tensor()).status, SLUICE_NN_INVALID);
  EXPECT_EQ(output(session, 1, value).status, SLUICE_NN_INVALID);
}

TEST_P(NetworkContract, RefusesTensorsThatDoNotFit) {
  const Graph graph = open();
  const Session session = open_session(graph);
  const Value right = a();
  sluice_nn_tensor wrong = right.tensor();
  wrong.type = 77;
  EXPECT_EQ(set(session, 0, wrong).status, SLUICE_NN_INVALID);
  wrong = right.tensor();
  wrong.bytes = 23;
  EXPECT_EQ(set(session, 0, wrong).status, SLUICE_NN_INVALID);
  wrong = right.tensor();
  wrong.rank = 200;
  EXPECT_EQ(set(session, 0, wrong).status, SLUICE_NN_INVALID);
  wrong = right.tensor();
  wrong.dims[0] = std::int64_t{1} << 62;
  wrong.dims[1] = 16;
  wrong.bytes = 0;
  EXPECT_EQ(set(session, 0, wrong).status, SLUICE_NN_INVALID);
  wrong = right.tensor();
  wrong.dims[0] = -2;
  EXPECT_EQ(set(session, 0, wrong).status, SLUICE_NN_INVALID);
  wrong = right.tensor();
  wrong.data = nullptr;
  EXPECT_EQ(set(session, 0, wrong).status, SLUICE_NN_INVALID);
  if (!GetParam().knows_shapes) return;
  EXPECT_EQ(set(session, 0, value<double>(SLUICE_NN_F64, {2, 3}, {1, 2, 3, 4, 5, 6}).tensor()).status,
            SLUICE_NN_INVALID);
  const Said said = set(session, 0, floats({3, 2}, {1, 2, 3, 4, 5, 6}).tensor());
  EXPECT_EQ(said.status, SLUICE_NN_INVALID);
  EXPECT_THAT(said.text, HasSubstr("f32 [2, 3], the tensor f32 [3, 2]"));
  EXPECT_EQ(set(session, 0, floats({6}, {1, 2, 3, 4, 5, 6}).tensor()).status, SLUICE_NN_INVALID);
  EXPECT_EQ(set(session, 0, floats({}, {1}).tensor()).status, SLUICE_NN_INVALID);
}

TEST_P(NetworkContract, AnswersManyThreads) {
  const Graph graph = open();
  std::vector<std::thread> threads;
  std::vector<int> right(8, 0);
  for (std::size_t i = 0; i < right.size(); ++i) {
    threads.emplace_back([&, i] {
      const Session session = open_session(graph);
      for (int round = 0; round < 40; ++round) {
        const auto factor = static_cast<float>(static_cast<int>(i) * 40 + round);
        if (run(session, {times(factor), a()}) == std::vector{times(factor + 1)}) ++right[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(right, testing::Each(40));
}

TEST_P(NetworkContract, OpensInManyThreads) {
  const std::vector<std::string> parts = this->parts();
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (int& count : right) {
    threads.emplace_back([&] {
      for (int round = 0; round < 8; ++round) {
        if (run(open_bytes(GetParam().name, parts), {a(), b()}) == std::vector{sum()}) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(right, testing::Each(8));
}

TEST_P(NetworkContract, RefusesOtherRequests) {
  Graph graph;
  EXPECT_EQ(try_bytes("caffe", parts(), graph).status, SLUICE_NN_INVALID);
  EXPECT_EQ(try_bytes("", parts(), graph).status, SLUICE_NN_INVALID);
  EXPECT_EQ(try_parts({}).status, SLUICE_NN_INVALID);
  EXPECT_EQ(try_parts({"", "", ""}).status, SLUICE_NN_INVALID);
  const Said said = try_bytes(GetParam().name, parts(), graph, {.threads = 1, .gpu = 1});
  EXPECT_EQ(said.status, SLUICE_NN_UNSUPPORTED);
  EXPECT_THAT(said.text, HasSubstr("CPU"));
}

TEST_P(NetworkContract, SaysWhichFileIsMissing) {
  std::vector<std::string> paths = this->paths();
  paths.back() = network("none.bin");
  Graph graph;
  const Said said = try_paths(GetParam().name, paths, graph);
  EXPECT_EQ(said.status, SLUICE_NN_NOT_FOUND);
  EXPECT_THAT(said.text, HasSubstr("none.bin"));
}

TEST_P(NetworkContract, SaysThatItIsNoNetwork) {
  std::vector<std::string> parts = this->parts();
  for (const std::string& garbage :
       {std::string(), std::string(1, '\0'), std::string(5000, 'x'), std::string(300, '\xff'),
        std::string("<?xml version=\"1.0\"?>"), std::string("PK\3\4"), content(network(GetParam().other))}) {
    parts.front() = garbage;
    const Said said = try_parts(parts);
    EXPECT_EQ(said.status, SLUICE_NN_CORRUPT) << garbage.substr(0, 20);
    EXPECT_THAT(said.text, Not(IsEmpty()));
  }
}

// Whatever it is told of these, the process goes on.
TEST_P(NetworkContract, SurvivesPartsThatEndTooSoon) {
  const std::vector<std::string> whole = parts();
  for (std::size_t part = 0; part < whole.size(); ++part) {
    const std::size_t step = std::max<std::size_t>(1, whole[part].size() / 150);
    for (std::size_t size = 0; size < whole[part].size(); size += step) {
      std::vector<std::string> parts = whole;
      parts[part].resize(size);
      try_anyway(GetParam().name, parts);
    }
  }
}

TEST_P(NetworkContract, SurvivesPartsWithWrongBytes) {
  const std::vector<std::string> whole = parts();
  std::mt19937 random(static_cast<unsigned>(whole.size()));
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> parts = whole;
    std::string& part = parts[random() % parts.size()];
    for (auto count = 1 + random() % 3; count > 0; --count)
      part[random() % part.size()] = static_cast<char>(random());
    try_anyway(GetParam().name, parts);
  }
}

TEST_P(NetworkContract, OpensNothingAfterWarmUp) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto locked = [] {
    const std::string& name = GetParam().name;
    const std::vector<std::string> parts = NetworkContract::parts();
    sluice_nn_error error{};
    if (tensors().warm_up({name.data(), name.size()}, &error) != SLUICE_NN_OK) {
      std::fprintf(stderr, "%s\n", error.text);
      std::_Exit(1);
    }
    if (!open_nothing_more()) std::_Exit(2);
    for (const std::uint32_t threads : {1U, 0U, 3U}) {
      Graph graph;
      if (try_bytes(name, parts, graph, {.threads = threads, .gpu = 0}).status != SLUICE_NN_OK) std::_Exit(3);
      if (run(graph, {a(), b()}) != std::vector{sum()}) std::_Exit(4);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(locked(), testing::ExitedWithCode(GetParam().opens_bytes_locked ? 0 : 3), "");
}

}  // namespace sluice::backends::test
