#include "cli/new_app.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "flow/manifest_syntax.h"

namespace sluice::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t template_bytes_max = 1U << 20;
// Git would take it for its own if the template had it under this name.
constexpr std::string_view ignore_file = "gitignore";

// A folder that is gone at the end, unless it was kept.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

using Replacements = std::array<std::pair<std::string_view, std::string>, 3>;

std::string fill(std::string text, const Replacements& replacements) {
  for (const auto& [placeholder, value] : replacements) {
    for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += value.size()) {
      text.replace(at, placeholder.size(), value);
    }
  }
  return text;
}

std::string message_of(int error) {
  return std::generic_category().message(error);
}

Status write_new_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (error || !out) {
    return fail(ErrorCode::unavailable, "write " + path.string(),
                error ? error.message() : message_of(errno));
  }
  return {};
}

Status fill_folder(const fs::path& from, const fs::path& to, const Replacements& replacements) {
  std::error_code error;
  fs::recursive_directory_iterator entries(from, error);
  for (const fs::recursive_directory_iterator end; !error && entries != end; entries.increment(error)) {
    if (entries->is_directory()) continue;
    auto text = read_file(entries->path(), template_bytes_max);
    if (!text) return std::unexpected(std::move(text.error()));
    fs::path inner = entries->path().lexically_relative(from);
    if (inner == ignore_file) inner = ".gitignore";
    if (auto status = write_new_file(to / inner, fill(std::move(*text), replacements)); !status)
      return status;
  }
  if (error) return fail(ErrorCode::unavailable, "read the template " + from.string(), error.message());
  return {};
}

Status check_name(const std::string& name) {
  if (flow::is_kebab(name)) return {};
  return fail(ErrorCode::invalid_input, "make an app", "`" + name + "` is not a name for it",
              "use lower-case words with hyphens between, 63 characters at most, e.g. `hello-world`; "
              "--dir says in which folder it is made");
}

Error exists_already(const fs::path& folder) {
  return {ErrorCode::invalid_input, "make " + folder.string(), "it exists already",
          "choose another name, or another folder with --dir"};
}

// Beside the place where the app goes: a rename is whole only within one file system.
Result<fs::path> make_scratch(const NewApp& app) {
  std::string pattern = (app.parent / fmt::format(".{}.XXXXXX", app.name)).string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::unavailable, "make a folder in " + app.parent.string(), message_of(errno));
  }
  // mkdtemp makes it for its owner alone; the app's folder is an ordinary one.
  const mode_t mask = umask(0);
  umask(mask);
  chmod(pattern.c_str(), static_cast<mode_t>(0777U & ~mask));
  return fs::path(pattern);
}

Status move_into_place(const fs::path& from, const fs::path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  const int why = errno;
  if (why == EEXIST || why == ENOTEMPTY) return std::unexpected(exists_already(to));
  // Some file systems cannot rename without replacing. An ordinary rename replaces an empty folder at most.
  if (why == EINVAL || why == ENOSYS) {
    std::error_code error;
    fs::rename(from, to, error);
    if (!error) return {};
    return fail(ErrorCode::unavailable, "make " + to.string(), error.message());
  }
  return fail(ErrorCode::unavailable, "make " + to.string(), message_of(why));
}

bool is_sdk(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "cmake" / "SluiceGuest.cmake", error) &&
         fs::exists(folder / "template" / "sluice.toml", error);
}

}  // namespace

Result<fs::path> find_sdk(const fs::path& program_folder, const char* from_environment) {
  constexpr std::string_view what = "find the SDK for C++ guests";
  std::error_code error;
  if (from_environment != nullptr && *from_environment != '\0') {
    if (is_sdk(from_environment)) return fs::canonical(from_environment, error);
    return fail(ErrorCode::not_found, std::string(what),
                "SLUICE_SDK is " + std::string(from_environment) + ", which holds no SDK of Sluice",
                "set it to sdk/cpp of a tree of Sluice, or unset it");
  }
  const std::array<fs::path, 2> places{program_folder / ".." / "sdk" / "cpp",
                                       program_folder / ".." / "share" / "sluice" / "sdk" / "cpp"};
  std::string looked;
  for (const fs::path& place : places) {
    if (is_sdk(place)) return fs::canonical(place, error);
    looked += (looked.empty() ? "" : " nor at ") + place.lexically_normal().string();
  }
  return fail(ErrorCode::unavailable, std::string(what), "it is not at " + looked,
              "set SLUICE_SDK to sdk/cpp of a tree of Sluice");
}

Result<fs::path> make_app(const NewApp& app) {
  if (auto status = check_name(app.name); !status) return std::unexpected(std::move(status.error()));
  std::error_code error;
  if (!fs::is_directory(app.parent, error)) {
    return fail(ErrorCode::not_found, "make an app in " + app.parent.string(), "there is no such folder",
                "make it first, or name another with --dir");
  }
  const fs::path folder = (app.parent / app.name).lexically_normal();
  if (fs::symlink_status(folder, error).type() != fs::file_type::not_found) {
    return std::unexpected(exists_already(folder));
  }
  auto scratch_path = make_scratch(app);
  if (!scratch_path) return std::unexpected(std::move(scratch_path.error()));
  Scratch scratch(std::move(*scratch_path));
  const Replacements replacements{{{"@APP_NAME@", app.name},
                                   {"@SLUICE_SDK@", app.sdk.string()},
                                   {"@SLUICE_PROGRAM@", app.program.string()}}};
  if (auto status = fill_folder(app.sdk / "template", scratch.path(), replacements); !status) {
    return std::unexpected(std::move(status.error()));
  }
  if (auto status = move_into_place(scratch.path(), folder); !status) {
    return std::unexpected(std::move(status.error()));
  }
  scratch.keep();
  return folder;
}

}  // namespace sluice::cli
