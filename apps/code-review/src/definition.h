// Functions and types that a line of code defines, judged by that line alone.
//
// A heuristic of names and shapes, good enough to say what a change touches; nothing is decided by it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "language.h"

namespace review {

struct Definition {
  enum class Kind : std::uint8_t { function, type, macro, section };

  Kind kind = Kind::function;
  std::string_view name;  // within the line: "Parser::next", "heading of a document"
};

// For a line of code, a line of markup (headings are sections), or what git writes after the second `@@`.
[[nodiscard]] std::optional<Definition> definition_in(Language language, std::string_view line);

// For a line of a file of that name: in headers of C and C++ declarations within types count too.
[[nodiscard]] std::optional<Definition> definition_in_file(std::string_view path, Language language,
                                                           std::string_view line);

// Whether the line is nothing but a comment (or a part of one), or empty.
[[nodiscard]] bool is_comment_or_blank(Language language, std::string_view line);

// Whether a line without indentation closes the function or type before it.
[[nodiscard]] bool ends_definition(Language language, std::string_view line);

}  // namespace review
