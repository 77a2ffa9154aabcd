#include "token_table.h"

#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "mapped_file.h"

namespace sluice::backends::llama2c {
namespace {

namespace fs = std::filesystem;

// Longer ones are damage. Those of Llama have 48 bytes at most.
constexpr std::int32_t token_bytes_max = 1 << 16;

template <typename T>
T number_at(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// What is wrong with the file; empty: nothing.
std::string read(std::span<const std::byte> bytes, std::uint32_t expected, TokenTable& table) {
  constexpr std::size_t entry_bytes = 8;
  std::size_t at = 4;
  if (bytes.size() < at) return "it has " + std::to_string(bytes.size()) + " bytes";
  while (at < bytes.size()) {
    const std::string which = "token " + std::to_string(table.entries.size());
    if (bytes.size() - at < entry_bytes)
      return "it ends within " + which + ", after " + std::to_string(bytes.size()) + " bytes";
    const auto score = number_at<float>(bytes, at);
    const auto size = number_at<std::int32_t>(bytes, at + 4);
    at += entry_bytes;
    if (size < 0 || size > token_bytes_max) return which + " has " + std::to_string(size) + " bytes";
    const auto length = static_cast<std::size_t>(size);
    if (bytes.size() - at < length)
      return "it ends within " + which + ", after " + std::to_string(bytes.size()) + " bytes";
    if (table.entries.size() == expected)
      return "it has more tokens than the " + std::to_string(expected) + " of the model: it is another's";
    table.entries.push_back({std::string(reinterpret_cast<const char*>(bytes.data() + at), length), score});
    at += length;
  }
  if (table.entries.size() == expected) return {};
  return "it has " + std::to_string(table.entries.size()) + " tokens and the model " +
         std::to_string(expected) + ": it is another's, or cut off";
}

}  // namespace

Result<TokenTable> TokenTable::open(const std::string& path, std::uint32_t expected) {
  const auto file = MappedFile::open(path, "tokenizer");
  if (!file) return std::unexpected(file.error());
  TokenTable table;
  const std::string wrong = read(file->bytes(), expected, table);
  if (!wrong.empty()) return failed(SLUICE_NN_CORRUPT, "cannot load the tokenizer '" + path + "': " + wrong);
  return table;
}

Result<std::string> find_tokenizer(const std::string& checkpoint) {
  std::string looked_for;
  const auto beside = [&](const fs::path& file) -> std::string {
    const fs::path named = file.parent_path() / (file.stem().string() + ".tokenizer.bin");
    for (const fs::path& candidate : {named, file.parent_path() / "tokenizer.bin"}) {
      std::error_code problem;
      if (fs::exists(candidate, problem)) return candidate.string();
    }
    looked_for = "as " + named.filename().string() + " or tokenizer.bin in the folder '" +
                 (file.has_parent_path() ? file.parent_path().string() : ".") + "'";
    return {};
  };
  if (std::string found = beside(checkpoint); !found.empty()) return found;
  std::error_code problem;
  if (fs::is_symlink(checkpoint, problem)) {
    const fs::path target = fs::canonical(checkpoint, problem);
    if (!problem) {
      if (std::string found = beside(target); !found.empty()) return found;
    }
  }
  return failed(SLUICE_NN_NOT_FOUND,
                "the checkpoint '" + checkpoint + "' has no tokenizer: it has to lie " + looked_for);
}

}  // namespace sluice::backends::llama2c
