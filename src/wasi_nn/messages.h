// WASI-NN answers with a number alone; what it was is told to whoever runs the program.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "nn/language_model.h"
#include "wasi_nn/errno.h"

namespace sluice::wasi_nn {

// One line, without its end. Called on the guest's thread.
using Tell = std::function<void(std::string_view)>;

// Writes where the guest's own standard output goes, for it. Called on its thread.
using Print = std::function<void(std::string_view)>;

// Tells why, and gives the number.
[[nodiscard]] inline Errno refuse(const Tell& tell, Errno number, std::string_view why) {
  if (tell) tell(why);
  return number;
}
[[nodiscard]] inline Errno refuse(const Tell& tell, const Error& error) {
  return refuse(tell, nn::is_busy(error) ? Errno::busy : errno_of(error.code), error.to_string());
}

}  // namespace sluice::wasi_nn
