#include "wasm/docs.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace sluice::wasm {

namespace {

// Unsigned LEB128 (WebAssembly core specification, 5.2.2), or nothing when cut off or too long.
std::optional<std::uint32_t> read_leb(std::string_view bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes[at++]);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return static_cast<std::uint32_t>(value);
  }
  return std::nullopt;
}

std::string text_of(const nlohmann::json& item) {
  const auto docs = item.is_object() ? item.find("docs") : item.end();
  return docs != item.end() && docs->is_string() ? docs->get<std::string>() : std::string();
}

void add_from(std::string_view section, std::vector<InterfaceType>& interfaces) {
  if (section.empty() || section[0] != 1) return;
  const auto json = nlohmann::json::parse(section.substr(1), nullptr, false);
  if (!json.is_object()) return;
  for (InterfaceType& interface : interfaces) {
    const auto found = json.find(interface.name);
    if (found == json.end() || !found->is_object()) continue;
    const auto functions = found->find("funcs");
    if (functions == found->end() || !functions->is_object()) continue;
    for (FunctionType& function : interface.functions) {
      if (const auto docs = functions->find(function.name); docs != functions->end())
        function.docs = text_of(*docs);
    }
  }
}

}  // namespace

void add_docs(std::string_view component, std::vector<InterfaceType>& interfaces) {
  std::size_t at = 8;
  while (at < component.size()) {
    const auto id = static_cast<std::uint8_t>(component[at++]);
    const auto size = read_leb(component, at);
    if (!size || *size > component.size() - at) return;
    const std::string_view section = component.substr(at, *size);
    at += *size;
    if (id != 0) continue;
    std::size_t inner = 0;
    const auto name_size = read_leb(section, inner);
    if (!name_size || *name_size > section.size() - inner) continue;
    if (section.substr(inner, *name_size) == "interface-docs")
      add_from(section.substr(inner + *name_size), interfaces);
  }
}

}  // namespace sluice::wasm
