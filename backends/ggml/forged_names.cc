#include "forged_names.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/schema.h"
#include "vocabulary.h"

namespace sluice::backends::ggml {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t private_first = 0xE000;
constexpr std::uint32_t private_last = 0xF8FF;
constexpr std::string_view spaces = " \t\n\v\f\r";

std::string utf8(std::uint32_t three_bytes) {
  return {static_cast<char>(0xE0U | (three_bytes >> 12U)),
          static_cast<char>(0x80U | ((three_bytes >> 6U) & 0x3FU)),
          static_cast<char>(0x80U | (three_bytes & 0x3FU))};
}

// As JSON of ASCII alone has it.
std::string escaped(std::string_view mark) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(mark[i]));
  };
  const std::uint32_t code = ((byte(0) & 0xFU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
  std::string text = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    text += "0123456789abcdef"[(code >> static_cast<unsigned>(shift)) & 0xFU];
  return text;
}

// Where the first character of a text ends.
std::size_t first_character(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return end;
}

void find_private(std::string_view text, std::set<std::string, std::less<>>& found) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first == 0xEE || first == 0xEF) found.emplace(text.substr(i, 3));
    if (text[i] != '\\' || text[i + 1] != 'u' || i + 6 > text.size()) continue;
    std::string digits(text.substr(i, 6));
    std::ranges::transform(digits, digits.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    found.insert(std::move(digits));
  }
}

std::vector<std::int32_t> tokens_of(const llama_vocab* vocab, std::string_view text, bool special) {
  std::vector<std::int32_t> tokens(text.size() + 8);
  const std::int64_t count =
      tokenize(vocab, text, /*add_special=*/false, special, tokens.data(), tokens.size());
  tokens.resize(std::min(tokens.size(), static_cast<std::size_t>(std::max<std::int64_t>(count, 0))));
  return tokens;
}

// The prompt, and where in it the marks were.
std::vector<std::size_t> take_marks(std::string_view marked, std::string_view mark, std::string& prompt) {
  std::vector<std::size_t> places;
  const std::string other = escaped(mark);
  for (std::size_t i = 0; i < marked.size();) {
    const std::string_view rest = marked.substr(i);
    const std::size_t taken = rest.starts_with(mark)    ? mark.size()
                              : rest.starts_with(other) ? other.size()
                                                        : 0;
    if (taken == 0) {
      prompt += marked[i++];
      continue;
    }
    places.push_back(prompt.size());
    i += taken;
  }
  return places;
}

}  // namespace

SpecialNames::SpecialNames(const llama_vocab* vocab) : vocab_(vocab) {
  const std::int32_t count = llama_vocab_n_tokens(vocab);
  for (llama_token token = 0; token < count; ++token) {
    const auto kind = static_cast<unsigned>(llama_vocab_get_attr(vocab, token));
    if ((kind & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN)) == 0) continue;
    const std::string_view name = llama_vocab_get_text(vocab, token);
    // A mark has no room within a name of one character.
    if (name.empty() || first_character(name) == name.size()) continue;
    names_.emplace(name, token);
    lengths_.insert(name.size());
    for (std::size_t i = 1; i < name.size(); ++i) {
      beginnings_.emplace(name.substr(0, i));
      ends_.emplace(name.substr(i));
    }
  }
}

std::string SpecialNames::unused_mark(const Json& request, std::string_view chat_template) {
  std::set<std::string, std::less<>> used;
  find_private(request.dump(-1, ' ', false, Json::error_handler_t::replace), used);
  find_private(chat_template, used);
  for (std::uint32_t code = private_first; code <= private_last; ++code) {
    std::string mark = utf8(code);
    if (!used.contains(mark) && !used.contains(escaped(mark))) return mark;
  }
  return {};
}

std::size_t SpecialNames::name_at(std::string_view text, std::size_t at, std::size_t shorter_than) const {
  for (const std::size_t length : lengths_) {
    if (length < shorter_than && length <= text.size() - at && names_.contains(text.substr(at, length)))
      return length;
  }
  return 0;
}

bool SpecialNames::mark_text(std::string& text, std::string_view mark) const {
  if (lengths_.empty()) return false;
  std::set<std::size_t> places;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (name_at(text, i, std::string::npos) > 0)
      places.insert(i + first_character(std::string_view(text).substr(i)));
  }
  // Templates take spaces off both ends.
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == std::string::npos) return false;
  const std::string_view trimmed =
      std::string_view(text).substr(first, text.find_last_not_of(spaces) + 1 - first);
  for (std::size_t size = 1; size < *lengths_.begin() && size <= trimmed.size(); ++size) {
    if (ends_.contains(trimmed.substr(0, size))) places.insert(first);
    const std::size_t begin = trimmed.size() - size;
    if (beginnings_.contains(trimmed.substr(begin))) {
      places.insert(first + begin + first_character(trimmed.substr(begin)));
    }
  }
  std::string marked;
  std::size_t done = 0;
  for (const std::size_t place : places) {
    marked.append(text, done, place - done).append(mark);
    done = place;
  }
  text = marked.append(text, done);
  return !places.empty();
}

bool SpecialNames::mark_all(Json& value, std::string_view mark) const {
  if (value.is_string()) return mark_text(value.get_ref<std::string&>(), mark);
  bool any = false;
  if (value.is_array()) {
    for (Json& inner : value) any = mark_all(inner, mark) || any;
  } else if (value.is_object()) {
    Json all = Json::object();
    for (auto& [key, inner] : value.items()) {
      std::string name = key;
      any = mark_text(name, mark) || any;
      any = (key == "arguments" ? mark_arguments(inner, mark) : mark_all(inner, mark)) || any;
      all[name] = std::move(inner);
    }
    value = std::move(all);
  }
  return any;
}

// JSON in a text: a template may show what is in it, where a name may have been written with escapes.
bool SpecialNames::mark_arguments(Json& arguments, std::string_view mark) const {
  if (!arguments.is_string()) return mark_all(arguments, mark);
  std::string& text = arguments.get_ref<std::string&>();
  auto inner = parse_json(text, "the arguments");
  if (!inner) return mark_text(text, mark);
  bool any = mark_all(*inner, mark);
  std::string marked = text;
  any = mark_text(marked, mark) || any;
  if (!any) return false;
  const auto same = parse_json(marked, "the arguments");
  text = same && *same == *inner ? marked : inner->dump(-1, ' ', false, Json::error_handler_t::replace);
  return true;
}

bool SpecialNames::mark(Json& request, std::string_view mark) const {
  bool any = false;
  for (const char* part : {"messages", "tools"}) {
    if (const auto found = request.find(part); found != request.end()) any = mark_all(*found, mark) || any;
  }
  return any;
}

SpecialNames::Read SpecialNames::read(std::string_view marked, std::string_view mark) const {
  Read read;
  const std::vector<std::size_t> places = take_marks(marked, mark, read.prompt);
  const std::string_view prompt = read.prompt;
  const auto marked_within = [&](std::size_t from, std::size_t to) {
    const auto next = std::ranges::upper_bound(places, from);
    return next != places.end() && *next < to;
  };
  const auto add = [&](std::string_view text, bool special) {
    const auto tokens = tokens_of(vocab_, text, special);
    read.tokens.insert(read.tokens.end(), tokens.begin(), tokens.end());
  };
  if (llama_vocab_get_add_bos(vocab_)) read.tokens.push_back(llama_vocab_bos(vocab_));
  // Between two of the template's own names lies a text. Those with forged names are split into tokens by
  // themselves; all else together, as a prompt without any would be.
  std::size_t done = 0;
  std::size_t begin = 0;
  bool forged = false;
  const auto text_ends = [&](std::size_t end) {
    if (!forged || begin == end) return;
    add(prompt.substr(done, begin - done), /*special=*/true);
    add(prompt.substr(begin, end - begin), /*special=*/false);
    done = end;
    forged = false;
  };
  for (std::size_t i = 0; i < prompt.size();) {
    std::size_t length = name_at(prompt, i, std::string::npos);
    for (; length > 0 && marked_within(i, i + length); length = name_at(prompt, i, length)) forged = true;
    if (length == 0) {
      ++i;
      continue;
    }
    const auto strips =
        static_cast<unsigned>(llama_vocab_get_attr(vocab_, names_.at(prompt.substr(i, length))));
    std::size_t end = i;
    // Such a token takes the spaces beside it.
    while ((strips & LLAMA_TOKEN_ATTR_LSTRIP) != 0 && end > begin && spaces.contains(prompt[end - 1])) --end;
    text_ends(end);
    i += length;
    while ((strips & LLAMA_TOKEN_ATTR_RSTRIP) != 0 && i < prompt.size() && spaces.contains(prompt[i])) ++i;
    begin = i;
  }
  text_ends(prompt.size());
  add(prompt.substr(done), /*special=*/true);
  if (llama_vocab_get_add_eos(vocab_)) read.tokens.push_back(llama_vocab_eos(vocab_));
  return read;
}

}  // namespace sluice::backends::ggml
