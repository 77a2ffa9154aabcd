// Failures as values, and the border where nothing is thrown across.
#pragma once

#include <cstdint>
#include <exception>
#include <expected>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "sluice/nn_backend.h"

namespace sluice::backend {

struct Failed {
  sluice_nn_status status = SLUICE_NN_BROKEN;
  std::string text;  // for people: what, why, what to do
};

template <typename T>
using Result = std::expected<T, Failed>;

inline std::unexpected<Failed> failed(sluice_nn_status status, std::string text) {
  return std::unexpected(Failed{status, std::move(text)});
}

// Writes as much of the text as there is room for; `error` may be null. The status, to return.
sluice_nn_status report(const Failed& failure, sluice_nn_error* error) noexcept;

// Runs `work`, a function that returns Result<void>, and turns whatever it throws into a status.
template <typename Work>
sluice_nn_status guarded(sluice_nn_error* error, Work&& work) noexcept {
  try {
    Result<void> result = std::forward<Work>(work)();
    return result ? SLUICE_NN_OK : report(result.error(), error);
  } catch (const std::bad_alloc&) {
    return report({SLUICE_NN_NO_MEMORY, "there is no memory left for this"}, error);
  } catch (const std::exception& problem) {
    return report({SLUICE_NN_BROKEN, problem.what()}, error);
  } catch (...) {
    return report({SLUICE_NN_BROKEN, "something was thrown that is no exception"}, error);
  }
}

// The same for functions without a status: what `work` returns, or `otherwise` if it throws.
template <typename Work, typename Value>
Value shielded(Value otherwise, Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    return otherwise;
  }
}

inline std::string_view view(sluice_nn_text text) {
  return {text.data == nullptr ? "" : text.data, text.size};
}

// "12.3 MiB", for messages.
std::string mebibytes(std::uint64_t bytes);

}  // namespace sluice::backend
