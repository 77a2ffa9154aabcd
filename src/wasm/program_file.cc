#include "wasm/program_file.h"

#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "base/hash.h"
#include "base/text.h"

namespace sluice::wasm {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view magic = "SLUICEX1";
constexpr std::size_t mac_bytes = 32;
constexpr std::size_t length_bytes = 4;
constexpr std::size_t head_bytes = magic.size() + mac_bytes + length_bytes;
// Entries of the cache are signed with the same key, under names that are hexadecimal digits.
constexpr std::string_view mac_name = "compiled file\n";

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> known_beginnings{{
    {"\x7f"
     "ELF"sv,
     "it is native code (ELF), not WebAssembly"sv},
    {"SLUICEC"sv, "it is an entry of the cache; give the .wasm file itself"sv},
    {"\x89PNG"sv, "it is a PNG image"sv},
    {"\xff\xd8\xff"sv, "it is a JPEG image"sv},
    {"PK\x03\x04"sv, "it is a ZIP archive"sv},
    {"\x1f\x8b"sv, "it is compressed (gzip)"sv},
    {"\x28\xb5\x2f\xfd"sv, "it is compressed (zstd)"sv},
    {"GGUF"sv, "it is a language model (GGUF); programs get it with --nn-preload"sv},
    {"%PDF"sv, "it is a PDF document"sv},
    {"#!"sv, "it is a script"sv},
    {"\0asm"sv, "it has a version of the binary format that this program doesn't know"sv},
}};

// Behind white space and line comments.
std::string_view first_words(std::string_view text) {
  while (!text.empty()) {
    if (text.starts_with(";;")) {
      const auto end = text.find('\n');
      text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    } else if (" \t\r\n"sv.find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    } else {
      break;
    }
  }
  return text;
}

std::string description_of(const CompiledFile& file) {
  return "engine " + file.identity.engine + "\ncpu " + file.identity.cpu + "\nsettings " +
         file.identity.settings + "\ngas " + (file.counts_gas ? "yes" : "no") + "\nnumbers-only " +
         (file.numbers_only ? "yes" : "no") + "\nkind " +
         (file.kind == FileKind::component ? "component" : "module") + "\nbytes " +
         std::to_string(file.code.size()) + "\n";
}

std::map<std::string_view, std::string_view> parse_description(std::string_view text) {
  std::map<std::string_view, std::string_view> fields;
  for (const std::string_view line : split(text, '\n')) {
    const auto space = line.find(' ');
    if (space != std::string_view::npos) fields[line.substr(0, space)] = line.substr(space + 1);
  }
  return fields;
}

}  // namespace

FileKind kind_of(std::string_view bytes) {
  if (bytes.starts_with("\0asm\x01\0\0\0"sv)) return FileKind::module;
  // Version and layer 1: a component, whatever the version; the engine says which it knows.
  if (bytes.size() >= 8 && bytes.starts_with("\0asm"sv) && bytes.substr(6, 2) == "\x01\0"sv)
    return FileKind::component;
  if (bytes.starts_with(magic.substr(0, magic.size() - 1))) return FileKind::compiled;
  const std::string_view words = first_words(bytes);
  if (words.starts_with("(module") || words.starts_with("(component") || words.starts_with("(;"))
    return FileKind::text;
  return FileKind::other;
}

std::string describe_other(std::string_view bytes) {
  if (bytes.empty()) return "it is empty";
  if (bytes.size() < 8 && "\0asm\x01\0\0\0"sv.starts_with(bytes)) {
    return "it is cut off: a WebAssembly file has at least 8 bytes";
  }
  for (const auto& [start, text] : known_beginnings) {
    if (bytes.starts_with(start)) return std::string(text);
  }
  return "it is not WebAssembly: it does not begin with \\0asm";
}

std::string pack_compiled(const CompiledFile& file, const Cache& cache) {
  const std::string description = description_of(file);
  std::string out(magic);
  out += cache.sign(std::string(mac_name) + description, file.code);
  for (std::size_t i = 0, size = description.size(); i < length_bytes; ++i, size >>= 8U) {
    out += static_cast<char>(size & 0xFFU);
  }
  out += description;
  out += file.code;
  return out;
}

Result<CompiledFile> unpack_compiled(std::string_view bytes, const CodeIdentity& mine, const Cache& cache,
                                     std::string_view name) {
  const std::string what = "load compiled code " + std::string(name);
  const std::string again = "make it again on this machine: sluice compile FILE.wasm -o " + std::string(name);
  const auto refuse = [&](ErrorCode code, std::string why) {
    return fail(code, what, std::move(why), again);
  };
  if (bytes.size() < head_bytes) return refuse(ErrorCode::corrupt, "it is cut off");
  if (!bytes.starts_with(magic)) {
    return refuse(ErrorCode::invalid_input, "it was made by another version of sluice");
  }
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) {
    length = length << 8U | static_cast<unsigned char>(bytes[magic.size() + mac_bytes + i]);
  }
  if (length > bytes.size() - head_bytes) return refuse(ErrorCode::corrupt, "it is cut off or damaged");
  const std::string_view description = bytes.substr(head_bytes, length);
  const std::string_view code = bytes.substr(head_bytes + length);
  auto fields = parse_description(description);
  // Nothing that is read before the signature was checked is used for more than the words of a refusal.
  std::size_t size = 0;
  const std::string_view size_text = fields["bytes"];
  std::from_chars(size_text.data(), size_text.data() + size_text.size(), size);
  if (code.size() < size) return refuse(ErrorCode::corrupt, "it is cut off");
  CompiledFile file;
  file.identity = {std::string(fields["engine"]), std::string(fields["cpu"]),
                   std::string(fields["settings"])};
  if (file.identity.engine != mine.engine) {
    return refuse(ErrorCode::invalid_input,
                  "it was compiled for another engine than this one, " + mine.engine);
  }
  if (file.identity.cpu != mine.cpu) {
    return refuse(ErrorCode::invalid_input, "it was compiled for a processor with other instructions");
  }
  if (file.identity.settings != mine.settings) {
    return refuse(ErrorCode::invalid_input, "it was compiled with settings of another version of sluice");
  }
  const std::string_view given = bytes.substr(magic.size(), mac_bytes);
  if (!equal_in_constant_time(given, cache.sign(std::string(mac_name) + std::string(description), code))) {
    return refuse(
        ErrorCode::corrupt,
        "its signature is not of this machine's key: it was changed, or compiled by another user or "
        "on another machine");
  }
  file.counts_gas = fields["gas"] == "yes";
  file.numbers_only = fields["numbers-only"] == "yes";
  file.kind = fields["kind"] == "component" ? FileKind::component : FileKind::module;
  file.code = code;
  return file;
}

}  // namespace sluice::wasm
