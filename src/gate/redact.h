// Cuts the texts of secrets from whatever is kept or shown: records, logs, errors, answers of servers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gate/secrets.h"
#include "gate/wiped.h"

namespace sluice::gate {

// Finds secrets as they are, and in base64 (standard and URL alphabet, at any alignment, so also within a
// longer encoded text, wrapped over lines or not), hexadecimal, percent-encoding, JSON's and HTML's escapes,
// and two layers of the escapes. It is a net and not a proof: a text that is encrypted, compressed, reversed
// or cut into pieces passes.
//
// Not changed once made, so threads may share it. A text of 1 MiB takes about a millisecond; without secrets,
// nothing.
class Redactor {
 public:
  struct Named {
    std::string name;        // shown in place of the text: `[secret:NAME]`
    const SecretText* text;  // needed by the constructor alone
  };

  // Cuts nothing.
  Redactor() = default;
  explicit Redactor(std::span<const Named> secrets);

  // `text` with each place that holds a secret replaced by `[secret:NAME]`.
  [[nodiscard]] std::string cut(std::string text) const;
  [[nodiscard]] bool finds(std::string_view text) const;

 private:
  // A form of a secret. Base64 leaves some bits of the first and last bytes in characters that depend on
  // their neighbours: those are not searched for, but cut with the rest.
  struct Pattern {
    WipedBytes bytes;
    std::size_t secret = 0;  // index in labels_
    bool loose_before = false;
    bool loose_after = false;
  };
  // A place in a text that holds a secret.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t secret = 0;
  };

  void add_patterns(std::string_view secret, std::size_t index);
  void add_pattern(Pattern pattern);
  void index_patterns();
  // Everything that stands in `text` as it is.
  void search(std::string_view text, std::vector<Range>& found) const;
  // Also what stands in it escaped. The ranges are sorted and do not overlap.
  [[nodiscard]] std::vector<Range> search_all(std::string_view text) const;

  std::vector<std::string> labels_;
  std::vector<Pattern> patterns_;
  // Wu and Manber, "A fast algorithm for multi-pattern searching" (1994): how far a window may move on, by
  // the last two bytes in it; where it may not, the patterns to compare (from bucket_starts_[key] to the
  // next), by those bytes.
  std::size_t window_ = 0;
  std::vector<std::uint8_t> shifts_;
  std::vector<std::uint32_t> bucket_starts_;
  std::vector<std::uint32_t> buckets_;
};

}  // namespace sluice::gate
