// The imports and exports of a component, read from the compiled form.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/type.h"
#include "wasm/c_api.h"

namespace sluice::wasm {

struct Signature {
  std::vector<InterfaceType> imports;
  std::vector<InterfaceType> exports;
};

// Functions that stand directly in the world (not in an interface) are refused, except that plain functions
// are not used by Sluice: every contract is an interface.
[[nodiscard]] Result<Signature> reflect_signature(const wasm_engine_t* engine,
                                                  const wasmtime_component_t* component);

}  // namespace sluice::wasm
