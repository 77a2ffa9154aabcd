// What of a file's functions, types and sections a change adds, removes and touches.
#pragma once

#include <string>
#include <vector>

#include "diff.h"

namespace review {

struct SignatureChange {
  std::string name;
  std::string before;  // the line that defines it, white space squeezed
  std::string after;
};

// Names as they are shown: functions end in "()". Each in the order of the file and once; bounded, so that a
// huge file stays cheap.
struct Symbols {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> touched;  // the definition stays as it is, lines within it change
  std::vector<SignatureChange> signatures;
};

[[nodiscard]] Symbols symbols_of(const FileChange& file);

}  // namespace review
