#include "wasm/trap.h"

#include <vector>

namespace sluice::wasm {

namespace {

// Names of the innermost functions of wasmtime's backtrace, e.g. "a ← b", up to three.
std::string where(std::string_view message) {
  std::string names;
  int found = 0;
  for (std::size_t at = message.find('!'); at != std::string_view::npos && found < 3;
       at = message.find('!', at + 1)) {
    const auto line_start = message.rfind('\n', at);
    const auto line_end = message.find('\n', at);
    if (line_start == std::string_view::npos) continue;
    if (message.substr(line_start, at - line_start).find(": 0x") == std::string_view::npos) continue;
    if (found++ > 0) names += " from ";
    names += message.substr(at + 1, line_end == std::string_view::npos ? line_end : line_end - at - 1);
  }
  return names;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

std::string first_cause(std::string message) {
  if (const auto end = message.find("\n\nStack backtrace"); end != std::string::npos) message.resize(end);
  std::string line;
  for (const char c : message) {
    if (c == '\n') {
      if (!line.empty() && line.back() != ' ') line += ' ';
    } else if (c != ' ' || line.empty() || line.back() != ' ') {
      line += c;
    }
  }
  return line;
}

std::string in_one_sentence(std::string message) {
  std::string text = first_cause(std::move(message));
  constexpr std::string_view between = " Caused by:";
  for (auto at = text.find(between); at != std::string::npos; at = text.find(between)) {
    text.replace(at, between.size(), ":");
    // Several causes are numbered.
    if (!text.substr(at + 1).starts_with(" 0: ")) continue;
    text.erase(at + 1, 3);
    for (int number = 1; at != std::string::npos; ++number) {
      const std::string mark = " " + std::to_string(number) + ": ";
      at = text.find(mark, at);
      if (at != std::string::npos) text.replace(at, mark.size(), ": ");
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string cause_of(std::string_view message) {
  if (const auto at = message.rfind("Caused by:"); at != std::string_view::npos)
    message.remove_prefix(at + 10);
  std::string line;
  for (const char c : message.substr(0, 2'000)) {
    const bool space = c == '\n' || c == ' ' || c == '\t';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

Error explain_trap(std::string what, std::string_view message, const Limits& limits) {
  std::string why = cause_of(message);
  const std::string place = where(message);
  if (!place.empty()) why += ", in " + place;
  const std::string memory = std::to_string(limits.memory_mib) + " MiB (limit memory-mib)";
  if (contains(message, "call stack exhausted")) {
    return {ErrorCode::limit, std::move(what), "its stack is full: 128 KiB (limit stack); " + why,
            "look for endless recursion"};
  }
  if (contains(message, "memory minimum size") || contains(message, "exceeds memory limit")) {
    return {ErrorCode::limit, std::move(what), "it wants more memory than " + memory + "; " + why,
            "raise memory-mib in its limits"};
  }
  if (contains(message, "resource limit exceeded") || contains(message, "limit exceeded") ||
      contains(message, "maximum concurrent")) {
    return {ErrorCode::limit, std::move(what), why, {}};
  }
  if (contains(message, "unreachable")) {
    return {ErrorCode::trap, std::move(what), why,
            "a guest that is out of memory ends like this too: it may have " + memory};
  }
  return {ErrorCode::trap, std::move(what), why, {}};
}

}  // namespace sluice::wasm
