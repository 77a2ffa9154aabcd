// Which functions a change begins and ceases to call.
#pragma once

#include <string>
#include <vector>

#include "diff.h"

namespace review {

// Names as shown ("strlcpy()"), in the order of the file, once each; bounded. Only names that the other side
// of the change, the lines around it included, doesn't call; names that the change itself defines are left
// out.
struct Calls {
  std::vector<std::string> begun;
  std::vector<std::string> ceased;
};

// Nothing for files that aren't code.
[[nodiscard]] Calls calls_of(const FileChange& file);

}  // namespace review
