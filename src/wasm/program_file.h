// What a file given to `sluice run` holds, and the format of compiled files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "wasm/cache.h"

namespace sluice::wasm {

enum class FileKind : std::uint8_t {
  module,     // a core module
  component,  // a component
  compiled,   // what pack_compiled makes
  text,       // WebAssembly's text format, to look at its first characters
  other,
};

// By content; names play no part.
[[nodiscard]] FileKind kind_of(std::string_view bytes);

// What a file that is none of these looks like, for errors: "it is empty", "it is a PNG image" …
[[nodiscard]] std::string describe_other(std::string_view bytes);

// What decides whether compiled code fits: engine, processor, settings.
struct CodeIdentity {
  std::string engine;
  std::string cpu;
  std::string settings;
  bool operator==(const CodeIdentity&) const = default;
};

struct CompiledFile {
  CodeIdentity identity;
  bool counts_gas = false;
  bool numbers_only = false;         // of a module: all exported functions take and give numbers only
  FileKind kind = FileKind::module;  // or component
  std::string_view code;             // points into the file's bytes
};

// File format, version 1: "SLUICEX1"; 32 bytes HMAC-SHA256 over (description, code), made with the key of
// this machine's cache; length of the description (4 bytes, little endian); description: lines `name value`;
// code.
[[nodiscard]] std::string pack_compiled(const CompiledFile& file, const Cache& cache);

// Checks everything before any of it is used: corrupt (cut off, changed, made with another key) or
// invalid_input (another engine, processor or version of this format), with what to do.
[[nodiscard]] Result<CompiledFile> unpack_compiled(std::string_view bytes, const CodeIdentity& mine,
                                                   const Cache& cache, std::string_view name);

}  // namespace sluice::wasm
