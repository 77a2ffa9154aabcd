// Path patterns of the ignore rules, in the manner of .gitignore.
#pragma once

#include <string_view>

namespace review {

// Whether `pattern` names `path` (relative, with `/`) or a folder that it lies in.
//
// `*` is any run within a part of the path, `?` one character of it, `**` any number of parts. A pattern
// without a slash (but for one at its end) names a part at any depth: `*.lock`, `vendor/`. One at the end
// names folders only. Letter case counts. The time is bounded by the product of both lengths.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace review
