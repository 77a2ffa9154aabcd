// Writing WIT types in C++, as shortly as in WIT.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/type.h"

namespace sluice::host {

inline Type text() {
  return Type(Kind::string);
}
inline Type u8() {
  return Type(Kind::u8);
}
inline Type u16() {
  return Type(Kind::u16);
}
inline Type u32() {
  return Type(Kind::u32);
}
inline Type u64() {
  return Type(Kind::u64);
}
inline Type f32() {
  return Type(Kind::f32);
}
inline Type boolean() {
  return Type(Kind::boolean);
}
inline Type result_of(const Type& ok, const Type& err) {
  return Type::result(&ok, &err);
}
inline Type result_of_nothing(const Type& err) {
  return Type::result(nullptr, &err);
}

inline FunctionType function(std::string name, std::vector<Parameter> parameters) {
  return {std::move(name), std::move(parameters), nullptr, {}};
}
inline FunctionType function(std::string name, std::vector<Parameter> parameters, Type result) {
  return {std::move(name), std::move(parameters), std::make_shared<const Type>(std::move(result)), {}};
}

}  // namespace sluice::host
