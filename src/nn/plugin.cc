#include "nn/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <system_error>

#include "base/value.h"

namespace sluice::nn {

Result<const sluice_nn_llm*> load_plugin(const std::filesystem::path& path, PluginLog log) {
  const std::string what = fmt::format("load the backend {}", path.string());
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(ErrorCode::not_found, what, "there is no such file",
                "see that `backend` of the model is right and that Sluice is installed whole");
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
  if (table->llm == nullptr || table->llm->size < sizeof(sluice_nn_llm)) {
    return fail(ErrorCode::invalid_input, what, "it offers no language models");
  }
  return table->llm;
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
  return {
      code(), std::move(what), text.empty() ? "the backend does not say why" : to_utf8(text, nullptr), {}};
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
