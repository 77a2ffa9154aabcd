// Text from outside (titles, paths, code, later a model's words) made harmless for where it is shown.
//
// In a comment on GitHub such text must not mention people, close issues, give commands to other bots, show
// images, link anywhere or change the comment's structure; in a terminal it must not send control sequences.
// Rendering and mention rules: GitHub Flavored Markdown, and GitHub's "Basic writing and formatting syntax".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace review {

// One line: control characters, marks that reorder or hide text (bidirectional overrides, zero width) and
// bytes that are no UTF-8 are written out as ⟨U+202E⟩; line ends become spaces; tabs stay.
[[nodiscard]] std::string visible(std::string_view text);

// Sentences for Markdown. Pairs of backticks make code; all else is plain text.
[[nodiscard]] std::string markdown_prose(std::string_view text);

// A name or path as code within a line of Markdown.
[[nodiscard]] std::string markdown_code(std::string_view text);

// Lines of a diff, each with its mark in front, as a block of code of its own that ends with a newline.
[[nodiscard]] std::string markdown_diff(std::span<const std::string> lines);

// For the text and the quoted attributes of HTML.
[[nodiscard]] std::string html_text(std::string_view text);

// Sentences for HTML: as `html_text`, with pairs of backticks as <code>.
[[nodiscard]] std::string html_prose(std::string_view text);

// A relative path as a URI reference (RFC 3986): all but unreserved characters and slashes is
// percent-encoded.
[[nodiscard]] std::string uri_path(std::string_view path);

}  // namespace review
