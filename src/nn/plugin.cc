#include "nn/plugin.h"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <system_error>

#include "base/value.h"

namespace sluice::nn {

namespace {

// Backends that a build leaves out unless they are asked for have a step of their own.
std::string how_to_install(const std::filesystem::path& path) {
  constexpr std::array optional{"openvino", "onnx", "tensorflow", "pytorch"};
  const std::string stem = path.stem();
  std::string_view name = stem;
  constexpr std::string_view prefix = "sluice-nn-";
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  if (std::ranges::find(optional, name) == optional.end())
    return "see that `backend` of the model is right and that Sluice is installed whole";
  return fmt::format("run `script/bootstrap --with {}`, then `script/build all`", name);
}

// Whether a part that would be mapped lies behind the file's end: touching that ends the process, and the
// loader does not look. What is wrong in other ways, the loader says.
bool is_cut_off(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr head{};
  file.read(reinterpret_cast<char*>(&head), sizeof head);
  if (error || !file || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) return false;
  file.seekg(static_cast<std::streamoff>(head.e_phoff));
  for (std::uint16_t i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr part{};
    if (!file.read(reinterpret_cast<char*>(&part), sizeof part)) return true;
    const bool fits = part.p_offset <= size && part.p_filesz <= size - part.p_offset;
    if (part.p_type == PT_LOAD && !fits) return true;
  }
  return false;
}

Result<const sluice_nn_backend_table*> load_new(const std::filesystem::path& path, PluginLog log) {
  const std::string what = fmt::format("load the backend {}", path.string());
  if (auto there = check_plugin(path); !there) return std::unexpected(std::move(there.error()));
  if (is_cut_off(path)) {
    return fail(ErrorCode::corrupt, what, "the file is cut off", "install it again");
  }
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = dlerror();
    return fail(ErrorCode::invalid_input, what, why != nullptr ? why : "it cannot be loaded");
  }
  const auto open = reinterpret_cast<sluice_nn_backend_function>(dlsym(library, "sluice_nn_backend"));
  if (open == nullptr) {
    return fail(ErrorCode::invalid_input, what,
                "it has no function sluice_nn_backend: it is no backend of Sluice");
  }
  const sluice_nn_backend_table* const table = open(path.parent_path().c_str(), log);
  if (table == nullptr) return fail(ErrorCode::unavailable, what, "it could not start");
  if (table->abi != SLUICE_NN_ABI) {
    return fail(ErrorCode::invalid_input, what,
                fmt::format("it is made for version {} of the plug-in header, and this is {}", table->abi,
                            SLUICE_NN_ABI),
                "build it again with this version of Sluice");
  }
  return table;
}

// A plug-in is started once in a process, however many of its networks are opened on whatever threads.
Result<const sluice_nn_backend_table*> load(const std::filesystem::path& path, PluginLog log) {
  static std::mutex mutex;
  static std::map<std::filesystem::path, const sluice_nn_backend_table*> loaded;
  const std::lock_guard lock(mutex);
  if (const auto known = loaded.find(path); known != loaded.end()) return known->second;
  auto table = load_new(path, log);
  if (table) loaded.emplace(path, *table);
  return table;
}

}  // namespace

Status check_plugin(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return {};
  return fail(ErrorCode::not_found, fmt::format("load the backend {}", path.string()), "it is not installed",
              how_to_install(path));
}

std::filesystem::path plugin_path(const std::filesystem::path& backends, std::string_view name) {
  return backends / fmt::format("sluice-nn-{}.so", name);
}

Result<const sluice_nn_llm*> load_plugin(const std::filesystem::path& path, PluginLog log) {
  const auto table = load(path, log);
  if (!table) return std::unexpected(table.error());
  const sluice_nn_llm* const llm = (*table)->llm;
  if (llm == nullptr || llm->size < offsetof(sluice_nn_llm, projector_open)) {
    return fail(ErrorCode::invalid_input, fmt::format("load the backend {}", path.string()),
                "it offers no language models");
  }
  return llm;
}

Result<const sluice_nn_tensors*> load_tensor_plugin(const std::filesystem::path& path, PluginLog log) {
  const auto table = load(path, log);
  if (!table) return std::unexpected(table.error());
  const bool has_member = (*table)->size >= offsetof(sluice_nn_backend_table, tensors) + sizeof(void*);
  const sluice_nn_tensors* const tensors = has_member ? (*table)->tensors : nullptr;
  if (tensors == nullptr || tensors->size < sizeof(sluice_nn_tensors)) {
    return fail(ErrorCode::invalid_input, fmt::format("load the backend {}", path.string()),
                "it offers no networks of tensors");
  }
  return tensors;
}

bool shows_images(const sluice_nn_llm& llm) {
  return llm.size >= sizeof(sluice_nn_llm) && llm.projector_open != nullptr;
}

Error plugin_error(sluice_nn_status status, const sluice_nn_error& error, std::string what) {
  const auto code = [&] {
    switch (status) {
      case SLUICE_NN_INVALID:
      case SLUICE_NN_UNSUPPORTED:
        return ErrorCode::invalid_input;
      case SLUICE_NN_NOT_FOUND:
        return ErrorCode::not_found;
      case SLUICE_NN_CORRUPT:
        return ErrorCode::corrupt;
      case SLUICE_NN_NO_MEMORY:
      case SLUICE_NN_FULL:
        return ErrorCode::limit;
      default:
        return ErrorCode::unavailable;
    }
  };
  const std::string_view text(error.text, strnlen(error.text, sizeof error.text));
  std::string why = text.empty() ? "the backend does not say why" : to_utf8(text, nullptr);
  std::ranges::replace(why, '\n', ' ');
  return {code(), std::move(what), std::move(why), {}};
}

std::string with_name(std::string words, std::string_view opened, std::string_view name) {
  if (opened == name || opened.empty()) return words;
  for (std::size_t at = words.find(opened); at != std::string::npos; at = words.find(opened, at)) {
    words.replace(at, opened.size(), name);
    at += name.size();
  }
  return words;
}

}  // namespace sluice::nn
