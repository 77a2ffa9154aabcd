// The one error type of Sluice, and Result<T> that carries it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

// What kind of failure it is, for exit codes, HTTP statuses and retries. Texts are for people.
enum class ErrorCode : std::uint8_t {
  invalid_input,  // what was given is wrong: fix it and try again
  not_found,      // what was named does not exist
  refused,        // not granted by policy
  limit,          // a named limit was passed
  timeout,        // took longer than allowed
  unavailable,    // something outside did not answer; trying later may help
  trap,           // a guest broke down
  cancelled,      // stopped on request
  corrupt,        // stored data failed a check
  internal,       // a defect of Sluice
};

// A failure a caller can expect: what was tried on what, why it failed, and what to do about it (may be
// empty).
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string what;
  std::string why;
  std::string todo;

  // "what: why; todo" with empty parts left out.
  [[nodiscard]] std::string to_string() const;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// Shorthand for `return fail(ErrorCode::limit, "compile x.wasm", "…", "…");`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string what, std::string why,
                                                 std::string todo = {}) {
  return std::unexpected(Error{code, std::move(what), std::move(why), std::move(todo)});
}

// Stable lower-case name of a code, e.g. "invalid-input".
[[nodiscard]] std::string_view name_of(ErrorCode code);

}  // namespace sluice
