#include "base/value_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <string>

#include "base/base64.h"
#include "base/json_text_source.h"
#include "base/value_parts.h"
#include "base/value_reader.h"

namespace sluice {

namespace {

void append_escape(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += digits[c >> 4U];
      out += digits[c & 15U];
  }
}

constexpr std::array<bool, 256> needs_escape = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table[static_cast<unsigned char>('"')] = true;
  table[static_cast<unsigned char>('\\')] = true;
  return table;
}();

template <std::integral Number>
void append_integer(std::string& out, Number number) {
  std::array<char, 24> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), result.ptr);
}

template <std::floating_point Number>
void append_float(std::string& out, Number number) {
  if (std::isnan(number)) {
    out += "\"NaN\"";
  } else if (std::isinf(number)) {
    out += number < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    const std::string_view text(buffer.data(), result.ptr);
    out += text;
    // Without a point or an exponent, many readers would make an integer of it, and lose the sign of -0.
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
  }
}

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void write(const Value& value, const Type& type) {
    switch (type.kind()) {
      case Kind::boolean:
        out_ += part_of<bool>(value) ? "true" : "false";
        break;
      case Kind::s8:
      case Kind::s16:
      case Kind::s32:
      case Kind::s64:
        append_integer(out_, part_of<std::int64_t>(value));
        break;
      case Kind::u8:
      case Kind::u16:
      case Kind::u32:
      case Kind::u64:
        append_integer(out_, part_of<std::uint64_t>(value));
        break;
      case Kind::f32:
        append_float(out_, part_of<float>(value));
        break;
      case Kind::f64:
        append_float(out_, part_of<double>(value));
        break;
      case Kind::character:
        append_json_string(out_, to_utf8(part_of<char32_t>(value)));
        break;
      case Kind::string:
        append_json_string(out_, part_of<std::string>(value));
        break;
      case Kind::list:
        list(value, type);
        break;
      case Kind::tuple:
        tuple(value, type);
        break;
      case Kind::record:
        record(value, type);
        break;
      case Kind::variant:
      case Kind::enumeration:
        variant(value, type);
        break;
      case Kind::option:
        option(value, type);
        break;
      case Kind::result:
        result(value, type);
        break;
      case Kind::flags:
        flags(value, type);
        break;
    }
  }

 private:
  void list(const Value& value, const Type& type) {
    const Type& element = type.element();
    if (element.kind() == Kind::u8) {
      out_ += '"';
      out_ += to_base64(part_of<BytesValue>(value).bytes);
      out_ += '"';
      return;
    }
    char separator = '[';
    for (const Value& item : part_of<ListValue>(value).items) {
      out_ += separator;
      write(item, element);
      separator = ',';
    }
    out_ += separator == '[' ? "[]" : "]";
  }

  void tuple(const Value& value, const Type& type) {
    const std::vector<Value>& items = elements_of(value, type);
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      write(items[i], *type.members()[i].type);
    }
    out_ += ']';
  }

  void record(const Value& value, const Type& type) {
    const std::vector<Field>& fields = fields_of(value, type);
    out_ += '{';
    bool first = true;
    for (const std::uint32_t i : type.by_name()) {
      if (!first) out_ += ',';
      first = false;
      key(type.members()[i].name);
      write(fields[i].value, *type.members()[i].type);
    }
    out_ += '}';
  }

  void variant(const Value& value, const Type& type) {
    const CaseValue& found = part_of<CaseValue>(value);
    const Member& member = member_of(found, type);
    if (!member.type) {
      append_json_string(out_, member.name);
      return;
    }
    payload(member.name, found, *member.type);
  }

  void option(const Value& value, const Type& type) {
    const CaseValue& found = part_of<CaseValue>(value);
    if (found.index == 0) {
      out_ += "null";
    } else if (type.element().kind() == Kind::option) {
      payload("some", found, type.element());
    } else {
      write(payload_of(found), type.element());
    }
  }

  void result(const Value& value, const Type& type) {
    const CaseValue& found = part_of<CaseValue>(value);
    const Member& member = member_of(found, type);
    if (member.type) {
      payload(member.name, found, *member.type);
      return;
    }
    out_ += '{';
    key(member.name);
    out_ += "null}";
  }

  void payload(std::string_view name, const CaseValue& value, const Type& type) {
    out_ += '{';
    key(name);
    write(payload_of(value), type);
    out_ += '}';
  }

  void flags(const Value& value, const Type& type) {
    const std::vector<bool>& set = flags_of(value, type);
    char separator = '[';
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (!set[i]) continue;
      out_ += separator;
      append_json_string(out_, type.members()[i].name);
      separator = ',';
    }
    out_ += separator == '[' ? "[]" : "]";
  }

  void key(std::string_view name) {
    append_json_string(out_, name);
    out_ += ':';
  }

  std::string& out_;
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    append_json_string(out, to_utf8(text, nullptr));
    return;
  }
  out += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!needs_escape[c]) continue;
    out += text.substr(begin, i - begin);
    append_escape(out, c);
    begin = i + 1;
  }
  out += text.substr(begin);
  out += '"';
}

void append_json(std::string& out, const Value& value, const Type& type) {
  JsonWriter(out).write(value, type);
}

std::string to_json(const Value& value, const Type& type) {
  std::string out;
  append_json(out, value, type);
  return out;
}

Result<Value> from_json(std::string_view text, const Type& type, const ReadLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return fail(ErrorCode::limit, "value",
                "the text has " + std::to_string(text.size()) + " bytes; " +
                    std::to_string(limits.bytes_max) + " are allowed");
  }
  if (!is_utf8(text)) return fail(ErrorCode::invalid_input, "value", "not JSON: the text is not UTF-8");
  reading::JsonTextSource source(text);
  return reading::ValueReader(source, limits).read(type);
}

}  // namespace sluice
