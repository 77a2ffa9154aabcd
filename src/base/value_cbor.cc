#include "base/value_cbor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/cbor_source.h"
#include "base/half_float.h"
#include "base/invariant.h"
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
        put(value.as_bool() ? 0xF5 : 0xF4);
        break;
      case Kind::s8:
      case Kind::s16:
      case Kind::s32:
      case Kind::s64:
        signed_int(value.as_signed());
        break;
      case Kind::u8:
      case Kind::u16:
      case Kind::u32:
      case Kind::u64:
        head(Major::unsigned_int, value.as_unsigned());
        break;
      case Kind::f32:
        floating(static_cast<double>(value.as_f32()));
        break;
      case Kind::f64:
        floating(value.as_f64());
        break;
      case Kind::character:
        text(to_utf8(value.as_character()));
        break;
      case Kind::string:
        string(value.as_string());
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
      head(Major::bytes, value.as_bytes().size());
      out_ += value.as_bytes();
      return;
    }
    head(Major::array, value.as_list().size());
    for (const Value& item : value.as_list()) write(item, element);
  }

  void tuple(const Value& value, const Type& type) {
    const std::vector<Value>& items = value.as_list();
    invariant(items.size() == type.members().size(), "a tuple has as many elements as its type");
    head(Major::array, items.size());
    for (std::size_t i = 0; i < items.size(); ++i) write(items[i], *type.members()[i].type);
  }

  void record(const Value& value, const Type& type) {
    const std::vector<Field>& fields = value.as_record();
    invariant(fields.size() == type.members().size(), "a record has as many fields as its type");
    head(Major::map, fields.size());
    for (const std::uint32_t i : type.by_length_and_name()) {
      text(type.members()[i].name);
      write(fields[i].value, *type.members()[i].type);
    }
  }

  void variant(const Value& value, const Type& type) {
    const CaseValue& found = value.as_case();
    const Member& member = type.members().at(found.index);
    if (member.type) {
      payload(member.name, found, *member.type);
    } else {
      text(member.name);
    }
  }

  void option(const Value& value, const Type& type) {
    const CaseValue& found = value.as_case();
    if (found.index == 0) {
      put(0xF6);
    } else if (type.element().kind() == Kind::option) {
      payload("some", found, type.element());
    } else {
      invariant(found.payload != nullptr, "some has a payload");
      write(*found.payload, type.element());
    }
  }

  void result(const Value& value, const Type& type) {
    const CaseValue& found = value.as_case();
    const Member& member = type.members().at(found.index);
    if (member.type) {
      payload(member.name, found, *member.type);
      return;
    }
    head(Major::map, 1);
    text(member.name);
    put(0xF6);
  }

  void payload(std::string_view name, const CaseValue& value, const Type& type) {
    invariant(value.payload != nullptr, "a case has the payload that its type asks for");
    head(Major::map, 1);
    text(name);
    write(*value.payload, type);
  }

  void flags(const Value& value, const Type& type) {
    const std::vector<bool>& set = value.as_flags();
    invariant(set.size() == type.members().size(), "flags have as many bits as their type has names");
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
