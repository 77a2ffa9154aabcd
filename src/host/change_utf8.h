// Makes a change into UTF-8, which is all that guests can be given.
#pragma once

#include <cstddef>
#include <vector>

#include "host/local_change.h"

namespace sluice::host {

// What is not UTF-8 in names and patches becomes U+FFFD. Files whose names would then be equal are told apart
// by a number. Returns the number of places that were replaced.
std::size_t make_utf8(std::vector<ChangedFile>& files);

}  // namespace sluice::host
