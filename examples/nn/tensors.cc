// Computes any network of tensors: inputs from the command line or files, outputs as numbers, one a line.
//
//   sluice run --nn-preload net:openvino:CPU:net.xml:net.bin tensors.wasm net f32:1x3:0.5,1,-2
//   sluice run --nn-preload net:onnx:CPU:net.onnx --dir data:data:readonly tensors.wasm net
//   f32:1x3x224x224:@data/cat.raw … tensors.wasm MODEL INPUT…             INPUT: TYPE:DIMS:VALUES, or
//   TYPE:DIMS:@FILE with the tensor's bytes TYPE: f32, f64, u8, i32 or i64. `--output N:TYPE` in front of the
//   inputs: which output (0) of which type (f32). The model may also be given as files that the program reads
//   and hands over: onnx@data/net.onnx, openvino@data/net.xml,data/net.bin

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wasi_nn.h"

namespace {

using wasi_nn::Type;

[[noreturn]] void stop(const char* why, std::string_view what) {
  std::fprintf(stderr, "%s: %.*s\n", why, static_cast<int>(what.size()), what.data());
  std::exit(2);
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string read_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) stop("cannot be opened", path);
  std::string bytes;
  static char buffer[65536];  // a program has 64 KiB of stack
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, file)) bytes.append(buffer, size);
  std::fclose(file);
  return bytes;
}

Type type_of(std::string_view name) {
  constexpr std::string_view names[]{"f16", "f32", "f64", "u8", "i32", "i64"};
  for (std::uint32_t i = 0; i < 6; ++i) {
    if (name == names[i]) return static_cast<Type>(i);
  }
  stop("no type", name);
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_value(std::string& bytes, Type type, const std::string& text) {
  switch (type) {
    case Type::f32:
      return append(bytes, std::strtof(text.c_str(), nullptr));
    case Type::f64:
      return append(bytes, std::strtod(text.c_str(), nullptr));
    case Type::u8:
      return append(bytes, static_cast<std::uint8_t>(std::atoi(text.c_str())));
    case Type::i32:
      return append(bytes, static_cast<std::int32_t>(std::atoll(text.c_str())));
    case Type::i64:
      return append(bytes, static_cast<std::int64_t>(std::atoll(text.c_str())));
    case Type::f16:
      stop("f16 is read from files only", text);
  }
}

// TYPE:DIMS:VALUES or TYPE:DIMS:@FILE
void set_input(wasi_nn::Model& model, std::uint32_t index, std::string_view text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() != 3) stop("an input is TYPE:DIMS:VALUES", text);
  const Type type = type_of(parts[0]);
  std::vector<std::uint32_t> dims;
  for (const std::string& dim : split(parts[1], 'x')) {
    if (!dim.empty()) dims.push_back(static_cast<std::uint32_t>(std::strtoul(dim.c_str(), nullptr, 10)));
  }
  std::string bytes;
  if (parts[2].starts_with('@')) {
    bytes = read_file(parts[2].substr(1));
  } else if (!parts[2].empty()) {
    for (const std::string& value : split(parts[2], ',')) append_value(bytes, type, value);
  }
  model.set<char>(index, dims, type, bytes);
}

template <class T>
void print(const std::string& bytes, const char* format) {
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    std::printf(format, value);
  }
}

void print_output(const std::string& bytes, Type type) {
  switch (type) {
    case Type::f32:
      return print<float>(bytes, "%.9g\n");
    case Type::f64:
      return print<double>(bytes, "%.17g\n");
    case Type::u8:
      return print<std::uint8_t>(bytes, "%hhu\n");
    case Type::i32:
      return print<std::int32_t>(bytes, "%d\n");
    case Type::i64:
      return print<long long>(bytes, "%lld\n");
    case Type::f16:
      return print<std::uint16_t>(bytes, "0x%04hx\n");
  }
}

// A name, or ENCODING@FILE[,FILE…].
void open(std::optional<wasi_nn::Model>& model, std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) {
    model.emplace(text);
    return;
  }
  constexpr std::string_view names[]{"openvino",       "onnx",       "tensorflow", "pytorch",
                                     "tensorflowlite", "autodetect", "ggml"};
  std::uint32_t encoding = 0;
  while (encoding < 7 && names[encoding] != text.substr(0, at)) ++encoding;
  if (encoding == 7) stop("no encoding", text);
  std::vector<std::string> files;
  for (const std::string& path : split(text.substr(at + 1), ',')) files.push_back(read_file(path));
  std::vector<wasi_nn::abi::Builder> parts;
  for (const std::string& file : files)
    parts.push_back({file.data(), static_cast<std::uint32_t>(file.size())});
  model.emplace(parts, static_cast<wasi_nn::Encoding>(encoding));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: tensors.wasm MODEL [--output N:TYPE] INPUT…\n");
    return 2;
  }
  std::uint32_t output = 0;
  Type type = Type::f32;
  int next = 2;
  if (std::string_view(argv[next]) == "--output" && argc > next + 1) {
    const std::vector<std::string> parts = split(argv[next + 1], ':');
    output = static_cast<std::uint32_t>(std::strtoul(parts[0].c_str(), nullptr, 10));
    if (parts.size() > 1) type = type_of(parts[1]);
    next += 2;
  }
  std::optional<wasi_nn::Model> model;
  open(model, argv[1]);
  for (int i = next; i < argc; ++i) set_input(*model, static_cast<std::uint32_t>(i - next), argv[i]);
  model->compute();
  print_output(model->output(output), type);
}
