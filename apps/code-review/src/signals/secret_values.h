// Keys and passwords in a line of text, as far as its form and the names beside them tell.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "diff.h"

namespace review::signals {

// What counts in a file. Each holds what the one before it holds.
enum class SecretForms : std::uint8_t {
  certain,   // tokens that nothing else looks like: tests and documentation hold made-up passwords
  quoted,    // also private keys, passwords in URLs, and quoted values with a secret's name
  unquoted,  // also values without quotes, as files of settings have them
};

[[nodiscard]] SecretForms secret_forms_of(const FileChange& file);

// In no order; parts of `text`. Of a private key it is the line that opens it.
[[nodiscard]] std::vector<std::string_view> secrets_in(std::string_view text, SecretForms forms);

// Whether a private key begins, or ends, in this line.
[[nodiscard]] bool opens_private_key(std::string_view text);
[[nodiscard]] bool closes_private_key(std::string_view text);

}  // namespace review::signals
