// A guest for tests: a memory, and calls by name. Networks are those of the fake backend.
#pragma once

#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "wasi_nn/session.h"

namespace sluice::wasi_nn {

inline std::filesystem::path fake_binaries() {
  return std::filesystem::path(SLUICE_BINARY_DIR) / "src" / "nn";
}

// A file that lives as long as the process.
inline std::string fake_file(const std::string& name, const std::string& text) {
  const auto path =
      std::filesystem::temp_directory_path() / ("sluice-" + std::to_string(getpid()) + "-" + name);
  std::ofstream(path) << text;
  return path.string();
}

class Guest {
 public:
  static constexpr std::uint32_t memory_bytes = 1U << 20U;

  explicit Guest(Graphs& graphs)
      : session(
            graphs, [this](std::string_view why) { told.emplace_back(why); },
            [this](std::string_view piece) { printed += piece; }) {}

  std::int32_t call(std::string_view name, std::vector<std::uint32_t> arguments) {
    for (const Function& function : Session::functions()) {
      if (function.name == name) return session.call(function, memory, arguments);
    }
    ADD_FAILURE() << "there is no function " << name;
    return -1;
  }

  // Puts bytes into memory and gives their address.
  std::uint32_t put(std::string_view bytes) {
    const std::uint32_t address = next_;
    std::memcpy(memory.data() + address, bytes.data(), bytes.size());
    next_ += static_cast<std::uint32_t>(bytes.size()) + 1;  // never aligned for long
    return address;
  }
  std::uint32_t put_numbers(const std::vector<std::uint32_t>& numbers) {
    return put(std::string_view{reinterpret_cast<const char*>(numbers.data()),
                                numbers.size() * sizeof(std::uint32_t)});
  }
  [[nodiscard]] std::uint32_t number_at(std::uint32_t address) const {
    std::uint32_t number = 0;
    std::memcpy(&number, memory.data() + address, sizeof number);
    return number;
  }

  // Handles; the calls are expected to succeed.
  std::uint32_t load_by_name(const std::string& name, const std::string& config = "") {
    const std::uint32_t out = put_numbers({0});
    EXPECT_EQ(call("load_by_name_with_config", {put(name), size_of(name), put(config), size_of(config), out}),
              0);
    return number_at(out);
  }
  std::uint32_t start(std::uint32_t graph) {
    const std::uint32_t out = put_numbers({0});
    EXPECT_EQ(call("init_execution_context", {graph, out}), 0);
    return number_at(out);
  }

  std::uint32_t tensor(const std::vector<std::uint32_t>& dims, std::uint32_t type, std::string_view data) {
    return put_numbers({put_numbers(dims), static_cast<std::uint32_t>(dims.size()), type, put(data),
                        static_cast<std::uint32_t>(data.size())});
  }
  std::uint32_t floats(const std::vector<float>& values) {
    return tensor({static_cast<std::uint32_t>(values.size())}, 1,
                  {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  }
  // Of get_output or get_output_single; empty after a failure, whose number is in `last`.
  std::string output(std::uint32_t context, std::uint32_t index = 0, const char* function = "get_output") {
    const std::uint32_t written = put_numbers({0});
    const std::uint32_t buffer = put(std::string(4096, '\0'));
    last = call(function, {context, index, buffer, 4096, written});
    if (last != 0) return {};
    return {reinterpret_cast<const char*>(memory.data()) + buffer, number_at(written)};
  }

  static std::uint32_t size_of(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }

  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(memory_bytes);
  std::vector<std::string> told;
  std::string printed;
  Session session;
  std::int32_t last = 0;

 private:
  std::uint32_t next_ = 1025;
};

class SessionTest : public ::testing::Test {
 protected:
  static NamedNetwork named(const std::string& name, const std::string& encoding, const std::string& text) {
    return {name, encoding, "cpu", {fake_file("wasi-nn-" + name, text)}};
  }
  void open(std::vector<NamedNetwork> networks, std::vector<Folder> folders = {}) {
    Graphs::Settings settings;
    settings.models.program = fake_binaries() / "nn_worker";
    settings.models.backends = fake_backends();
    settings.named = std::move(networks);
    settings.folders = std::move(folders);
    graphs = std::make_unique<Graphs>(std::move(settings));
    guest = std::make_unique<Guest>(*graphs);
  }
  void TearDown() override {
    guest.reset();
    graphs.reset();
  }

  // The fake backend under the names of those that programs ask for.
  static std::filesystem::path fake_backends() {
    const auto folder =
        std::filesystem::temp_directory_path() / ("sluice-backends-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    for (const char* const name : {"ggml", "openvino", "onnx"}) {
      const auto link = folder / (std::string("sluice-nn-") + name + ".so");
      std::error_code error;
      if (!std::filesystem::exists(link))
        std::filesystem::create_symlink(fake_binaries() / "sluice-nn-fake.so", link, error);
    }
    return folder;
  }

  std::unique_ptr<Graphs> graphs;
  std::unique_ptr<Guest> guest;
};

}  // namespace sluice::wasi_nn
