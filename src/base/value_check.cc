// check() of value.h: one walk over value and type together, without allocation unless it fails.
#include <limits>

#include "base/path.h"
#include "base/value.h"

namespace sluice {

namespace {

std::string_view found(const Value& value) {
  constexpr std::string_view names[] = {
      "bool", "signed integer", "unsigned integer", "f32",  "f64",  "char", "string",
      "list", "bytes",          "record",           "case", "flags"};
  static_assert(std::size(names) == std::variant_size_v<Value::Data>);
  return names[value.data().index()];
}

// False and `error` set at the first thing that is wrong.
class Checker {
 public:
  Error error;

  bool walk(const Value& value, const Type& type, const Path& path) {
    switch (type.kind()) {
      case Kind::boolean:
        return is<bool>(value, type, path);
      case Kind::s8:
        return in_range<std::int64_t, std::int8_t>(value, type, path);
      case Kind::s16:
        return in_range<std::int64_t, std::int16_t>(value, type, path);
      case Kind::s32:
        return in_range<std::int64_t, std::int32_t>(value, type, path);
      case Kind::s64:
        return is<std::int64_t>(value, type, path);
      case Kind::u8:
        return in_range<std::uint64_t, std::uint8_t>(value, type, path);
      case Kind::u16:
        return in_range<std::uint64_t, std::uint16_t>(value, type, path);
      case Kind::u32:
        return in_range<std::uint64_t, std::uint32_t>(value, type, path);
      case Kind::u64:
        return is<std::uint64_t>(value, type, path);
      case Kind::f32:
        return is<float>(value, type, path);
      case Kind::f64:
        return is<double>(value, type, path);
      case Kind::character:
        return character(value, type, path);
      case Kind::string:
        return text(value, type, path);
      case Kind::list:
        return list(value, type, path);
      case Kind::tuple:
        return tuple(value, type, path);
      case Kind::record:
        return record(value, type, path);
      case Kind::variant:
      case Kind::enumeration:
      case Kind::option:
      case Kind::result:
        return one_case(value, type, path);
      case Kind::flags:
        return flags(value, type, path);
    }
    return wrong(path, "the type's kind is unknown");
  }

 private:
  bool wrong(const Path& path, std::string why) {
    std::string where = path.pointer();
    error = Error{ErrorCode::invalid_input, where.empty() ? "value" : std::move(where), std::move(why), {}};
    return false;
  }

  bool mismatch(const Value& value, const Type& type, const Path& path) {
    return wrong(path,
                 "expected " + std::string(name_of(type.kind())) + ", found " + std::string(found(value)));
  }

  template <class T>
  bool is(const Value& value, const Type& type, const Path& path) {
    return std::holds_alternative<T>(value.data()) || mismatch(value, type, path);
  }

  template <class Wide, class Narrow>
  bool in_range(const Value& value, const Type& type, const Path& path) {
    const auto* number = std::get_if<Wide>(&value.data());
    if (number == nullptr) return mismatch(value, type, path);
    if (*number >= std::numeric_limits<Narrow>::min() && *number <= std::numeric_limits<Narrow>::max())
      return true;
    return wrong(path,
                 std::to_string(*number) + " is out of the range of " + std::string(name_of(type.kind())));
  }

  bool character(const Value& value, const Type& type, const Path& path) {
    const auto* c = std::get_if<char32_t>(&value.data());
    if (c == nullptr) return mismatch(value, type, path);
    if (*c <= 0x10FFFF && (*c < 0xD800 || *c > 0xDFFF)) return true;
    return wrong(path, "not a Unicode scalar value: " + std::to_string(static_cast<std::uint32_t>(*c)));
  }

  bool text(const Value& value, const Type& type, const Path& path) {
    const auto* s = std::get_if<std::string>(&value.data());
    if (s == nullptr) return mismatch(value, type, path);
    return is_utf8(*s) || wrong(path, "the string is not valid UTF-8");
  }

  bool list(const Value& value, const Type& type, const Path& path) {
    const Type& element = type.element();
    if (element.kind() == Kind::u8) {
      if (std::holds_alternative<BytesValue>(value.data())) return true;
      return wrong(path, "expected bytes (list<u8>), found " + std::string(found(value)));
    }
    const auto* items = std::get_if<ListValue>(&value.data());
    if (items == nullptr) return mismatch(value, type, path);
    std::size_t i = 0;
    for (const Value& item : items->items) {
      if (!walk(item, element, Path(path, i++))) return false;
    }
    return true;
  }

  bool tuple(const Value& value, const Type& type, const Path& path) {
    const auto* items = std::get_if<ListValue>(&value.data());
    if (items == nullptr) return mismatch(value, type, path);
    const std::vector<Member>& members = type.members();
    if (items->items.size() != members.size()) {
      return wrong(path, "expected a tuple of " + std::to_string(members.size()) + ", found " +
                             std::to_string(items->items.size()) + " elements");
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!walk(items->items[i], *members[i].type, Path(path, i))) return false;
    }
    return true;
  }

  bool record(const Value& value, const Type& type, const Path& path) {
    const auto* record = std::get_if<RecordValue>(&value.data());
    if (record == nullptr) return mismatch(value, type, path);
    const std::vector<Member>& members = type.members();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i == record->fields.size()) return wrong(path, "the field `" + members[i].name + "` is missing");
      const Field& field = record->fields[i];
      if (field.name != members[i].name) {
        return wrong(path, "expected the field `" + members[i].name + "`, found `" + field.name + "`");
      }
      if (!walk(field.value, *members[i].type, Path(path, members[i].name))) return false;
    }
    if (record->fields.size() == members.size()) return true;
    return wrong(path, "the record has no field `" + record->fields[members.size()].name + "`");
  }

  bool one_case(const Value& value, const Type& type, const Path& path) {
    const auto* found_case = std::get_if<CaseValue>(&value.data());
    if (found_case == nullptr) return mismatch(value, type, path);
    const bool option = type.kind() == Kind::option;
    const std::size_t count = option ? 2 : type.members().size();
    if (found_case->index >= count) {
      return wrong(path,
                   "case " + std::to_string(found_case->index) + " of a type with " + std::to_string(count));
    }
    const Type* payload = nullptr;
    std::string_view name;
    if (option) {
      name = found_case->index == 1 ? "some" : "none";
      if (found_case->index == 1) payload = &type.element();
    } else {
      const Member& member = type.members()[found_case->index];
      name = member.name;
      payload = member.type.get();
    }
    if ((payload != nullptr) != (found_case->payload != nullptr)) {
      return wrong(path,
                   "the case `" + std::string(name) + (payload ? "` lacks its payload" : "` has no payload"));
    }
    if (payload == nullptr) return true;
    // An option adds no step, as its JSON form doesn't.
    return option ? walk(*found_case->payload, *payload, path)
                  : walk(*found_case->payload, *payload, Path(path, name));
  }

  bool flags(const Value& value, const Type& type, const Path& path) {
    const auto* flags = std::get_if<FlagsValue>(&value.data());
    if (flags == nullptr) return mismatch(value, type, path);
    if (flags->set.size() == type.members().size()) return true;
    return wrong(path, "expected " + std::to_string(type.members().size()) + " flags, found " +
                           std::to_string(flags->set.size()));
  }
};

}  // namespace

Status check(const Value& value, const Type& type) {
  Checker checker;
  if (checker.walk(value, type, Path())) return {};
  return std::unexpected(std::move(checker.error));
}

}  // namespace sluice
