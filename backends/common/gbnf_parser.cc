#include "common/gbnf_parser.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace sluice::backends {
namespace {

using Kind = GrammarElement::Kind;

constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();

bool is_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-';
}
bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

}  // namespace

void GbnfParser::fail(const std::string& why) const {
  const auto line =
      1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size())),
                     '\n');
  std::string near(text_.substr(std::min(at_, text_.size()), 24));
  std::replace(near.begin(), near.end(), '\n', ' ');
  throw Problem{"the grammar is not valid: line " + std::to_string(line) + ": " + why +
                (near.empty() ? " at its end" : " at '" + near + "'")};
}

void GbnfParser::count_elements(std::uint64_t more) {
  elements_ += more;
  if (elements_ > GrammarLimits::elements_max) {
    fail("spelt out, it has more than " + std::to_string(GrammarLimits::elements_max) +
         " elements; ask for fewer repetitions");
  }
}

void GbnfParser::skip_blanks(bool newlines) {
  for (; !done(); ++at_) {
    const char letter = peek();
    if (letter == '#') {
      while (!done() && peek() != '\n' && peek() != '\r') ++at_;
      if (done()) return;
      --at_;
    } else if (letter != ' ' && letter != '\t' && !(newlines && (letter == '\n' || letter == '\r'))) {
      return;
    }
  }
}

std::string GbnfParser::name() {
  const std::size_t begin = at_;
  while (is_word(peek())) ++at_;
  if (at_ == begin) fail("a name is missing");
  return std::string(text_.substr(begin, at_ - begin));
}

std::uint64_t GbnfParser::number() {
  if (!is_digit(peek())) fail("a number is missing");
  std::uint64_t value = 0;
  for (; is_digit(peek()); ++at_)
    value = std::min<std::uint64_t>(value * 10 + static_cast<std::uint64_t>(peek() - '0'), endless / 100);
  return value;
}

std::uint32_t GbnfParser::hex(int digits) {
  std::uint32_t value = 0;
  for (int i = 0; i < digits; ++i, ++at_) {
    const char digit = peek();
    if (!is_digit(digit) && !(digit >= 'a' && digit <= 'f') && !(digit >= 'A' && digit <= 'F'))
      fail("a hex digit is missing");
    const int number = is_digit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
    value = value * 16 + static_cast<std::uint32_t>(number);
  }
  return value;
}

std::uint32_t GbnfParser::letter() {
  if (done()) fail("it ends within a text");
  const auto first = static_cast<unsigned char>(peek());
  if (first == '\\') {
    const char escaped = peek(1);
    at_ += 2;
    switch (escaped) {
      case 'x':
        return hex(2);
      case 'u':
        return hex(4);
      case 'U':
        return hex(8);
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case 'n':
        return '\n';
      case '\\':
      case '"':
      case '[':
      case ']':
      case '-':
        return static_cast<unsigned char>(escaped);
      default:
        fail("an escape that does not exist");
    }
  }
  ++at_;
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : -1;
  if (more < 0) fail("bytes that are no UTF-8");
  std::uint32_t value = first & (0x3FU >> more);
  for (int i = 0; i < more; ++i, ++at_) {
    const auto next = static_cast<unsigned char>(peek());
    if ((next & 0xC0) != 0x80) fail("bytes that are no UTF-8");
    value = value << 6 | (next & 0x3FU);
  }
  return value;
}

std::uint32_t GbnfParser::token() {
  const std::size_t begin = at_;
  if (peek() != '<') fail("a token is missing");
  const std::size_t end = text_.find('>', begin);
  if (end == std::string_view::npos) fail("a token without an end");
  at_ = end + 1;
  const std::string_view whole = text_.substr(begin, at_ - begin);
  if (whole.starts_with("<[") && whole.ends_with("]>")) {
    std::uint32_t value = 0;
    for (const char digit : whole.substr(2, whole.size() - 4)) {
      if (!is_digit(digit) || value > 100'000'000) fail("a token's number is none");
      value = value * 10 + static_cast<std::uint32_t>(digit - '0');
    }
    return value;
  }
  const std::optional<std::int32_t> found = names_ == nullptr ? std::nullopt : names_->find(whole);
  if (!found) fail("the model has no token " + std::string(whole));
  return static_cast<std::uint32_t>(*found);
}

std::uint32_t GbnfParser::new_rule() {
  rules.emplace_back();
  defined.push_back(true);
  names.emplace_back();
  return static_cast<std::uint32_t>(rules.size() - 1);
}

std::uint32_t GbnfParser::rule_number(const std::string& name) {
  if (const auto found = numbers.find(name); found != numbers.end()) return found->second;
  const std::uint32_t number = new_rule();
  defined[number] = false;
  names[number] = name;
  numbers.emplace(name, number);
  return number;
}

void GbnfParser::literal(GrammarSequence& out) {
  for (++at_; peek() != '"';) {
    if (done()) fail("a text without an end");
    out.push_back({Kind::letter, letter()});
    count_elements(1);
  }
  ++at_;
}

void GbnfParser::char_class(GrammarSequence& out) {
  CharClass letters;
  ++at_;
  if (peek() == '^') {
    letters.negated = true;
    ++at_;
  }
  while (peek() != ']') {
    if (done()) fail("a class of characters without an end");
    const std::uint32_t low = letter();
    std::uint32_t high = low;
    if (peek() == '-' && peek(1) != ']') {
      ++at_;
      high = letter();
    }
    letters.ranges.emplace_back(low, high);
    count_elements(1);
  }
  ++at_;
  out.push_back({Kind::letters, static_cast<std::uint32_t>(classes.size())});
  classes.push_back(std::move(letters));
}

bool GbnfParser::item(std::size_t depth, GrammarSequence& out) {
  const char first = peek();
  if (first == '"') {
    literal(out);
  } else if (first == '[') {
    char_class(out);
  } else if (first == '.') {
    ++at_;
    out.push_back({Kind::letters, static_cast<std::uint32_t>(classes.size())});
    classes.push_back({.negated = true, .ranges = {}});
  } else if (first == '<' || first == '!') {
    if (first == '!') ++at_;
    out.push_back({first == '!' ? Kind::token_not : Kind::token, token()});
  } else if (first == '(') {
    if (depth >= GrammarLimits::depth_max)
      fail("brackets nest deeper than " + std::to_string(GrammarLimits::depth_max));
    ++at_;
    skip_blanks(true);
    const std::uint32_t group = new_rule();
    GrammarAlternatives inner = alternatives(depth + 1);
    if (peek() != ')') fail("a ')' is missing");
    ++at_;
    rules[group] = std::move(inner);
    out.push_back({Kind::rule, group});
  } else if (is_word(first)) {
    out.push_back({Kind::rule, rule_number(name())});
  } else {
    return false;
  }
  count_elements(1);
  return true;
}

// S{m,n} is S m times, then S' n-m levels deep: each level is S and the next level, or nothing.
void GbnfParser::repeat(GrammarSequence& item, std::uint64_t least, std::uint64_t most) {
  if (most != endless && most < least) fail("a repetition with a maximum below its minimum");
  if (least > GrammarLimits::repeat_max || (most != endless && most > GrammarLimits::repeat_max)) {
    fail("a repetition of more than " + std::to_string(GrammarLimits::repeat_max));
  }
  GrammarElement once{Kind::end, 0};
  if (item.size() == 1) {
    once = item.front();
  } else {
    const std::uint32_t whole = new_rule();
    rules[whole] = {std::move(item)};
    once = {Kind::rule, whole};
  }
  const std::uint64_t optional = most == endless ? 1 : most - least;
  count_elements(least + 4 * optional);
  item.assign(least, once);
  std::uint32_t deeper = 0;
  for (std::uint64_t level = 0; level < optional; ++level) {
    const std::uint32_t rule = new_rule();
    GrammarSequence more{once};
    if (most == endless) {
      more.push_back({Kind::rule, rule});
    } else if (level > 0) {
      more.push_back({Kind::rule, deeper});
    }
    rules[rule] = {std::move(more), {}};
    deeper = rule;
  }
  if (optional > 0) item.push_back({Kind::rule, deeper});
}

void GbnfParser::repetition(GrammarSequence& item) {
  const char sign = peek();
  ++at_;
  if (sign == '*') return repeat(item, 0, endless);
  if (sign == '+') return repeat(item, 1, endless);
  if (sign == '?') return repeat(item, 0, 1);
  skip_blanks(true);
  const std::uint64_t least = number();
  std::uint64_t most = least;
  skip_blanks(true);
  if (peek() == ',') {
    ++at_;
    skip_blanks(true);
    most = is_digit(peek()) ? number() : endless;
    skip_blanks(true);
  }
  if (peek() != '}') fail("a '}' is missing");
  ++at_;
  repeat(item, least, most);
}

GrammarSequence GbnfParser::sequence(std::size_t depth) {
  GrammarSequence all;
  while (true) {
    GrammarSequence one;
    if (!item(depth, one)) {
      if (std::string_view("*+?{").find(peek()) != std::string_view::npos && !done())
        fail("nothing to repeat");
      return all;
    }
    skip_blanks(depth > 0);
    while (!done() && std::string_view("*+?{").find(peek()) != std::string_view::npos) {
      repetition(one);
      skip_blanks(depth > 0);
    }
    all.insert(all.end(), one.begin(), one.end());
  }
}

GrammarAlternatives GbnfParser::alternatives(std::size_t depth) {
  GrammarAlternatives all;
  all.push_back(sequence(depth));
  while (peek() == '|') {
    ++at_;
    skip_blanks(true);
    all.push_back(sequence(depth));
    count_elements(1);
  }
  return all;
}

void GbnfParser::rule() {
  const std::uint32_t number = rule_number(name());
  skip_blanks(false);
  if (text_.substr(std::min(at_, text_.size()), 3) != "::=") fail("'::=' is missing");
  at_ += 3;
  skip_blanks(true);
  GrammarAlternatives all = alternatives(0);
  if (!done() && peek() != '\n' && peek() != '\r') fail("a rule should end");
  rules[number] = std::move(all);
  defined[number] = true;
  skip_blanks(true);
}

void GbnfParser::parse() {
  if (text_.size() > GrammarLimits::bytes_max) {
    throw Problem{"the grammar has " + std::to_string(text_.size()) + " bytes; at most " +
                  std::to_string(GrammarLimits::bytes_max)};
  }
  skip_blanks(true);
  while (!done()) rule();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!defined[i])
      throw Problem{"the grammar is not valid: it names a rule '" + names[i] + "' that it does not have"};
  }
  if (!numbers.contains("root")) throw Problem{"the grammar is not valid: it has no rule 'root'"};
}

}  // namespace sluice::backends
