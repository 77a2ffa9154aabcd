#include "quantize.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <vector>

#include "checkpoint.h"

namespace sluice::backends::llama2c {
namespace {

constexpr std::uint32_t group_most = 64;
constexpr std::uint32_t group_least = 4;

// The target, written from its beginning to its end.
class Target {
 public:
  explicit Target(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)), problem_(file_ < 0 ? errno : 0) {}
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() {
    if (file_ >= 0) ::close(file_);
  }

  [[nodiscard]] bool is_empty() const {
    struct stat status{};
    return file_ >= 0 && ::fstat(file_, &status) == 0 && status.st_size == 0;
  }
  // After a failure nothing more is written.
  void write(const void* data, std::size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0 && problem_ == 0) {
      const ssize_t written = ::write(file_, at, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        problem_ = errno;
        return;
      }
      at += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  // Why it could not be written; 0: it could.
  int close() {
    if (file_ >= 0 && ::close(file_) != 0 && problem_ == 0) problem_ = errno;
    file_ = -1;
    return problem_;
  }
  [[nodiscard]] int problem() const { return problem_; }

 private:
  int file_;
  int problem_;
};

// As large as possible, where it divides the rows of every matrix; 0: none does.
std::uint32_t group_for(const Shape& shape) {
  std::uint32_t group = group_most;
  while (group >= group_least && (shape.width % group != 0 || shape.hidden % group != 0)) group /= 2;
  return group >= group_least ? group : 0;
}

void write_header(Target& target, const Checkpoint& source, std::uint32_t group) {
  constexpr std::uint32_t version = 2;
  const Shape& shape = source.shape;
  std::array<std::byte, versioned_header_bytes> header{};
  std::size_t at = 0;
  const auto put = [&](const auto& value) {
    std::memcpy(header.data() + at, &value, sizeof value);
    at += sizeof value;
  };
  for (const std::uint32_t value : {checkpoint_magic, version, shape.width, shape.hidden, shape.layers,
                                    shape.heads, shape.heads_kv, shape.vocabulary, shape.context}) {
    put(value);
  }
  put(static_cast<std::uint8_t>(source.has_classifier ? 0 : 1));
  put(group);
  target.write(header.data(), header.size());
}

// Numbers from -127 to 127 in proportion to the largest of their group, and then all scales.
void write_matrix(Target& target, const Matrix& matrix, std::uint32_t group) {
  constexpr float quant_max = 127;
  std::vector<std::int8_t> quants(matrix.columns);
  std::vector<float> scales;
  scales.reserve(matrix.rows * matrix.columns / group);
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    const float* const values = matrix.values + row * matrix.columns;
    for (std::size_t begin = 0; begin < matrix.columns; begin += group) {
      float most = 0;
      for (std::size_t i = begin; i < begin + group; ++i) most = std::max(most, std::abs(values[i]));
      const float scale = most / quant_max;
      for (std::size_t i = begin; i < begin + group; ++i) {
        const float quant = scale > 0 ? std::nearbyint(values[i] / scale) : 0;
        quants[i] = static_cast<std::int8_t>(std::clamp(quant, -quant_max, quant_max));
      }
      scales.push_back(scale);
    }
    target.write(quants.data(), quants.size());
  }
  target.write(scales.data(), scales.size() * sizeof(float));
}

void write_matrices(Target& target, const Checkpoint& source, std::uint32_t group) {
  write_matrix(target, source.embedding, group);
  for (const auto matrix :
       {&Layer::query, &Layer::key, &Layer::value, &Layer::output, &Layer::gate, &Layer::down, &Layer::up}) {
    for (const Layer& layer : source.layers) write_matrix(target, layer.*matrix, group);
  }
  if (source.has_classifier) write_matrix(target, source.classifier, group);
}

bool is_q8_0(std::string_view type) {
  constexpr std::string_view name = "Q8_0";
  return std::ranges::equal(type, name, [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
  });
}

}  // namespace

Result<void> quantize(const std::string& source, const std::string& target, std::string_view type) {
  if (!is_q8_0(type)) {
    return failed(SLUICE_NN_INVALID,
                  "no quantization '" + std::string(type) + "' of checkpoints of llama2.c; there is Q8_0");
  }
  const auto checkpoint = Checkpoint::open(source);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  if (checkpoint->format == Checkpoint::Format::q8_0)
    return failed(SLUICE_NN_INVALID, "the checkpoint '" + source + "' is quantized already");
  // What is no number has no place among 255 of them.
  if (auto checked = check_numbers(*checkpoint, source); !checked) return checked;
  const std::uint32_t group = group_for(checkpoint->shape);
  if (group == 0) {
    return failed(SLUICE_NN_UNSUPPORTED, "the checkpoint '" + source + "' cannot be quantized: its rows of " +
                                             std::to_string(checkpoint->shape.width) + " and " +
                                             std::to_string(checkpoint->shape.hidden) +
                                             " values are no multiples of " + std::to_string(group_least));
  }
  Target file(target);
  if (file.problem() == 0 && !file.is_empty())
    return failed(SLUICE_NN_INVALID, "'" + target + "' is there already; choose another name or remove it");
  const std::uint64_t width = checkpoint->shape.width;
  write_header(file, *checkpoint, group);
  for (const Layer& layer : checkpoint->layers) file.write(layer.attention_norm, width * sizeof(float));
  for (const Layer& layer : checkpoint->layers) file.write(layer.hidden_norm, width * sizeof(float));
  file.write(checkpoint->last_norm, width * sizeof(float));
  write_matrices(file, *checkpoint, group);
  if (const int problem = file.close(); problem != 0)
    return failed(SLUICE_NN_BROKEN, "cannot write '" + target + "': " + std::strerror(problem));
  return {};
}

}  // namespace sluice::backends::llama2c
