// The walk that reads a value of a given type from any source of a JSON-like shape. Internal to base:
// value_json and value_cbor give it their sources.
#pragma once

#include "base/value_source.h"

namespace sluice::reading {

template <Source S>
class ValueReader : private ScalarReader<S> {
 public:
  ValueReader(S& source, const ReadLimits& limits) : ScalarReader<S>(source, limits) {}

  Result<Value> read(const Type& type) {
    const Path root;
    Value value;
    if (!any(value, type, root) || !took(source_.finish(), "nothing more", root)) {
      return std::unexpected(std::move(error_));
    }
    return value;
  }

 private:
  using ScalarReader<S>::source_;
  using ScalarReader<S>::limits_;
  using ScalarReader<S>::error_;
  using ScalarReader<S>::stop;
  using ScalarReader<S>::wrong;
  using ScalarReader<S>::unknown;
  using ScalarReader<S>::took;
  using ScalarReader<S>::count;
  using ScalarReader<S>::boolean;
  using ScalarReader<S>::string;
  using ScalarReader<S>::character;

  // Each returns false with `error_` set, or true with `out` set.
  bool any(Value& out, const Type& type, const Path& path) {
    if (depth_ == limits_.depth_max) {
      return stop(ErrorCode::limit, path, "nested deeper than " + std::to_string(depth_));
    }
    ++depth_;
    const bool fine = of_kind(out, type, path);
    --depth_;
    return fine;
  }

  bool of_kind(Value& out, const Type& type, const Path& path) {
    switch (type.kind()) {
      case Kind::boolean:
        return boolean(out, path);
      case Kind::s8:
        return this->template signed_integer<std::int8_t>(out, type, path);
      case Kind::s16:
        return this->template signed_integer<std::int16_t>(out, type, path);
      case Kind::s32:
        return this->template signed_integer<std::int32_t>(out, type, path);
      case Kind::s64:
        return this->template signed_integer<std::int64_t>(out, type, path);
      case Kind::u8:
        return this->template unsigned_integer<std::uint8_t>(out, type, path);
      case Kind::u16:
        return this->template unsigned_integer<std::uint16_t>(out, type, path);
      case Kind::u32:
        return this->template unsigned_integer<std::uint32_t>(out, type, path);
      case Kind::u64:
        return this->template unsigned_integer<std::uint64_t>(out, type, path);
      case Kind::f32:
        return this->template floating<float>(out, "f32", path);
      case Kind::f64:
        return this->template floating<double>(out, "f64", path);
      case Kind::character:
        return character(out, path);
      case Kind::string:
        return string(out, path);
      case Kind::list:
        return list(out, type, path);
      case Kind::tuple:
        return tuple(out, type, path);
      case Kind::record:
        return record(out, type, path);
      case Kind::variant:
        return variant(out, type, path);
      case Kind::enumeration:
        return enumeration(out, type, path);
      case Kind::option:
        return option(out, type, path);
      case Kind::result:
        return result(out, type, path);
      case Kind::flags:
        return flags(out, type, path);
    }
    return stop(ErrorCode::internal, path, "the type's kind is unknown");
  }

  bool list(Value& out, const Type& type, const Path& path) {
    const Type& element = type.element();
    if (element.kind() == Kind::u8) return this->bytes(out, path);
    if (!took(source_.begin_array(), "list", path)) return false;
    std::vector<Value> items;
    while (true) {
      const Path here(path, items.size());
      bool more = false;
      if (!took(source_.next_item(more), "an element", here)) return false;
      if (!more) break;
      if (!count(1, here)) return false;
      Value item;
      if (!any(item, element, here)) return false;
      items.push_back(std::move(item));
    }
    out = Value::list(std::move(items));
    return true;
  }

  bool tuple(Value& out, const Type& type, const Path& path) {
    const std::vector<Member>& members = type.members();
    if (!took(source_.begin_array(), "tuple", path)) return false;
    std::vector<Value> items;
    items.reserve(members.size());
    while (true) {
      const Path here(path, items.size());
      bool more = false;
      if (!took(source_.next_item(more), "an element", here)) return false;
      if (!more) break;
      if (items.size() == members.size()) {
        return wrong(path, "expected a tuple of " + std::to_string(members.size()) + ", found more elements");
      }
      if (!count(1, here)) return false;
      Value item;
      if (!any(item, *members[items.size()].type, here)) return false;
      items.push_back(std::move(item));
    }
    if (items.size() < members.size()) {
      return wrong(path, "expected a tuple of " + std::to_string(members.size()) + ", found " +
                             std::to_string(items.size()) + " elements");
    }
    out = Value::list(std::move(items));
    return true;
  }

  bool record(Value& out, const Type& type, const Path& path) {
    const std::vector<Member>& members = type.members();
    if (!took(source_.begin_object(), "record", path)) return false;
    if (!count(members.size(), path)) return false;
    std::vector<Field> fields(members.size());
    std::vector<bool> given(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) fields[i].name = members[i].name;
    while (true) {
      std::string_view key;
      bool more = false;
      if (!took(source_.next_key(key, more), "a key", path)) return false;
      if (!more) break;
      const std::size_t index = type.index_of(key);
      if (index == Type::npos) return unknown("field", key, type, path);
      if (given[index]) return wrong(path, "the field `" + members[index].name + "` is there twice");
      given[index] = true;
      if (!any(fields[index].value, *members[index].type, Path(path, members[index].name))) return false;
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (given[i]) continue;
      if (members[i].type->kind() != Kind::option) {
        return wrong(path, "the field `" + members[i].name + "` is missing");
      }
      fields[i].value = Value::none();
    }
    out = Value::record(std::move(fields));
    return true;
  }

  bool enumeration(Value& out, const Type& type, const Path& path) {
    std::string_view name;
    if (!took(source_.read_text(name), "enum", path)) return false;
    const std::size_t index = type.index_of(name);
    if (index == Type::npos) return unknown("name", name, type, path);
    out = Value::of_case(static_cast<std::uint32_t>(index));
    return true;
  }

  bool variant(Value& out, const Type& type, const Path& path) {
    if (source_.peek() == Shape::object) return variant_with_payload(out, type, path);
    std::string_view name;
    if (!took(source_.read_text(name), "variant", path)) return false;
    const std::size_t index = type.index_of(name);
    if (index == Type::npos) return unknown("case", name, type, path);
    if (type.members()[index].type) {
      return wrong(path, "the case `" + type.members()[index].name + "` lacks its payload");
    }
    out = Value::of_case(static_cast<std::uint32_t>(index));
    return true;
  }

  bool variant_with_payload(Value& out, const Type& type, const Path& path) {
    std::string_view key;
    if (!only_key(key, "variant", path)) return false;
    const std::size_t index = type.index_of(key);
    if (index == Type::npos) return unknown("case", key, type, path);
    const Member& member = type.members()[index];
    if (!member.type)
      return wrong(path, "the case `" + member.name + "` has no payload: it is written as text");
    Value payload;
    if (!any(payload, *member.type, Path(path, member.name)) || !no_other_key("variant", path)) return false;
    out = Value::of_case(static_cast<std::uint32_t>(index), std::move(payload));
    return true;
  }

  bool only_key(std::string_view& key, std::string_view word, const Path& path) {
    bool more = false;
    if (!took(source_.begin_object(), word, path) || !took(source_.next_key(key, more), "a key", path))
      return false;
    return more || wrong(path, "expected " + std::string(word) + ", found an object without a key");
  }

  bool no_other_key(std::string_view word, const Path& path) {
    std::string_view key;
    bool more = false;
    if (!took(source_.next_key(key, more), "a key", path)) return false;
    return !more || wrong(path, "expected " + std::string(word) + ", found an object with more than one key");
  }

  bool option(Value& out, const Type& type, const Path& path) {
    if (source_.peek() == Shape::null) {
      if (!took(source_.read_null(), "null", path)) return false;
      out = Value::none();
      return true;
    }
    Value payload;
    if (type.element().kind() != Kind::option) {
      if (!any(payload, type.element(), path)) return false;
    } else {
      std::string_view key;
      if (!only_key(key, "option", path)) return false;
      if (key != "some") return wrong(path, "expected the key `some`, found " + excerpt(key));
      if (!any(payload, type.element(), Path(path, "some")) || !no_other_key("option", path)) return false;
    }
    out = Value::some(std::move(payload));
    return true;
  }

  bool result(Value& out, const Type& type, const Path& path) {
    std::string_view key;
    if (!only_key(key, "result", path)) return false;
    const std::size_t index = type.index_of(key);
    if (index == Type::npos) return unknown("case", key, type, path);
    const Member& member = type.members()[index];
    const Path here(path, member.name);
    const auto number = static_cast<std::uint32_t>(index);
    if (member.type) {
      Value payload;
      if (!any(payload, *member.type, here)) return false;
      out = Value::of_case(number, std::move(payload));
    } else {
      if (!took(source_.read_null(), "null", here)) return false;
      out = Value::of_case(number);
    }
    return no_other_key("result", path);
  }

  bool flags(Value& out, const Type& type, const Path& path) {
    if (!took(source_.begin_array(), "flags", path)) return false;
    std::vector<bool> set(type.members().size());
    for (std::size_t i = 0;; ++i) {
      const Path here(path, i);
      bool more = false;
      if (!took(source_.next_item(more), "a name", here)) return false;
      if (!more) break;
      std::string_view name;
      if (!took(source_.read_text(name), "the name of a flag", here)) return false;
      const std::size_t index = type.index_of(name);
      if (index == Type::npos) return unknown("flag", name, type, here);
      if (set[index]) return wrong(here, "the flag `" + type.members()[index].name + "` is there twice");
      set[index] = true;
    }
    out = Value::flags(std::move(set));
    return true;
  }

  std::size_t depth_ = 0;
};

}  // namespace sluice::reading
