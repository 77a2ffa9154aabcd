// `sluice compile`: the code of a WASI program, made beforehand.

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/files.h"
#include "base/unique_fd.h"
#include "base/write_all.h"
#include "cli/exit_codes.h"
#include "cli/program_commands.h"
#include "cli/program_support.h"
#include "wasm/guest_stack.h"
#include "wasm/program.h"

namespace sluice::cli {

namespace {

constexpr const char* help =
    R"(Compile a WebAssembly program for `sluice run` on this machine
Usage: sluice compile [OPTIONS] FILE [OUT]

  -o, --output OUT   Where to write it. Default: FILE with the extension .cwasm
  --gas              Count instructions, so that it can be run with --gas-limit (slower)
  -h, --help         This text

The result is native code, signed with the key of this machine's cache ($SLUICE_CACHE or ~/.cache/sluice/code): it runs
with this version of sluice on this kind of processor, for this user. `sluice run` compiles and keeps code by itself.

Exit codes: 0 written, 2 wrong arguments or file, 3 it could not be written.
)";

struct Options {
  std::string file;
  std::string output;
  wasm::Gas gas = wasm::Gas::uncounted;
  bool help = false;
};

std::unexpected<Error> wrong(std::string why) {
  return fail(ErrorCode::invalid_input, "read the arguments", std::move(why), "see sluice compile --help");
}

Result<Options> parse(const std::vector<std::string>& arguments) {
  Options out;
  bool options_end = false;
  std::vector<std::string> files;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (options_end || argument.size() < 2 || argument.front() != '-') {
      files.push_back(argument);
    } else if (argument == "--") {
      options_end = true;
    } else if (argument == "--gas") {
      out.gas = wasm::Gas::counted;
    } else if (argument == "-h" || argument == "--help") {
      out.help = true;
      return out;
    } else if (argument.starts_with("--output=")) {
      out.output = argument.substr(9);
    } else if (argument.starts_with("-o") && argument.size() > 2) {
      out.output = argument.substr(2);
    } else if (argument == "-o" || argument == "--output") {
      if (i + 1 == arguments.size()) return wrong(argument + " needs a value");
      out.output = arguments[++i];
    } else {
      return wrong("there is no option " + argument);
    }
  }
  if (files.empty()) return wrong("no program is named");
  if (files.size() > 2 || (files.size() == 2 && !out.output.empty()))
    return wrong("more files than FILE and OUT");
  out.file = files.front();
  if (files.size() == 2) out.output = files.back();
  if (out.output.empty()) out.output = std::filesystem::path(out.file).replace_extension(".cwasm").string();
  return out;
}

std::unexpected<Error> cannot_write(const std::filesystem::path& path, const std::error_code& error) {
  const bool is_wrong = error == std::errc::is_a_directory || error == std::errc::not_a_directory;
  return fail(is_wrong ? ErrorCode::invalid_input : ErrorCode::unavailable, "write " + path.string(),
              error.message(), "name another file with -o");
}

// Where links lead to, whether or not something is there.
std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int links_max = 40;
  std::error_code none;
  for (int links = 0; links < links_max && std::filesystem::is_symlink(path, none); ++links) {
    path = path.parent_path() / std::filesystem::read_symlink(path, none);
  }
  return path;
}

// A device or a pipe stays what it is.
Status write_into(const std::filesystem::path& path, std::string_view bytes) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  const int error = file ? write_all(file.get(), bytes) : errno;
  if (error != 0) return cannot_write(path, {error, std::generic_category()});
  return {};
}

Status write_output(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code error;
  const auto there = std::filesystem::status(path, error);
  if (there.type() == std::filesystem::file_type::none) return cannot_write(path, error);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
    return write_into(path, bytes);
  return write_file_atomically(behind_links(path), bytes);
}

Status write(const Options& options, const wasm::Cache& cache) {
  std::error_code ignored;
  if (std::filesystem::equivalent(options.file, options.output, ignored)) {
    return fail(ErrorCode::invalid_input, "compile " + options.file, "the output would replace it",
                "name another file with -o");
  }
  const auto bytes = wasm::compile_program(options.file, options.gas, cache);
  if (!bytes) return std::unexpected(bytes.error());
  return write_output(options.output, *bytes);
}

int compile(const std::vector<std::string>& arguments) {
  const auto options = parse(arguments);
  if (!options) return report_program(options.error());
  if (options->help) return print_help(help);
  const std::filesystem::path folder = wasm::Cache::default_folder();
  if (folder.empty()) {
    return report_program({ErrorCode::unavailable, "compile " + options->file,
                           "there is no folder for the key to sign it with",
                           "name one in SLUICE_CACHE, or set HOME"});
  }
  const auto cache = wasm::Cache::open(folder);
  if (!cache) return report_program(cache.error());
  const Status written = write(*options, *cache);
  if (!written) return report_program(written.error());
  return exit_ok;
}

}  // namespace

int compile_command(const std::vector<std::string>& arguments) {
  int code = exit_failed;
  wasm::on_guest_stack([&] { code = compile(arguments); });
  return code;
}

}  // namespace sluice::cli
