// Doc comments of WIT functions, which a component does not carry by itself: the SDK's build adds them as a
// custom section named `interface-docs`.
#pragma once

#include <string_view>
#include <vector>

#include "base/type.h"

namespace sluice::wasm {

// Fills `docs` of the functions that the section describes. Format, version 1: a byte 1, then JSON
// {"ns:package/interface@version": {"funcs": {NAME: {"docs": text}}}}. What cannot be read is left out: docs
// are never needed to run.
void add_docs(std::string_view component, std::vector<InterfaceType>& interfaces);

}  // namespace sluice::wasm
