// The parts that functions, integrations and triggers of a manifest have in common.
#pragma once

#include <optional>
#include <vector>

#include "flow/manifest.h"
#include "flow/toml_table.h"

namespace sluice::flow {

// `links`, `config` and `limits` of the table `owner`; what is absent is left empty.
[[nodiscard]] std::vector<Link> read_links(TomlTable& owner);
[[nodiscard]] Config read_config(TomlTable& owner);
[[nodiscard]] Limits read_limits(TomlTable& owner);

// `{ env = … }` or `{ file = … }`; other keys of the table are left to the caller. `why` says what must be
// there.
[[nodiscard]] std::optional<SecretSource> read_secret_source(TomlTable& table);

// What no single value shows: links that lead nowhere, triggers without function, cycles, names used twice.
void cross_check(const Manifest& manifest, Problems& problems);

}  // namespace sluice::flow
