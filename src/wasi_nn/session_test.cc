// Each function of the ABI: what it does, and what it refuses.
#include "wasi_nn/session.h"

#include <gmock/gmock.h>

#include <limits>

#include "wasi_nn/session_fixture_test.h"

namespace sluice::wasi_nn {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::uint32_t outside = Guest::memory_bytes;
constexpr std::uint32_t last_bytes = Guest::memory_bytes - 2;
constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();

enum : std::int32_t {
  ok = 0,
  invalid = 1,
  encoding = 2,
  no_memory = 3,
  busy = 4,
  runtime = 5,
  unsupported = 6,
  large = 7,
  not_found = 8,
  no_model = 103
};

class Tensors : public SessionTest {
 protected:
  void SetUp() override {
    open({named("add", "openvino", "FAKE NET add"), named("fixed", "onnx", "FAKE NET fixed"),
          named("types", "openvino", "FAKE NET types"), named("any", "onnx", "FAKE NET any"),
          named("broken", "onnx", "no network")});
  }
  std::vector<float> sum(std::uint32_t context) {
    const std::string bytes = guest->output(context);
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
};

TEST_F(Tensors, AreSetComputedAndRead) {
  const std::uint32_t context = guest->start(guest->load_by_name("add"));
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->floats({1, 2, 3})}), ok);
  EXPECT_EQ(guest->call("set_input", {context, 1, guest->floats({10, 20, 30})}), ok);
  EXPECT_EQ(guest->call("compute", {context}), ok);
  EXPECT_EQ(sum(context), (std::vector<float>{11, 22, 33}));
  // Inputs stay, and one may be set anew.
  EXPECT_EQ(guest->call("set_input", {context, 1, guest->floats({0, 0, 1})}), ok);
  EXPECT_EQ(guest->call("compute", {context}), ok);
  EXPECT_EQ(sum(context), (std::vector<float>{1, 2, 4}));
  EXPECT_EQ(guest->call("finalize_execution_context", {context}), ok);
  EXPECT_EQ(guest->call("compute", {context}), invalid);
}

TEST_F(Tensors, ContextsDoNotMeet) {
  const std::uint32_t graph = guest->load_by_name("add");
  const std::uint32_t a = guest->start(graph);
  const std::uint32_t b = guest->start(graph);
  EXPECT_NE(a, b);
  for (const std::uint32_t context : {a, b}) {
    EXPECT_EQ(guest->call("set_input", {context, 0, guest->floats({static_cast<float>(context)})}), ok);
    EXPECT_EQ(guest->call("set_input", {context, 1, guest->floats({100})}), ok);
  }
  EXPECT_EQ(guest->call("compute", {b}), ok);
  EXPECT_EQ(guest->call("compute", {a}), ok);
  EXPECT_EQ(sum(a), (std::vector<float>{100 + static_cast<float>(a)}));
  EXPECT_EQ(sum(b), (std::vector<float>{100 + static_cast<float>(b)}));
}

TEST_F(Tensors, WrongOrders) {
  const std::uint32_t graph = guest->load_by_name("add");
  const std::uint32_t context = guest->start(graph);
  EXPECT_EQ(guest->call("compute", {context}), invalid) << "no input was set";
  EXPECT_EQ((guest->output(context), guest->last), invalid) << "nothing was computed";
  EXPECT_EQ(guest->call("compute_single", {context}), unsupported);
  EXPECT_EQ(guest->call("fini_single", {context}), unsupported);
  EXPECT_EQ((guest->output(context, 0, "get_output_single"), guest->last), unsupported);
  EXPECT_EQ(guest->call("unload", {graph}), ok);
  EXPECT_EQ(guest->call("unload", {graph}), invalid);
  EXPECT_EQ(guest->call("compute", {context}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->floats({1})}), invalid);
  EXPECT_EQ((guest->output(context), guest->last), invalid);
  EXPECT_EQ(guest->call("init_execution_context", {graph, guest->put_numbers({0})}), invalid);
  EXPECT_EQ(guest->call("finalize_execution_context", {context}), invalid);
}

TEST_F(Tensors, UnknownHandles) {
  for (const std::uint32_t handle : {0U, 7U, most}) {
    EXPECT_EQ(guest->call("init_execution_context", {handle, guest->put_numbers({0})}), invalid);
    EXPECT_EQ(guest->call("set_input", {handle, 0, guest->floats({1})}), invalid);
    for (const char* name :
         {"compute", "compute_single", "fini_single", "unload", "finalize_execution_context"}) {
      EXPECT_EQ(guest->call(name, {handle}), invalid) << name;
    }
    EXPECT_EQ((guest->output(handle), guest->last), invalid);
  }
}

// Handles of another guest are this one's own numbers or none.
TEST_F(Tensors, HandlesAreOfOneGuest) {
  Guest other(*graphs);
  const std::uint32_t theirs = other.start(other.load_by_name("add"));
  EXPECT_EQ(guest->call("compute", {theirs}), invalid);
  const std::uint32_t mine = guest->start(guest->load_by_name("fixed"));
  EXPECT_EQ(mine, theirs) << "each counts from 0";
  EXPECT_EQ(other.call("set_input", {theirs, 0, other.floats({5})}), ok);
  EXPECT_EQ(guest->call("compute", {mine}), invalid) << "the other's input is not mine";
}

TEST_F(Tensors, ASecondLoadIsTheSameGraph) {
  const std::uint32_t graph = guest->load_by_name("add");
  EXPECT_EQ(guest->load_by_name("add"), graph);
  EXPECT_NE(guest->load_by_name("any"), graph);
  EXPECT_EQ(guest->call("unload", {graph}), ok);
  EXPECT_NE(guest->load_by_name("add"), graph) << "a number is not given twice";
}

TEST_F(Tensors, BothNumberingsOfTypes) {
  const std::uint32_t context = guest->start(guest->load_by_name("types"));
  const std::string two_wide(16, '\1');
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({2}, 5, two_wide)}), ok);
  EXPECT_EQ(guest->call("compute", {context}), ok);
  EXPECT_EQ(guest->output(context), "\1\1");
  const std::uint32_t any = guest->start(guest->load_by_name("any"));
  // U8 is 2 before and 3 now, I32 is 3 before and 4 now: the number of bytes tells.
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({3}, 2, "abc")}), ok);
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({3}, 3, "abc")}), ok);
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({1}, 3, "abcd")}), ok);
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({1}, 4, "abcd")}), ok);
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({1}, 2, "abcdefgh")}), ok);
  // Only the low byte of the type counts.
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({1}, 0xABCDEF04U, "abcd")}), ok);
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({1}, 6, "abcd")}), invalid);
  EXPECT_EQ(guest->call("set_input", {any, 0, guest->tensor({1}, 255, "abcd")}), invalid);
}

TEST_F(Tensors, ThatDoNotFitAreRefused) {
  const std::uint32_t context = guest->start(guest->load_by_name("fixed"));
  const std::string six(24, '\0');
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({2, 3}, 1, six)}), ok);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({3, 2}, 1, six)}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({6}, 1, six)}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({2, 3}, 1, six.substr(1))}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({2, 3}, 4, six)}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, 1, guest->tensor({2, 3}, 1, six)}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, most, guest->tensor({2, 3}, 1, six)}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({most, most, most, most}, 1, six)}), invalid);
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor(std::vector<std::uint32_t>(9, 1), 1, six)}),
            invalid);
  EXPECT_THAT(guest->told, Contains(HasSubstr("f32 [3, 2], and the network takes f32 [2, 3]")));
}

TEST_F(Tensors, AddressesOutsideOfMemory) {
  const std::uint32_t graph = guest->load_by_name("add");
  const std::uint32_t context = guest->start(graph);
  const std::string name = "add";
  const std::uint32_t at = guest->put(name);
  for (const std::uint32_t bad : {0U, last_bytes, outside, most}) {
    EXPECT_EQ(guest->call("load_by_name", {at, 3, bad}), invalid);
    EXPECT_EQ(guest->call("load_by_name_with_config", {at, 3, at, 0, bad}), invalid);
    EXPECT_EQ(guest->call("init_execution_context", {graph, bad}), invalid);
    EXPECT_EQ(guest->call("load", {at, 1, 0, 0, bad}), invalid);
  }
  for (const std::uint32_t bad : {last_bytes, outside, most}) {
    const std::uint32_t out = guest->put_numbers({0});
    EXPECT_EQ(guest->call("load_by_name", {bad, 3, out}), invalid);
    EXPECT_EQ(guest->call("load_by_name", {at, bad, out}), invalid);
    EXPECT_EQ(guest->call("load_by_name_with_config", {at, 3, bad, 9, out}), invalid);
    EXPECT_EQ(guest->call("load", {bad, 1, 0, 0, out}), invalid);
    EXPECT_EQ(guest->call("load", {guest->put_numbers({bad, 9}), 1, 0, 0, out}), invalid);
    EXPECT_EQ(guest->call("set_input", {context, 0, bad}), invalid);
    EXPECT_EQ(guest->call("set_input", {context, 0, guest->put_numbers({bad, 1, 1, at, 4})}), invalid);
    EXPECT_EQ(guest->call("set_input", {context, 0, guest->put_numbers({at, 1, 1, bad, 4})}), invalid);
    EXPECT_EQ(guest->call("set_input", {context, 0, guest->put_numbers({at, bad, 1, at, 4})}), invalid);
    EXPECT_EQ(guest->call("set_input", {context, 0, guest->put_numbers({at, 1, 1, at, bad})}), invalid);
  }
}

TEST_F(Tensors, WrongCountsOfParts) {
  const std::uint32_t out = guest->put_numbers({0});
  const std::uint32_t list = guest->put_numbers({guest->put("x"), 1});
  for (const std::uint32_t count : {0U, 17U, 0x20000000U, most}) {
    EXPECT_EQ(guest->call("load", {list, count, 0, 0, out}), invalid) << count;
  }
}

TEST_F(Tensors, OutputsGoWhereThereIsRoom) {
  const std::uint32_t context = guest->start(guest->load_by_name("any"));
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({8}, 3, "abcdefgh")}), ok);
  EXPECT_EQ(guest->call("compute", {context}), ok);
  const std::uint32_t written = guest->put_numbers({0});
  const std::uint32_t buffer = guest->put("................");
  EXPECT_EQ(guest->call("get_output", {context, 0, buffer, 7, written}), large);
  EXPECT_EQ(guest->number_at(written), 8U) << "what it takes";
  EXPECT_EQ(guest->memory[buffer], '.') << "nothing of it was written";
  EXPECT_EQ(guest->call("get_output", {context, 0, buffer, 8, written}), ok);
  EXPECT_EQ(guest->memory[buffer + 8], '.');
  EXPECT_EQ(guest->call("get_output", {context, 1, buffer, 8, written}), invalid);
  EXPECT_EQ(guest->call("get_output", {context, most, buffer, 8, written}), invalid);
  // A length of 0 is what prebuilt programs write for a buffer that they know to be large enough.
  guest->memory[buffer] = '.';
  EXPECT_EQ(guest->call("get_output", {context, 0, buffer, 0, written}), ok);
  EXPECT_EQ(guest->memory[buffer], 'a');
  EXPECT_EQ(guest->call("get_output", {context, 0, outside - 7, 0, written}), large);
  EXPECT_EQ(guest->call("get_output", {context, 0, outside - 8, 0, written}), ok);
  for (const std::uint32_t bad : {0U, outside - 7, outside, most}) {
    EXPECT_EQ(guest->call("get_output", {context, 0, bad, 8, written}), invalid) << bad;
  }
  for (const std::uint32_t bad : {0U, last_bytes, most}) {
    EXPECT_EQ(guest->call("get_output", {context, 0, buffer, 8, bad}), invalid) << bad;
  }
  EXPECT_EQ(guest->call("get_output", {context, 0, buffer, most, written}), invalid);
}

// Where places overlap, each call still does what it says with what it read first.
TEST_F(Tensors, OverlappingPlaces) {
  const std::uint32_t context = guest->start(guest->load_by_name("any"));
  const std::uint32_t tensor = guest->put_numbers({0, 1, 3, 0, 20});
  std::memcpy(guest->memory.data() + tensor, &tensor, 4);
  std::memcpy(guest->memory.data() + tensor + 12, &tensor, 4);
  EXPECT_EQ(guest->call("set_input", {context, 0, tensor}), invalid) << "its own address is no size";
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->tensor({8}, 3, "abcdefgh")}), ok);
  EXPECT_EQ(guest->call("compute", {context}), ok);
  const std::uint32_t buffer = guest->put("........");
  EXPECT_EQ(guest->call("get_output", {context, 0, buffer, 8, buffer + 2}), ok);
  EXPECT_EQ(guest->number_at(buffer + 2), 8U);
}

TEST_F(Tensors, WhatCannotBeLoaded) {
  const std::uint32_t out = guest->put_numbers({0});
  EXPECT_EQ(guest->call("load_by_name", {guest->put("none"), 4, out}), no_model);
  EXPECT_THAT(guest->told.back(), HasSubstr("there are: add, fixed"));
  EXPECT_EQ(guest->call("load_by_name", {guest->put("broken"), 6, out}), invalid);
  EXPECT_EQ(guest->call("load_by_name", {guest->put("\xff\xfe"), 2, out}), no_model);
  EXPECT_EQ(guest->call("load_by_name", {guest->put("x"), 0, out}), no_model);
  for (const std::uint32_t number : {7U, 9U, 11U, most}) {
    EXPECT_EQ(guest->call("load", {guest->put_numbers({guest->put("x"), 1}), 1, number, 0, out}), encoding);
  }
}

TEST_F(Tensors, AProgramWithoutMemory) {
  const Function& load = Session::functions()[0];
  const std::vector<std::uint32_t> arguments{0, 0, 0, 0, 0};
  EXPECT_EQ(guest->session.call(load, {}, arguments), no_memory);
}

TEST_F(Tensors, HaveLimits) {
  const std::uint32_t graph = guest->load_by_name("add");
  const std::uint32_t out = guest->put_numbers({0});
  std::int32_t number = ok;
  int contexts = 0;
  while ((number = guest->call("init_execution_context", {graph, out})) == ok && contexts < 10'000)
    ++contexts;
  EXPECT_EQ(number, busy);
  EXPECT_EQ(contexts, 4096);
}

TEST_F(Tensors, OfBytesThatTheGuestGives) {
  const std::string text = "FAKE NET add";
  const std::uint32_t list = guest->put_numbers({guest->put(text), Guest::size_of(text)});
  const std::uint32_t out = guest->put_numbers({0});
  ASSERT_EQ(guest->call("load", {list, 1, 1, 0, out}), ok) << testing::PrintToString(guest->told);
  const std::uint32_t context = guest->start(guest->number_at(out));
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->floats({1, 2})}), ok);
  EXPECT_EQ(guest->call("set_input", {context, 1, guest->floats({3, 4})}), ok);
  EXPECT_EQ(guest->call("compute", {context}), ok);
  EXPECT_EQ(sum(context), (std::vector<float>{4, 6}));
  // A network that ends its process is an error of the one who brought it.
  EXPECT_EQ(guest->call("set_input", {context, 0, guest->floats({1e30F, 0})}), ok);
  EXPECT_EQ(guest->call("compute", {context}), runtime);
  EXPECT_EQ(guest->call("compute", {context}), runtime);
  for (const std::string bad : {"FAKE NET abort", "garbage"}) {
    const std::uint32_t parts = guest->put_numbers({guest->put(bad), Guest::size_of(bad)});
    EXPECT_NE(guest->call("load", {parts, 1, 1, 0, out}), ok);
  }
}

TEST_F(Tensors, PreloadNamesAndPaths) {
  const auto load = [&](const std::string& text) {
    return guest->call("load", {guest->put_numbers({guest->put(text), Guest::size_of(text)}), 1, 1, 0,
                                guest->put_numbers({0})});
  };
  EXPECT_EQ(load("preload:add"), ok);
  EXPECT_EQ(load("preload:/etc/passwd"), no_model) << "there is no folder that it may use";
  const auto folder = std::filesystem::temp_directory_path() / ("sluice-preload-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "net.onnx") << "FAKE NET add";
  std::error_code error;
  std::filesystem::create_symlink("/etc/passwd", folder / "link.onnx", error);
  open({}, {{"/models", folder.string()}});
  EXPECT_EQ(load("preload:/models/net.onnx"), ok) << testing::PrintToString(guest->told);
  EXPECT_EQ(load("preload:/models/../models/net.onnx"), not_found);
  EXPECT_EQ(load("preload:/models/link.onnx"), not_found);
  EXPECT_EQ(load("preload:/models/none.onnx"), no_model);
  EXPECT_EQ(load("preload:/models"), not_found);
  EXPECT_EQ(load("preload:/etc/passwd"), not_found);
  EXPECT_EQ(load("preload:" + (folder / "net.onnx").string()), not_found) << "the machine's name for it";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sluice::wasi_nn
