#include "source.h"

#include <caffe2/serialize/inline_container.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>

#include "common/zip_archive.h"
#include "memory_reader.h"

namespace sluice::pytorch {
namespace {

using backends::failed;
using backends::Result;

// The functions torch.from_file and torch.save, and families of functions that are for other processes and
// for PyTorch's own developers.
constexpr std::string_view refused[] = {"from_file", "save",           "c10d", "dist_c10d",
                                        "profiler",  "static_runtime", "_test"};

bool is_of_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

// Names are looked for wherever they are, in texts and comments as well: a file made for the purpose could
// hide them from a look that understands more.
Result<void> check_words(std::string_view source) {
  while (!source.empty()) {
    const auto begin = std::ranges::find_if(source, is_of_word);
    const auto end = std::find_if_not(begin, source.end(), is_of_word);
    const std::string_view word(begin, end);
    if (std::ranges::find(refused, word) != std::end(refused))
      return failed(SLUICE_NN_INVALID,
                    "the network's source has the name '" + std::string(word) +
                        "', which one that is given as bytes can't: load it by its path, or leave "
                        "that out");
    source = std::string_view(end, source.end());
  }
  return {};
}

// However it is written: PyTorch does not tell capital letters from small ones in these names.
bool is_source(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return name.ends_with(".py");
}

}  // namespace

Result<void> check_whole(std::string_view file) {
  const auto checksums = backends::read_checksums(file);
  if (!checksums) return std::unexpected(checksums.error());
  caffe2::serialize::PyTorchStreamReader reader(std::make_unique<MemoryReader>(file));
  for (const auto& [name, checksum] : *checksums) {
    const auto [data, size] = reader.getRecord(name);
    if (crc32_z(0, static_cast<const unsigned char*>(data.get()), size) != checksum)
      return failed(SLUICE_NN_CORRUPT, "the file is damaged: '" + name + "' in it is not what was put there");
  }
  return {};
}

Result<void> check_sources(std::string_view file) {
  caffe2::serialize::PyTorchStreamReader reader(std::make_unique<MemoryReader>(file));
  for (const std::string& name : reader.getAllRecords()) {
    if (!is_source(name)) continue;
    const auto [data, size] = reader.getRecord(name);
    if (auto fine = check_words({static_cast<const char*>(data.get()), size}); !fine) return fine;
  }
  return {};
}

}  // namespace sluice::pytorch
