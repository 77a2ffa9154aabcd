#include "gguf_file.h"

#include <ggml.h>
#include <llama.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>

namespace sluice::backends::ggml {
namespace {

constexpr std::uint32_t version_max = 3;
constexpr std::uint64_t key_bytes_max = 65535;
constexpr std::uint64_t parts_max = 512;
constexpr std::uint32_t type_string = 8;
constexpr std::uint32_t type_array = 9;
// Sizes of the value types 0 … 12; 0: those that say their size themselves.
constexpr std::array<std::uint64_t, 13> type_bytes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

struct Corrupt {
  std::string text;
};

// Reads on and never beyond the end. Throws Corrupt, which does not leave this file.
class Reader {
 public:
  Reader(const std::string& path, std::uint64_t size) : file_(path, std::ios::binary), size_(size) {}
  [[nodiscard]] std::uint64_t left() const { return size_ - position_; }
  [[nodiscard]] std::uint64_t position() const { return position_; }

  void read(void* target, std::uint64_t bytes) {
    need(bytes);
    file_.read(static_cast<char*>(target), static_cast<std::streamsize>(bytes));
    if (!file_) throw Corrupt{"it cannot be read"};
    position_ += bytes;
  }
  template <typename T>
  T number() {
    T value{};
    read(&value, sizeof value);
    return value;
  }
  std::string text(std::uint64_t bytes_max) {
    const auto bytes = number<std::uint64_t>();
    need(bytes);
    if (bytes > bytes_max)
      throw Corrupt{"a name of " + std::to_string(bytes) + " bytes stands in its header"};
    std::string value(bytes, '\0');
    read(value.data(), bytes);
    return value;
  }
  void skip(std::uint64_t bytes) {
    need(bytes);
    position_ += bytes;
    file_.seekg(static_cast<std::streamoff>(position_));
  }

 private:
  void need(std::uint64_t bytes) const {
    if (bytes > left()) throw Corrupt{"it ends within its header, after " + std::to_string(size_) + " bytes"};
  }
  std::ifstream file_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

struct Header {
  std::map<std::string, std::uint64_t> numbers;
  std::string architecture;
  std::uint64_t tensors = 0;
};

void skip_value(Reader& reader, std::uint32_t type) {
  if (type >= type_bytes.size())
    throw Corrupt{"its header has a value of unknown type " + std::to_string(type)};
  if (type == type_string) {
    reader.skip(reader.number<std::uint64_t>());
  } else if (type == type_array) {
    const auto of = reader.number<std::uint32_t>();
    const auto count = reader.number<std::uint64_t>();
    if (of >= type_bytes.size() || of == type_array) throw Corrupt{"its header has an array of unknown type"};
    const std::uint64_t least = of == type_string ? 8 : type_bytes[of];
    if (count > reader.left() / least)
      throw Corrupt{"an array in its header is longer than the file: it is cut off or damaged"};
    if (of != type_string) return reader.skip(count * least);
    for (std::uint64_t i = 0; i < count; ++i) reader.skip(reader.number<std::uint64_t>());
  } else {
    reader.skip(type_bytes[type]);
  }
}

void read_pair(Reader& reader, Header& header) {
  const std::string key = reader.text(key_bytes_max);
  const auto type = reader.number<std::uint32_t>();
  if (type == type_string && key == "general.architecture") {
    header.architecture = reader.text(key_bytes_max);
  } else if (type == 2) {
    header.numbers[key] = reader.number<std::uint16_t>();
  } else if (type == 4) {
    header.numbers[key] = reader.number<std::uint32_t>();
  } else {
    skip_value(reader, type);
  }
}

// The offset at which a tensor's data ends, from where the data of all begin.
std::uint64_t read_tensor(Reader& reader) {
  const std::string name = reader.text(key_bytes_max);
  const auto dimensions = reader.number<std::uint32_t>();
  if (dimensions > GGML_MAX_DIMS)
    throw Corrupt{"tensor '" + name + "' has " + std::to_string(dimensions) + " dimensions"};
  std::uint64_t elements = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    const auto length = reader.number<std::uint64_t>();
    if (length == 0 || length > std::numeric_limits<std::int64_t>::max() / elements) {
      throw Corrupt{"tensor '" + name + "' has an impossible size"};
    }
    elements *= length;
  }
  const auto type = reader.number<std::uint32_t>();
  const auto offset = reader.number<std::uint64_t>();
  if (type >= GGML_TYPE_COUNT || ggml_blck_size(static_cast<ggml_type>(type)) <= 0) {
    throw Corrupt{"tensor '" + name + "' is of type " + std::to_string(type) +
                  ", which this version does not know"};
  }
  const auto block = static_cast<std::uint64_t>(ggml_blck_size(static_cast<ggml_type>(type)));
  const std::uint64_t bytes = ggml_type_size(static_cast<ggml_type>(type));
  if (elements / block >
      (std::numeric_limits<std::uint64_t>::max() - offset) / std::max<std::uint64_t>(bytes, 1)) {
    throw Corrupt{"tensor '" + name + "' has an impossible size"};
  }
  return offset + elements / block * bytes;
}

Header read_header(Reader& reader, std::uint64_t file_bytes) {
  char magic[4];
  if (file_bytes < sizeof magic)
    throw Corrupt{"it has " + std::to_string(file_bytes) + " bytes: no GGUF file"};
  reader.read(magic, sizeof magic);
  if (std::memcmp(magic, "GGUF", 4) != 0) throw Corrupt{"it is no GGUF file: it does not begin with GGUF"};
  const auto version = reader.number<std::uint32_t>();
  if (version < 2 || version > version_max) {
    throw Corrupt{"it is of GGUF version " + std::to_string(version) +
                  "; versions 2 and 3 (little-endian) can be read"};
  }
  Header header;
  header.tensors = reader.number<std::uint64_t>();
  const auto pairs = reader.number<std::uint64_t>();
  // The least that a tensor's entry and a value take.
  if (header.tensors > reader.left() / 24 || pairs > reader.left() / 13) {
    throw Corrupt{"its header claims " + std::to_string(header.tensors) + " tensors and " +
                  std::to_string(pairs) + " values, more than a file of " + std::to_string(file_bytes) +
                  " bytes can hold: it is cut off or damaged"};
  }
  for (std::uint64_t i = 0; i < pairs; ++i) read_pair(reader, header);
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < header.tensors; ++i) end = std::max(end, read_tensor(reader));
  const auto found = header.numbers.find("general.alignment");
  const std::uint64_t alignment = found == header.numbers.end() ? 32 : found->second;
  if (alignment == 0 || (alignment & (alignment - 1)) != 0) throw Corrupt{"its alignment is no power of two"};
  const std::uint64_t begin = (reader.position() + alignment - 1) / alignment * alignment;
  if (end > 0 && (begin > file_bytes || end > file_bytes - begin)) {
    throw Corrupt{"it is cut off: it has " + std::to_string(file_bytes) + " of " +
                  std::to_string(begin + end) + " bytes"};
  }
  return header;
}

Result<std::uint64_t> size_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return failed(errno == ENOENT || errno == ENOTDIR ? SLUICE_NN_NOT_FOUND : SLUICE_NN_BROKEN,
                  "cannot open the model file '" + path + "': " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return failed(SLUICE_NN_CORRUPT, "cannot load the model '" + path + "': it is " +
                                         (S_ISDIR(status.st_mode) ? "a folder" : "no regular file") +
                                         "; name the .gguf file itself");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<Header> check_part(const std::string& path, GgufFile& all) {
  const auto size = size_of(path);
  if (!size) return std::unexpected(size.error());
  all.file_bytes += *size;
  all.paths.push_back(path);
  if (std::ifstream probe(path, std::ios::binary); !probe) {
    return failed(SLUICE_NN_NOT_FOUND, "cannot open the model file '" + path + "': " + std::strerror(errno));
  }
  try {
    Reader reader(path, *size);
    return read_header(reader, *size);
  } catch (const Corrupt& problem) {
    return failed(SLUICE_NN_CORRUPT, "cannot load the model '" + path + "': " + problem.text);
  }
}

Result<void> check_other_parts(const std::string& path, GgufFile& all) {
  char prefix[4096];
  if (llama_split_prefix(prefix, sizeof prefix, path.c_str(), 0, static_cast<std::int32_t>(all.parts)) <= 0) {
    return failed(SLUICE_NN_CORRUPT, "cannot load the model '" + path + "': it is one of " +
                                         std::to_string(all.parts) + " parts; name the first (…-00001-of-" +
                                         std::to_string(all.parts) + ".gguf) and keep the parts' names");
  }
  for (std::uint32_t part = 1; part < all.parts; ++part) {
    char name[4096];
    llama_split_path(name, sizeof name, prefix, static_cast<std::int32_t>(part),
                     static_cast<std::int32_t>(all.parts));
    if (auto checked = check_part(name, all); !checked) return std::unexpected(checked.error());
  }
  return {};
}

}  // namespace

Result<GgufFile> check_gguf(const std::string& path) {
  GgufFile file;
  auto header = check_part(path, file);
  if (!header) return std::unexpected(header.error());
  file.architecture = header->architecture;
  file.tensors = header->tensors;
  if (file.architecture.empty()) {
    return failed(SLUICE_NN_CORRUPT,
                  "cannot load the model '" + path + "': its header names no architecture");
  }
  if (const auto found = header->numbers.find("split.count");
      found != header->numbers.end() && found->second > 1) {
    if (found->second > parts_max)
      return failed(SLUICE_NN_CORRUPT, "the model '" + path + "' has too many parts");
    file.parts = static_cast<std::uint32_t>(found->second);
    if (auto others = check_other_parts(path, file); !others) return std::unexpected(others.error());
  }
  return file;
}

}  // namespace sluice::backends::ggml
