#include <cxxabi.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "wasm/run_parts.h"
#include "wasm/trap.h"

namespace sluice::wasm {

namespace {

// Of a longer backtrace the innermost and the outermost frames are shown.
constexpr std::size_t frames_inner_max = 20;
constexpr std::size_t frames_outer_max = 5;
constexpr std::size_t name_bytes_max = 200;

// A name as the guest has it, safe to print: no control characters, no endless templates.
std::string printable(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size() && out.size() < name_bytes_max; ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const bool c1 = byte == 0xC2 && i + 1 < name.size() && static_cast<unsigned char>(name[i + 1]) < 0xA0;
    out += byte < 0x20 || byte == 0x7F || c1 ? '?' : name[i];
  }
  if (out.size() < name.size()) out += "…";
  return out;
}

std::string function_name(const wasm_frame_t* frame) {
  const wasm_name_t* given = wasmtime_frame_func_name(frame);
  if (given == nullptr) return "function " + std::to_string(wasm_frame_func_index(frame));
  const std::string name(given->data, given->size);
  int status = 0;
  const std::unique_ptr<char, Deleter<std::free>> readable(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status));
  return printable(status == 0 && readable ? readable.get() : name);
}

std::string frame_line(const wasm_frame_t* frame) {
  const wasm_name_t* module = wasmtime_frame_module_name(frame);
  std::array<char, 20> offset{};
  std::snprintf(offset.data(), offset.size(), "0x%zx", wasm_frame_module_offset(frame));
  std::string line = "\n    at " + function_name(frame) + " (";
  if (module != nullptr) line += printable({module->data, module->size}) + " ";
  return line + offset.data() + ")";
}

std::string backtrace(const Stop& stop) {
  FrameVec frames;
  if (stop.trap) {
    wasm_trap_trace(stop.trap.get(), &frames);
  } else {
    wasmtime_error_wasm_trace(stop.error.get(), &frames);
  }
  std::string text;
  for (std::size_t i = 0; i < frames.size; ++i) {
    if (i == frames_inner_max && frames.size > frames_inner_max + frames_outer_max) {
      const std::size_t left_out = frames.size - frames_inner_max - frames_outer_max;
      text += "\n    … " + std::to_string(left_out) + " more";
      i += left_out;
    }
    text += frame_line(frames.data[i]);
  }
  return text;
}

std::string text_of(const Stop& stop) {
  ByteVec text;
  if (stop.trap) {
    wasm_trap_message(stop.trap.get(), &text);
  } else {
    wasmtime_error_message(stop.error.get(), &text);
  }
  std::string copy(text.data, text.size);
  while (!copy.empty() && copy.back() == '\0') copy.pop_back();
  return copy;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string pages(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " page" : " pages") + " of 64 KiB";
}

// The last lines: which limit it was, or may have been.
std::string hint(std::string_view text, const RunOptions& options,
                 std::optional<std::uint64_t> memory_pages) {
  if (contains(text, "call stack exhausted")) return "its stack is full: look for endless recursion";
  if (!options.memory_pages_max) return {};
  if (contains(text, "memory minimum size") || contains(text, "exceeds memory limit")) {
    return "it may have " + pages(*options.memory_pages_max) + ": raise --memory-page-limit";
  }
  if (!memory_pages) return {};
  return "its memory had " + pages(*memory_pages) + ", and may have " +
         std::to_string(*options.memory_pages_max) + " (--memory-page-limit)";
}

}  // namespace

RunOutcome explain_stop(const Stop& stop, const Program& program, const RunOptions& options,
                        std::optional<std::uint64_t> memory_pages) {
  int status = 0;
  if (stop.error && wasmtime_error_exit_status(stop.error.get(), &status)) return {status, {}};
  const std::string text = text_of(stop);
  if (contains(text, "all fuel consumed") && options.gas_max) {
    return {exit_trapped, printable(program.name) + " was stopped: it ran " +
                              std::to_string(*options.gas_max) + " instructions, its limit (--gas-limit)" +
                              backtrace(stop)};
  }
  std::string cause = cause_of(text);
  if (constexpr std::string_view known = "wasm trap: "; cause.starts_with(known))
    cause.erase(0, known.size());
  std::string message = printable(program.name) + " trapped: " + cause + backtrace(stop);
  if (const std::string last = hint(text, options, memory_pages); !last.empty()) message += "\n    " + last;
  return {exit_trapped, std::move(message)};
}

}  // namespace sluice::wasm
