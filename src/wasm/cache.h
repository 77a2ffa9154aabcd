// Compiled components on disk. Compiled code is native code: an entry is used only if its MAC is right, made
// with a key that was drawn on this machine and that only its owner can read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sluice::wasm {

// File format, version 1: "SLUICEC1", 32 bytes HMAC-SHA256 over (name of the entry, payload), payload.
// Any number of processes may use one folder: files appear by rename.
class Cache {
 public:
  // Makes the folder (mode 0700) and the key when they are missing. Refuses a key that others can read.
  static Result<Cache> open(std::filesystem::path folder);

  // The payload, or nothing if there is none or it isn't ours (then the file is removed).
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  // A failure to write leaves nothing behind; callers go on without.
  [[nodiscard]] Status put(std::string_view name, std::string_view payload) const;

  // 32 bytes HMAC-SHA256 over (name, payload), with the key of this folder.
  [[nodiscard]] std::string sign(std::string_view name, std::string_view payload) const;

  // $SLUICE_CACHE, $XDG_CACHE_HOME/sluice/code or ~/.cache/sluice/code; empty if there is no home.
  static std::filesystem::path default_folder();

 private:
  Cache(std::filesystem::path folder, std::string key) : folder_(std::move(folder)), key_(std::move(key)) {}
  std::filesystem::path folder_;
  std::string key_;
};

}  // namespace sluice::wasm
