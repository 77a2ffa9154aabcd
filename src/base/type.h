// The C++ form of WIT types, without resources, futures and streams (values only cross links).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

enum class Kind : std::uint8_t {
  boolean,
  s8,
  u8,
  s16,
  u16,
  s32,
  u32,
  s64,
  u64,
  f32,
  f64,
  character,
  string,
  list,
  record,
  tuple,
  variant,
  enumeration,
  option,
  result,
  flags,
};

// WIT's word for it, e.g. "bool", "enum".
[[nodiscard]] std::string_view name_of(Kind kind);

class Type;

// A field of a record, an element of a tuple (name empty), a case of a variant, enum or result, a name of
// flags.
struct Member;

// An immutable, cheaply copied WIT type. Threads may share it.
class Type {
 public:
  // A type without parts: boolean … string. Names of members are each other's unlike; a record's fields have
  // types.
  explicit Type(Kind kind);

  static Type list(Type element);
  static Type option(Type element);
  static Type record(std::vector<Member> fields);
  static Type tuple(std::vector<Type> elements);
  static Type variant(std::vector<Member> cases);
  static Type enumeration(std::vector<std::string> names);
  static Type flags(std::vector<std::string> names);
  // Members "ok" and "err", each with or without a payload.
  static Type result(const Type* ok, const Type* err);

  [[nodiscard]] Kind kind() const;
  // record: fields; tuple: elements; variant, enumeration, flags: cases; result: ok, err.
  // list and option: one member with an empty name. Otherwise empty.
  [[nodiscard]] const std::vector<Member>& members() const;
  // The element of a list or option.
  [[nodiscard]] const Type& element() const;
  // Index of the member with this name, or npos.
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  // Indices of the members in the byte order of their names: the order of canonical JSON.
  [[nodiscard]] const std::vector<std::uint32_t>& by_name() const;
  // Likewise, but shorter names first: the order of deterministic CBOR.
  [[nodiscard]] const std::vector<std::uint32_t>& by_length_and_name() const;

  // WIT syntax, e.g. `result<list<record { path: string }>, string>`.
  [[nodiscard]] std::string to_string() const;

  // Structural equality: kinds, names and their order.
  friend bool operator==(const Type& a, const Type& b);

 private:
  struct Node;
  explicit Type(std::shared_ptr<const Node> node);
  static Type make(Kind kind, std::vector<Member> members);
  std::shared_ptr<const Node> node_;
};

struct Member {
  std::string name;
  std::shared_ptr<const Type> type;  // null: no payload
};

[[nodiscard]] Member member(std::string name, Type type);
[[nodiscard]] Member member(std::string name);

struct Parameter {
  std::string name;
  Type type;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct FunctionType {
  std::string name;
  std::vector<Parameter> parameters;
  std::shared_ptr<const Type> result;  // null: none
  std::string docs;                    // not compared

  // `name: func(a: string) -> u32`
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const FunctionType& a, const FunctionType& b);
};

// An interface of a component, e.g. `sluice:github/pulls@0.1.0`, with its functions in declaration order.
struct InterfaceType {
  std::string name;
  std::vector<FunctionType> functions;

  [[nodiscard]] const FunctionType* find(std::string_view function) const;
  // `sluice:github/pulls` of `sluice:github/pulls@0.1.0`.
  [[nodiscard]] std::string_view bare_name() const;
};

}  // namespace sluice
