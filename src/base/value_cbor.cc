#include "base/value_cbor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/cbor_source.h"
#include "base/half_float.h"
#include "base/value_parts.h"
#include "base/value_reader.h"

namespace sluice {

namespace {

enum class Major : std::uint8_t { unsigned_int, negative_int, bytes, text, array, map };

class CborWriter {
 public:
  explicit CborWriter(std::string& out) : out_(out) {}

  void write(const Value& value, const Type& type) {
    switch (type.kind()) {
      case Kind::boolean:
        put(part_of<bool>(value) ? 0xF5 : 0xF4);
        break;
      case Kind::s8:
      case Kind::s16:
      case Kind::s32:
      case Kind::s64:
        signed_int(part_of<std::int64_t>(value));
        break;
      case Kind::u8:
      case Kind::u16:
      case Kind::u32:
      case Kind::u64:
        head(Major::unsigned_int, part_of<std::uint64_t>(value));
        break;
      case Kind::f32:
        floating(static_cast<double>(part_of<float>(value)));
        break;
      case Kind::f64:
        floating(part_of<double>(value));
        break;
      case Kind::character:
        text(to_utf8(part_of<char32_t>(value)));
        break;
      case Kind::string:
        string(part_of<std::string>(value));
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
  void put(unsigned byte) { out_ += static_cast<char>(static_cast<unsigned char>(byte)); }

  void big_endian(std::uint64_t bits, unsigned width) {
    for (unsigned i = width; i-- > 0;) put(static_cast<unsigned>(bits >> (8 * i)) & 0xFFU);
  }

  void head(Major major, std::uint64_t argument) {
    const unsigned top = static_cast<unsigned>(major) << 5U;
    if (argument < 24) {
      put(top | static_cast<unsigned>(argument));
      return;
    }
    const unsigned info = argument <= 0xFF ? 0 : argument <= 0xFFFF ? 1 : argument <= 0xFFFFFFFF ? 2 : 3;
    put(top | (24 + info));
    big_endian(argument, 1U << info);
  }

  void signed_int(std::int64_t number) {
    if (number >= 0) {
      head(Major::unsigned_int, static_cast<std::uint64_t>(number));
    } else {
      head(Major::negative_int, ~static_cast<std::uint64_t>(number));
    }
  }

  void floating(double number) {
    const auto narrow = [&] { return static_cast<float>(number); };
    if (std::isnan(number)) {
      put(0xF9);
      big_endian(0x7E00, 2);
    } else if (const auto half = to_half(number)) {
      put(0xF9);
      big_endian(*half, 2);
    } else if (std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max()) &&
               static_cast<double>(narrow()) == number) {
      put(0xFA);
      big_endian(std::bit_cast<std::uint32_t>(narrow()), 4);
    } else {
      put(0xFB);
      big_endian(std::bit_cast<std::uint64_t>(number), 8);
    }
  }

  void text(std::string_view valid) {
    head(Major::text, valid.size());
    out_ += valid;
  }

  void string(const std::string& any) {
    if (is_utf8(any)) {
      text(any);
    } else {
      text(to_utf8(any, nullptr));
    }
  }

  void list(const Value& value, const Type& type) {
    const Type& element = type.element();
    if (element.kind() == Kind::u8) {
      head(Major::bytes, part_of<BytesValue>(value).bytes.size());
      out_ += part_of<BytesValue>(value).bytes;
      return;
    }
    head(Major::array, part_of<ListValue>(value).items.size());
    for (const Value& item : part_of<ListValue>(value).items) write(item, element);
  }

  void tuple(const Value& value, const Type& type) {
    const std::vector<Value>& items = elements_of(value, type);
    head(Major::array, items.size());
    for (std::size_t i = 0; i < items.size(); ++i) write(items[i], *type.members()[i].type);
  }

  void record(const Value& value, const Type& type) {
    const std::vector<Field>& fields = fields_of(value, type);
    head(Major::map, fields.size());
    for (const std::uint32_t i : type.by_length_and_name()) {
      text(type.members()[i].name);
      write(fields[i].value, *type.members()[i].type);
    }
  }

  void variant(const Value& value, const Type& type) {
    const CaseValue& found = part_of<CaseValue>(value);
    const Member& member = member_of(found, type);
    if (member.type) {
      payload(member.name, found, *member.type);
    } else {
      text(member.name);
    }
  }

  void option(const Value& value, const Type& type) {
    const CaseValue& found = part_of<CaseValue>(value);
    if (found.index == 0) {
      put(0xF6);
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
    head(Major::map, 1);
    text(member.name);
    put(0xF6);
  }

  void payload(std::string_view name, const CaseValue& value, const Type& type) {
    head(Major::map, 1);
    text(name);
    write(payload_of(value), type);
  }

  void flags(const Value& value, const Type& type) {
    const std::vector<bool>& set = flags_of(value, type);
    head(Major::array, static_cast<std::uint64_t>(std::count(set.begin(), set.end(), true)));
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (set[i]) text(type.members()[i].name);
    }
  }

  std::string& out_;
};

}  // namespace

void append_cbor(std::string& out, const Value& value, const Type& type) {
  CborWriter(out).write(value, type);
}

std::string to_cbor(const Value& value, const Type& type) {
  std::string out;
  append_cbor(out, value, type);
  return out;
}

Result<Value> from_cbor(std::string_view bytes, const Type& type, const ReadLimits& limits) {
  if (bytes.size() > limits.bytes_max) {
    return fail(ErrorCode::limit, "value",
                "there are " + std::to_string(bytes.size()) + " bytes; " + std::to_string(limits.bytes_max) +
                    " are allowed");
  }
  reading::CborSource source(bytes);
  return reading::ValueReader(source, limits).read(type);
}

}  // namespace sluice
