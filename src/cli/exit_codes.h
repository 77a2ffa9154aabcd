// What `sluice` exits with.
#pragma once

namespace sluice::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_found =
    1;  // review: something at or above --fail-on; check: warnings, with --strict
inline constexpr int exit_usage = 2;   // wrong arguments or input
inline constexpr int exit_failed = 3;  // it could not be done

}  // namespace sluice::cli
