// Makes the folder of a new app from the SDK's template.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sluice::cli {

struct NewApp {
  std::string name;               // as in a manifest: lower-case words with hyphens between
  std::filesystem::path parent;   // an existing folder, in which `name` is made
  std::filesystem::path sdk;      // what find_sdk gave
  std::filesystem::path program;  // the program that the app's tests run
};

// The SDK for C++ guests: where the variable SLUICE_SDK says (`from_environment`, may be null), or beside the
// program, in a tree that was built (../sdk/cpp) or installed (../share/sluice/sdk/cpp).
[[nodiscard]] Result<std::filesystem::path> find_sdk(const std::filesystem::path& program_folder,
                                                     const char* from_environment);

// Makes the whole folder or nothing, and gives its path. What is there already is never touched.
[[nodiscard]] Result<std::filesystem::path> make_app(const NewApp& app);

}  // namespace sluice::cli
