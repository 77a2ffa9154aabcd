#include "escape.h"

#include <cstddef>

#include "text.h"

namespace review {
namespace {

// Keeps a mark from being read together with what follows; shown as nothing.
constexpr std::string_view zero_width_space = "\u200B";

bool is_hidden(char32_t c) {
  return (c < 0x20 && c != '\t') || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F && c != 0x200D) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

void append_code_point(std::string& out, char32_t code) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out += "⟨U+";
  bool significant = false;
  for (int shift = 20; shift >= 0; shift -= 4) {
    const std::size_t digit = (code >> static_cast<unsigned>(shift)) & 0xFU;
    significant = significant || digit != 0 || shift <= 12;
    if (significant) out += digits[digit];
  }
  out += "⟩";
}

void append_html(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += c;
  }
}

// Code that a bot which reads raw comments could take for a command or a mention.
bool looks_like_command(std::string_view text) {
  if (trim(text).starts_with('/')) return true;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '@' && is_alnum(text[i + 1])) return true;
    if (text[i] == '#' && is_digit(text[i + 1])) return true;
    if (text[i] == '<' && text[i + 1] == '!') return true;
  }
  return false;
}

// HTML's way of writing code: every mark as a number, so that the raw text holds no mention, command or
// Markdown, while what is shown and copied is the code itself.
void append_entities(std::string& out, std::string_view code) {
  for (const char c : code) {
    if (static_cast<unsigned char>(c) >= 0x80 || is_alnum(c) || c == ' ' || c == '\t' || c == '\n') {
      out += c;
    } else {
      append(out, "&#", static_cast<unsigned>(c), ';');
    }
  }
}

std::string fence_for(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = run > longest ? run : longest;
  }
  return std::string(longest < 3 ? 3 : longest + 1, '`');
}

bool ends_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

void append_plain_markdown(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char before = i > 0 ? text[i - 1] : ' ';
    const char after = i + 1 < text.size() ? text[i + 1] : ' ';
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\\':
      case '`':
      case '*':
      case '[':
      case ']':
      case '|':
      case '~':
      case '$':
        append(out, '\\', c);
        break;
      case '_':
        append(out, is_alnum(before) && is_alnum(after) ? "" : "\\", c);
        break;
      // People and teams, mail addresses; issues; links of their own accord ("https://x", "www.x").
      case '@':
      case '#':
        append(out, c, zero_width_space);
        break;
      case ':':
        append(out, c, after == '/' ? zero_width_space : std::string_view());
        break;
      case '.':
        append(out, ends_ignoring_case(text.substr(0, i), "www") ? zero_width_space : std::string_view(), c);
        break;
      // "GH-12" is an issue too; "/command" only at the start of a line, where this text may stand.
      case '-': {
        const bool issue = is_digit(after) && ends_ignoring_case(text.substr(0, i), "gh");
        append(out, issue ? zero_width_space : std::string_view(), c);
        break;
      }
      case '/':
        append(out, c, i == 0 ? zero_width_space : std::string_view());
        break;
      default:
        out += c;
    }
  }
}

// Calls `plain` and `code` for the parts of `text` outside and inside of pairs of backticks.
template <class Plain, class Code>
void split_code(std::string_view text, Plain plain, Code code) {
  while (true) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos || close == open + 1) break;
    plain(text.substr(0, open));
    code(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  plain(text);
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = decode_character(text);
    if (c.code == '\n' || c.code == '\r') {
      out += ' ';
    } else if (is_hidden(c.code)) {
      append_code_point(out, c.code);
    } else if (c.code == 0xFFFD) {
      out += "\uFFFD";
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string markdown_prose(std::string_view text) {
  const std::string shown = visible(text);
  std::string out;
  split_code(
      shown, [&](std::string_view plain) { append_plain_markdown(out, plain); },
      [&](std::string_view code) { out += markdown_code(code); });
  return out;
}

std::string markdown_code(std::string_view text) {
  const std::string shown = visible(text);
  if (shown.empty()) return "<code></code>";
  const bool spaced = is_space(shown.front()) || is_space(shown.back());
  if (!spaced && shown.find('`') == std::string::npos && shown.find('|') == std::string::npos &&
      !looks_like_command(shown)) {
    return concat('`', shown, '`');
  }
  std::string out = "<code>";
  append_entities(out, shown);
  out += "</code>";
  return out;
}

std::string markdown_diff(std::span<const std::string> lines) {
  std::string text;
  bool command = false;
  for (const std::string& line : lines) {
    const std::string shown = visible(line);
    command = command || looks_like_command(shown);
    append(text, shown, '\n');
  }
  if (!command) {
    const std::string fence = fence_for(text);
    return concat(fence, "diff\n", text, fence, '\n');
  }
  std::string out = "<pre lang=\"diff\">\n";
  append_entities(out, text);
  out += "</pre>\n";
  return out;
}

std::string html_text(std::string_view text) {
  const std::string shown = visible(text);
  std::string out;
  out.reserve(shown.size());
  for (const char c : shown) append_html(out, c);
  return out;
}

std::string html_prose(std::string_view text) {
  std::string out;
  split_code(
      text, [&](std::string_view plain) { out += html_text(plain); },
      [&](std::string_view code) { append(out, "<code>", html_text(code), "</code>"); });
  return out;
}

std::string uri_path(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    if (is_alnum(c) || c == '/' || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      append(out, '%', digits[byte >> 4U], digits[byte & 0xFU]);
    }
  }
  return out;
}

}  // namespace review
