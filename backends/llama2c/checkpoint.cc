#include "checkpoint.h"

#include <array>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice::backends::llama2c {
namespace {

// What a header may say. With these no product of sizes comes near the end of 64 bits.
constexpr std::int32_t width_max = 1 << 17;
constexpr std::int32_t hidden_max = 1 << 19;
constexpr std::int32_t layers_max = 1 << 10;
constexpr std::int32_t vocabulary_max = 1 << 24;
constexpr std::int32_t context_max = 1 << 24;
// Scales are read where they lie, which is at a multiple of their size only then.
constexpr std::uint32_t group_multiple = 4;

// The numbers of the header as they stand in the file.
struct Header {
  std::int32_t width, hidden, layers, heads, heads_kv, vocabulary, context;
};
static_assert(sizeof(Header) == 28);

template <typename T>
T number_at(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string text(std::int64_t number) {
  return std::to_string(number);
}

// What is wrong with the header; empty: nothing.
std::string complaint(const Header& header) {
  struct Bound {
    const char* name;
    std::int32_t value;
    std::int32_t most;
  };
  for (const Bound& bound :
       std::array{Bound{"dim", header.width, width_max}, Bound{"hidden_dim", header.hidden, hidden_max},
                  Bound{"n_layers", header.layers, layers_max}, Bound{"n_heads", header.heads, header.width},
                  Bound{"n_kv_heads", header.heads_kv, header.heads},
                  Bound{"vocab_size", header.vocabulary, vocabulary_max},
                  Bound{"seq_len", header.context, context_max}}) {
    if (bound.value >= 1 && bound.value <= bound.most) continue;
    return std::string("its header says ") + bound.name + " " + text(bound.value) +
           ", which has to be from 1 to " + text(bound.most);
  }
  if (header.width % header.heads != 0 || header.width / header.heads % 2 != 0) {
    return "its header says dim " + text(header.width) + " and n_heads " + text(header.heads) +
           ", which makes no heads of an even size";
  }
  if (header.heads % header.heads_kv != 0) {
    return "its header says n_heads " + text(header.heads) + " and n_kv_heads " + text(header.heads_kv) +
           ", which does not divide it";
  }
  return {};
}

Shape shape_of(const Header& header) {
  const auto size = [](std::int32_t value) { return static_cast<std::uint32_t>(value); };
  return {size(header.width),    size(header.hidden),     size(header.layers), size(header.heads),
          size(header.heads_kv), size(header.vocabulary), size(header.context)};
}

// Hands out the parts of the file one after the other. It may hand out what lies beyond the end: whoever uses
// any of it compares `at` with the size first.
class Cursor {
 public:
  Cursor(const MappedFile& file, std::uint64_t at)
      : begin_(file.bytes().data()), size_(file.bytes().size()), at_(at) {}
  [[nodiscard]] std::uint64_t at() const { return at_; }

  const float* floats(std::uint64_t count) { return take<float>(count); }
  Matrix matrix(std::uint64_t rows, std::uint64_t columns, std::uint32_t group) {
    Matrix matrix{.rows = rows, .columns = columns};
    if (group == 0) {
      matrix.values = floats(rows * columns);
    } else {
      matrix.quants = take<std::int8_t>(rows * columns);
      matrix.scales = floats(rows * columns / group);
      matrix.group = group;
    }
    return matrix;
  }

 private:
  template <typename T>
  const T* take(std::uint64_t count) {
    const std::uint64_t from = at_;
    at_ += count * sizeof(T);
    return at_ <= size_ ? reinterpret_cast<const T*>(begin_ + from) : nullptr;
  }

  const std::byte* begin_;
  std::uint64_t size_;
  std::uint64_t at_;
};

void take_norms(Cursor& cursor, Checkpoint& all, const float* Layer::* norm) {
  for (Layer& layer : all.layers) layer.*norm = cursor.floats(all.shape.width);
}

void take_matrices(Cursor& cursor, Checkpoint& all, Matrix Layer::* matrix, std::uint64_t rows,
                   std::uint64_t columns) {
  for (Layer& layer : all.layers) {
    layer.*matrix = cursor.matrix(rows, columns, all.group);
    all.parameters += rows * columns;
  }
}

// Finds all tensors. How large the file has to be.
std::uint64_t lay_out(Checkpoint& all) {
  const Shape& shape = all.shape;
  const bool legacy = all.format == Checkpoint::Format::legacy;
  Cursor cursor(all.file, legacy ? sizeof(Header) : versioned_header_bytes);
  all.layers.resize(shape.layers);
  if (!legacy) {
    take_norms(cursor, all, &Layer::attention_norm);
    take_norms(cursor, all, &Layer::hidden_norm);
    all.last_norm = cursor.floats(shape.width);
  }
  all.embedding = cursor.matrix(shape.vocabulary, shape.width, all.group);
  if (legacy) take_norms(cursor, all, &Layer::attention_norm);
  take_matrices(cursor, all, &Layer::query, shape.width, shape.width);
  take_matrices(cursor, all, &Layer::key, shape.width_kv(), shape.width);
  take_matrices(cursor, all, &Layer::value, shape.width_kv(), shape.width);
  take_matrices(cursor, all, &Layer::output, shape.width, shape.width);
  if (legacy) take_norms(cursor, all, &Layer::hidden_norm);
  take_matrices(cursor, all, &Layer::gate, shape.hidden, shape.width);
  take_matrices(cursor, all, &Layer::down, shape.width, shape.hidden);
  take_matrices(cursor, all, &Layer::up, shape.hidden, shape.width);
  if (legacy) {
    all.last_norm = cursor.floats(shape.width);
    // Cosines and sines of positions.
    for (int table = 0; table < 2; ++table) cursor.floats(std::uint64_t{shape.context} * (shape.head() / 2));
  }
  all.classifier =
      all.has_classifier ? cursor.matrix(shape.vocabulary, shape.width, all.group) : all.embedding;
  const std::uint64_t table = std::uint64_t{shape.vocabulary} * shape.width;
  all.parameters += table * (all.has_classifier ? 2 : 1) + (2ULL * shape.layers + 1) * shape.width;
  return cursor.at();
}

struct Problem {
  sluice_nn_status status = SLUICE_NN_OK;
  std::string text;
};

Problem corrupt(std::string text) {
  return {SLUICE_NN_CORRUPT, std::move(text)};
}

Problem read_legacy(std::span<const std::byte> bytes, Checkpoint& all) {
  if (bytes.size() < sizeof(Header))
    return corrupt("it has " + std::to_string(bytes.size()) + " bytes, less than its header takes");
  auto header = number_at<Header>(bytes, 0);
  all.format = Checkpoint::Format::legacy;
  all.has_classifier = header.vocabulary < 0;
  // The smallest number has no positive one, and is refused as it is.
  if (header.vocabulary < 0 && header.vocabulary >= -vocabulary_max) header.vocabulary = -header.vocabulary;
  if (std::string wrong = complaint(header); !wrong.empty()) return corrupt(std::move(wrong));
  all.shape = shape_of(header);
  return {};
}

Problem read_versioned(std::span<const std::byte> bytes, Checkpoint& all) {
  constexpr std::size_t header_at = 8;
  constexpr std::size_t shared_at = header_at + sizeof(Header);
  if (bytes.size() < versioned_header_bytes) {
    return corrupt("it has " + std::to_string(bytes.size()) + " bytes, less than the " +
                   std::to_string(versioned_header_bytes) + " of its header");
  }
  const auto version = number_at<std::int32_t>(bytes, 4);
  if (version != 1 && version != 2) {
    return {SLUICE_NN_UNSUPPORTED, "it is of version " + text(version) + "; versions 1 and 2 can be read"};
  }
  const auto header = number_at<Header>(bytes, header_at);
  if (std::string wrong = complaint(header); !wrong.empty()) return corrupt(std::move(wrong));
  all.shape = shape_of(header);
  const auto shared = number_at<std::uint8_t>(bytes, shared_at);
  if (shared > 1) return corrupt("its header says shared_classifier " + text(shared) + ", which is 0 or 1");
  all.has_classifier = shared == 0;
  all.format = version == 1 ? Checkpoint::Format::float32 : Checkpoint::Format::q8_0;
  if (version == 1) return {};
  const auto group = number_at<std::int32_t>(bytes, shared_at + 1);
  if (group < 1 || header.width % group != 0 || header.hidden % group != 0) {
    return corrupt("its header says group_size " + text(group) + ", which does not divide dim " +
                   text(header.width) + " and hidden_dim " + text(header.hidden));
  }
  all.group = static_cast<std::uint32_t>(group);
  if (all.group % group_multiple == 0) return {};
  return {SLUICE_NN_UNSUPPORTED, "its groups have " + text(group) + " values; multiples of " +
                                     std::to_string(group_multiple) + " can be read"};
}

Problem read(Checkpoint& all) {
  const auto bytes = all.file.bytes();
  if (bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0)
    return corrupt("it is a GGUF file, which the backend ggml reads");
  const bool versioned = bytes.size() >= 8 && number_at<std::uint32_t>(bytes, 0) == checkpoint_magic;
  if (Problem problem = versioned ? read_versioned(bytes, all) : read_legacy(bytes, all);
      problem.status != SLUICE_NN_OK) {
    return problem;
  }
  const std::uint64_t wanted = lay_out(all);
  if (bytes.size() == wanted) return {};
  return corrupt("it has " + std::to_string(bytes.size()) + " bytes, and by its header it has to have " +
                 std::to_string(wanted) +
                 (bytes.size() < wanted ? ": it is cut off, or no checkpoint of llama2.c"
                                        : ": something was added to it, or it is no checkpoint of llama2.c"));
}

bool all_finite(const float* values, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return false;
  }
  return true;
}

bool all_finite(const Matrix& matrix) {
  const std::uint64_t count = std::uint64_t{matrix.rows} * matrix.columns;
  return matrix.group == 0 ? all_finite(matrix.values, count)
                           : all_finite(matrix.scales, count / matrix.group);
}

}  // namespace

Result<Checkpoint> Checkpoint::open(const std::string& path) {
  auto file = MappedFile::open(path, "checkpoint");
  if (!file) return std::unexpected(file.error());
  Checkpoint all;
  all.file = std::move(*file);
  if (const Problem problem = read(all); problem.status != SLUICE_NN_OK)
    return failed(problem.status, "cannot load the checkpoint '" + path + "': " + problem.text);
  return all;
}

Result<void> check_numbers(const Checkpoint& checkpoint, const std::string& path) {
  const auto refuse = [&](const std::string& where) {
    return failed(SLUICE_NN_CORRUPT, "the checkpoint '" + path + "' is damaged: " + where +
                                         " have a value that is no finite number");
  };
  const std::uint64_t width = checkpoint.shape.width;
  if (!all_finite(checkpoint.embedding)) return refuse("the weights of its tokens");
  if (!all_finite(checkpoint.classifier)) return refuse("the weights of its classifier");
  if (!all_finite(checkpoint.last_norm, width)) return refuse("the weights of its last norm");
  for (std::size_t i = 0; i < checkpoint.layers.size(); ++i) {
    const Layer& layer = checkpoint.layers[i];
    bool fine = all_finite(layer.attention_norm, width) && all_finite(layer.hidden_norm, width);
    for (const Matrix* matrix :
         {&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate, &layer.down, &layer.up}) {
      fine = fine && all_finite(*matrix);
    }
    if (!fine) return refuse("the weights of layer " + std::to_string(i));
  }
  return {};
}

}  // namespace sluice::backends::llama2c
