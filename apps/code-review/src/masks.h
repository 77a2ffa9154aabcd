// What reports must not show: the secrets that `secret-added` named. A report is kept and mailed on; the
// secret's text need not be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "anchor.h"
#include "diff.h"

namespace review {

// A line's text with the first characters left of every quoted text, and of every long word with a digit.
[[nodiscard]] std::string mask_line(std::string_view text);

// Texts and what stands in their place.
class Masks {
 public:
  // Of the lines that secret-added named in `risks`, and of the secrets in all lines of the change. None
  // where it named none.
  [[nodiscard]] static Masks of(const Change& change, const std::vector<Risk>& risks);

  // `text` with all of them masked, wherever they stand in it, also where only their first part stands before
  // an ellipsis.
  [[nodiscard]] std::string hide(std::string_view text) const;

 private:
  struct Mask {
    std::string from;
    std::string to;
  };

  void add(std::string_view from, std::string to);
  void add_secret(std::string_view secret);
  void add_secrets_of(const FileChange& file);
  // The long words of a line inside a private key.
  void add_key_material(std::string_view line);
  void sort();
  // Those with which `text` begins, the longest first, and whose first part is `text`.
  [[nodiscard]] const Mask* at_front(std::string_view text) const;
  [[nodiscard]] const Mask* begun_by(std::string_view text) const;

  std::vector<Mask> masks_;  // sorted by `from`, each once
};

}  // namespace review
