#include <cxxabi.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "wasm/run_parts.h"
#include "wasm/trap.h"

namespace sluice::wasm {

namespace {

constexpr std::size_t name_bytes_max = 200;

// A name as the guest has it, but safe to print, and no endless template.
std::string shown(std::string_view name) {
  return printable(name.substr(0, name_bytes_max)) + (name.size() > name_bytes_max ? "…" : "");
}

std::string function_name(const wasm_frame_t* frame) {
  const wasm_name_t* given = wasmtime_frame_func_name(frame);
  if (given == nullptr) return "function " + std::to_string(wasm_frame_func_index(frame));
  const std::string name(given->data, given->size);
  // Anything would read as the name of a type.
  if (!name.starts_with("_Z")) return shown(name);
  int status = 0;
  const std::unique_ptr<char, Deleter<std::free>> readable(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status));
  return shown(status == 0 && readable ? readable.get() : name);
}

std::string frame_line(const wasm_frame_t* frame) {
  const wasm_name_t* module = wasmtime_frame_module_name(frame);
  std::string place = module == nullptr ? "" : shown({module->data, module->size});
  // A function that finds the stack full as it begins has no offset.
  if (const std::size_t offset = wasm_frame_module_offset(frame); offset != std::string::npos) {
    std::array<char, 20> text{};
    std::snprintf(text.data(), text.size(), "0x%zx", offset);
    place.append(place.empty() ? "" : " ").append(text.data());
  }
  return "\n    at " + function_name(frame) + (place.empty() ? "" : " (" + place + ")");
}

bool same_place(const wasm_frame_t* a, const wasm_frame_t* b) {
  return wasm_frame_module_offset(a) == wasm_frame_module_offset(b) &&
         wasm_frame_func_index(a) == wasm_frame_func_index(b);
}

// The innermost calls, as many as the engine remembers (20).
std::string backtrace(const Stop& stop) {
  FrameVec frames;
  if (stop.trap) {
    wasm_trap_trace(stop.trap.get(), &frames);
  } else {
    wasmtime_error_wasm_trace(stop.error.get(), &frames);
  }
  std::vector<std::pair<std::size_t, std::size_t>> places;  // the first frame, and how many are like it
  for (std::size_t i = 0; i < frames.size; ++i) {
    if (!places.empty() && same_place(frames.data[i - 1], frames.data[i])) {
      ++places.back().second;
    } else {
      places.emplace_back(i, 1);
    }
  }
  std::string text;
  for (const auto& [first, times] : places) {
    text += frame_line(frames.data[first]);
    if (times > 1) text += ", " + std::to_string(times) + " times";
  }
  return text;
}

// "out of bounds memory access: memory fault at …" of the engine's two lines.
std::string cause_in_order(std::string_view text) {
  std::string cause = cause_of(text);
  constexpr std::string_view mark = "wasm trap: ";
  const auto at = cause.find(mark);
  if (at == std::string::npos) return cause;
  std::string kind = cause.substr(at + mark.size());
  constexpr std::string_view first = "0: ";
  constexpr std::string_view second = " 1: ";
  if (!cause.starts_with(first) || at < first.size() + second.size()) return kind;
  return kind + ": " + cause.substr(first.size(), at - first.size() - second.size());
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

bool names_memory_limit(std::string_view text) {
  return contains(text, "memory minimum size") || contains(text, "exceeds memory limit");
}

// The last lines: which limit it was, or may have been.
std::string hint(std::string_view text, const RunOptions& options,
                 std::optional<std::uint64_t> memory_pages) {
  if (contains(text, "call stack exhausted")) return "its stack is full: look for endless recursion";
  if (!options.memory_pages_max) return {};
  if (names_memory_limit(text)) {
    return "it may have " + pages(*options.memory_pages_max) + ": raise --memory-page-limit";
  }
  if (!memory_pages) return {};
  return "its memory had " + pages(*memory_pages) + ", and may have " +
         std::to_string(*options.memory_pages_max) + " (--memory-page-limit)";
}

}  // namespace

bool is_memory_limit(const Stop& stop, const RunOptions& options) {
  return options.memory_pages_max && names_memory_limit(text_of(stop));
}

Error cannot_start(const Program& program, ErrorPtr error, std::string_view given) {
  std::string why = in_one_sentence(message_of(std::move(error)));
  std::string what = "run " + program.name;
  if (contains(why, "mmap failed to reserve")) {
    return {ErrorCode::unavailable, std::move(what), std::move(why),
            "each memory of a program takes 4 GiB of addresses, used or not: allow more (ulimit -v)"};
  }
  constexpr std::string_view before = "component imports instance `";
  constexpr std::string_view after = "`, but a matching implementation was not found in the linker";
  if (const auto end = why.find(after); why.starts_with(before) && end != std::string::npos) {
    why.erase(end, after.size()).replace(0, before.size(), "nothing here answers its import of ");
  }
  return {ErrorCode::invalid_input, std::move(what), std::move(why), std::string(given)};
}

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
  std::string message =
      printable(program.name) + " trapped: " + printable(cause_in_order(text)) + backtrace(stop);
  if (const std::string last = hint(text, options, memory_pages); !last.empty()) message += "\n    " + last;
  return {exit_trapped, std::move(message)};
}

}  // namespace sluice::wasm
