// For tests of this layer.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "wasm/c_api.h"

namespace sluice::wasm {

// The binary form of a component or module in text form; a text that is wrong throws std::invalid_argument.
inline std::string to_binary(std::string_view wat) {
  wasm_byte_vec_t bytes;
  if (ErrorPtr error{wasmtime_wat2wasm(wat.data(), wat.size(), &bytes)}) {
    throw std::invalid_argument(message_of(std::move(error)));
  }
  std::string binary(bytes.data, bytes.size);
  wasm_byte_vec_delete(&bytes);
  return binary;
}

}  // namespace sluice::wasm
