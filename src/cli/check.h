// The forms in which `sluice check` prints who can reach what.
#pragma once

#include <string>

#include "flow/problem.h"
#include "flow/reach.h"

namespace sluice::cli {

// For people. Control characters from the manifest are shown escaped, so that they can't play with a
// terminal.
[[nodiscard]] std::string reach_as_text(const flow::Reach& reach);

// docs/check-format.md. Indented, with a line end.
[[nodiscard]] std::string reach_as_json(const flow::Reach& reach);
[[nodiscard]] std::string problems_as_json(const flow::Problems& problems);

// A directed graph for Graphviz: triggers, functions, integrations, models, capabilities of the host,
// places on the network.
[[nodiscard]] std::string reach_as_dot(const flow::Reach& reach);

}  // namespace sluice::cli
