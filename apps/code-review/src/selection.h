// What of a pull request is reviewed, and an account of all that isn't.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diff.h"
#include "pulls.h"
#include "settings.h"

namespace review {

enum class Covered : std::uint8_t {
  reviewed,
  left_out,  // on purpose: an ignore rule or a limit of the settings
  empty,     // there are no lines to read: a renamed, a binary or an empty file
  unread,    // there are lines, but they did not come or could not be read
};

// "reviewed", "left-out", "empty", "unread".
[[nodiscard]] std::string_view name_of(Covered covered);

// One hunk, or a file without hunks.
struct Coverage {
  std::string file;
  std::string hunk;  // "@@ -1,2 +1,3 @@"; empty for a file as a whole
  Covered status = Covered::reviewed;
  std::string reason;  // a few words
  // Of a model, where one was wanted and the signals read the hunk: `reviewed`, `left_out` or `unread`.
  struct ByModel {
    Covered status = Covered::unread;
    std::string reason;
  };
  std::optional<ByModel> model;
};

// Facts about one file of the pull request, reviewed or not.
struct FileFacts {
  std::string path;
  std::string previous_path;
  FileStatus status = FileStatus::modified;
  std::uint32_t additions = 0;
  std::uint32_t deletions = 0;
  std::string left_out;            // why it isn't reviewed; empty where it is
  std::uint32_t change_index = 0;  // in `Change::files` where it is reviewed
};

struct Selection {
  Change change;                   // the files that are reviewed
  std::vector<FileFacts> files;    // all, in the order given
  std::vector<Coverage> coverage;  // every hunk and every file without one
  std::vector<Text> texts;         // what `change` points into
};

// Who listed the files. GitHub ends its list after 3,000 without saying so.
enum class Lister : std::uint8_t { github, local };

// Files come in the order of the list; the patches are kept, not copied.
[[nodiscard]] Selection select(const PullRequest& pull, std::vector<PullFile> files, const Settings& settings,
                               Lister lister);

}  // namespace review
