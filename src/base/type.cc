#include "base/type.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "base/invariant.h"

namespace sluice {

struct Type::Node {
  Kind kind = Kind::boolean;
  std::vector<Member> members;
  std::vector<std::uint32_t> by_name;
  std::vector<std::uint32_t> by_length_and_name;
  // Of kind, names and the parts' hashes: unequal types are told apart without a walk.
  std::size_t hash = 0;
};

namespace {

constexpr std::size_t simple_kinds = static_cast<std::size_t>(Kind::string) + 1;

std::size_t mix(std::size_t seed, std::size_t value) {
  return seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U));
}

std::vector<Member> names_only(std::vector<std::string> names) {
  std::vector<Member> members;
  members.reserve(names.size());
  for (std::string& name : names) members.push_back(member(std::move(name)));
  return members;
}

}  // namespace

// Types without parts are constants that nobody owns: copying one counts no reference.
Type::Type(Kind kind) {
  static const std::array<Node, simple_kinds> nodes = [] {
    std::array<Node, simple_kinds> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].kind = static_cast<Kind>(i);
      all[i].hash = mix(0, i);
    }
    return all;
  }();
  const auto index = static_cast<std::size_t>(kind);
  invariant(index < nodes.size(), "Type(Kind) makes only types without parts");
  node_ = std::shared_ptr<const Node>(std::shared_ptr<const Node>(), &nodes[index]);
}

Type::Type(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

Type Type::make(Kind kind, std::vector<Member> members) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->members = std::move(members);
  std::size_t hash = mix(0, static_cast<std::size_t>(kind));
  for (const Member& m : node->members) {
    hash = mix(hash, std::hash<std::string>{}(m.name));
    hash = mix(hash, m.type ? m.type->node_->hash : 1);
  }
  node->hash = hash;
  node->by_name.resize(node->members.size());
  std::iota(node->by_name.begin(), node->by_name.end(), 0U);
  // By index where names are equal, as those of tuples are.
  const auto name = [&](std::uint32_t i) {
    return std::make_pair(std::string_view(node->members[i].name), i);
  };
  std::ranges::sort(node->by_name, {}, name);
  node->by_length_and_name = node->by_name;
  std::ranges::sort(node->by_length_and_name, {},
                    [&](std::uint32_t i) { return std::make_pair(node->members[i].name.size(), name(i)); });
  return Type(std::shared_ptr<const Node>(std::move(node)));
}

Type Type::list(Type element) {
  return make(Kind::list, {member({}, std::move(element))});
}

Type Type::option(Type element) {
  return make(Kind::option, {member({}, std::move(element))});
}

Type Type::record(std::vector<Member> fields) {
  for (const Member& field : fields) invariant(field.type != nullptr, "each field of a record has a type");
  return make(Kind::record, std::move(fields));
}

Type Type::tuple(std::vector<Type> elements) {
  std::vector<Member> members;
  members.reserve(elements.size());
  for (Type& element : elements) members.push_back(member({}, std::move(element)));
  return make(Kind::tuple, std::move(members));
}

Type Type::variant(std::vector<Member> cases) {
  return make(Kind::variant, std::move(cases));
}

Type Type::enumeration(std::vector<std::string> names) {
  return make(Kind::enumeration, names_only(std::move(names)));
}

Type Type::flags(std::vector<std::string> names) {
  return make(Kind::flags, names_only(std::move(names)));
}

Type Type::result(const Type* ok, const Type* err) {
  std::vector<Member> members;
  members.push_back(ok != nullptr ? member("ok", *ok) : member("ok"));
  members.push_back(err != nullptr ? member("err", *err) : member("err"));
  return make(Kind::result, std::move(members));
}

Kind Type::kind() const {
  return node_->kind;
}

const std::vector<Member>& Type::members() const {
  return node_->members;
}

const Type& Type::element() const {
  invariant(kind() == Kind::list || kind() == Kind::option, "only lists and options have an element");
  return *node_->members.front().type;
}

const std::vector<std::uint32_t>& Type::by_name() const {
  return node_->by_name;
}

const std::vector<std::uint32_t>& Type::by_length_and_name() const {
  return node_->by_length_and_name;
}

std::size_t Type::index_of(std::string_view name) const {
  const std::vector<Member>& all = node_->members;
  const auto name_at = [&](std::uint32_t i) -> std::string_view { return all[i].name; };
  const auto it = std::ranges::lower_bound(node_->by_name, name, {}, name_at);
  return it != node_->by_name.end() && all[*it].name == name ? *it : npos;
}

bool operator==(const Type& a, const Type& b) {
  if (a.node_ == b.node_) return true;
  if (a.node_->hash != b.node_->hash || a.node_->kind != b.node_->kind) return false;
  const std::vector<Member>& x = a.node_->members;
  const std::vector<Member>& y = b.node_->members;
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].name != y[i].name || (x[i].type == nullptr) != (y[i].type == nullptr)) return false;
    if (x[i].type && !(*x[i].type == *y[i].type)) return false;
  }
  return true;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "bool";
    case Kind::s8:
      return "s8";
    case Kind::u8:
      return "u8";
    case Kind::s16:
      return "s16";
    case Kind::u16:
      return "u16";
    case Kind::s32:
      return "s32";
    case Kind::u32:
      return "u32";
    case Kind::s64:
      return "s64";
    case Kind::u64:
      return "u64";
    case Kind::f32:
      return "f32";
    case Kind::f64:
      return "f64";
    case Kind::character:
      return "char";
    case Kind::string:
      return "string";
    case Kind::list:
      return "list";
    case Kind::record:
      return "record";
    case Kind::tuple:
      return "tuple";
    case Kind::variant:
      return "variant";
    case Kind::enumeration:
      return "enum";
    case Kind::option:
      return "option";
    case Kind::result:
      return "result";
    case Kind::flags:
      return "flags";
  }
  return "unknown";
}

namespace {

void append(std::string& out, const Type& type);

void append_record(std::string& out, const Type& type) {
  const char* separator = " ";
  for (const Member& m : type.members()) {
    out += separator;
    out += m.name;
    out += ": ";
    append(out, *m.type);
    separator = ", ";
  }
}

void append_cases(std::string& out, const Type& type) {
  const char* separator = " ";
  for (const Member& m : type.members()) {
    out += separator;
    out += m.name;
    if (m.type) {
      out += '(';
      append(out, *m.type);
      out += ')';
    }
    separator = ", ";
  }
}

void append_result(std::string& out, const Type& type) {
  const Member& ok = type.members()[0];
  const Member& err = type.members()[1];
  if (!ok.type && !err.type) return;
  out += '<';
  if (ok.type) {
    append(out, *ok.type);
  } else {
    out += '_';
  }
  if (err.type) {
    out += ", ";
    append(out, *err.type);
  }
  out += '>';
}

void append(std::string& out, const Type& type) {
  out += name_of(type.kind());
  switch (type.kind()) {
    case Kind::list:
    case Kind::option:
    case Kind::tuple: {
      const char* separator = "<";
      for (const Member& m : type.members()) {
        out += separator;
        append(out, *m.type);
        separator = ", ";
      }
      out += type.members().empty() ? "<>" : ">";
      break;
    }
    case Kind::record:
      out += " {";
      append_record(out, type);
      out += " }";
      break;
    case Kind::variant:
    case Kind::enumeration:
    case Kind::flags:
      out += " {";
      append_cases(out, type);
      out += " }";
      break;
    case Kind::result:
      append_result(out, type);
      break;
    default:
      break;
  }
}

}  // namespace

std::string Type::to_string() const {
  std::string out;
  append(out, *this);
  return out;
}

Member member(std::string name, Type type) {
  return Member{std::move(name), std::make_shared<const Type>(std::move(type))};
}

Member member(std::string name) {
  return Member{std::move(name), nullptr};
}

std::string FunctionType::to_string() const {
  std::string out = name + ": func(";
  const char* separator = "";
  for (const Parameter& p : parameters) {
    out += separator;
    out += p.name;
    out += ": ";
    append(out, p.type);
    separator = ", ";
  }
  out += ')';
  if (result) {
    out += " -> ";
    append(out, *result);
  }
  return out;
}

bool operator==(const FunctionType& a, const FunctionType& b) {
  if (a.name != b.name || a.parameters != b.parameters) return false;
  if (!a.result || !b.result) return a.result == b.result;
  return *a.result == *b.result;
}

const FunctionType* InterfaceType::find(std::string_view function) const {
  for (const FunctionType& f : functions) {
    if (f.name == function) return &f;
  }
  return nullptr;
}

std::string_view InterfaceType::bare_name() const {
  const std::string_view all = name;
  return all.substr(0, all.find('@'));
}

}  // namespace sluice
