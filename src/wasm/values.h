// Values and types to and from the engine.
#pragma once

#include "base/error.h"
#include "base/type.h"
#include "base/value.h"
#include "wasm/c_api.h"

namespace sluice::wasm {

// The form of a reflected type, or an error that names what links cannot carry (resources, futures, streams,
// maps).
[[nodiscard]] Result<Type> reflect(const wasmtime_component_valtype_t& type);

// Moves a value out of the engine: strings are copied, `from` stays the engine's. Safe on a fiber's stack:
// its depth is the type's.
[[nodiscard]] Value lift(const wasmtime_component_val_t& from, const Type& type);

// Bytes the host holds for the value. Stops counting soon after `enough`.
[[nodiscard]] std::size_t footprint_of(const wasmtime_component_val_t& value, std::size_t enough);

// Makes an engine value, which the caller owns (wasmtime_component_val_delete). Refuses a value that is not
// of the type and text that is not UTF-8, with the place.
[[nodiscard]] Result<wasmtime_component_val_t> lower(const Value& value, const Type& type);

}  // namespace sluice::wasm
