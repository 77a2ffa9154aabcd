#include "base/value.h"

#include <bit>
#include <cmath>

namespace sluice {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

template <class Float, class Bits>
bool same_float(Float a, Float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

bool same_fields(const std::vector<Field>& a, const std::vector<Field>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || !(a[i].value == b[i].value)) return false;
  }
  return true;
}

bool same_case(const CaseValue& a, const CaseValue& b) {
  if (a.index != b.index || (a.payload == nullptr) != (b.payload == nullptr)) return false;
  return a.payload == nullptr || *a.payload == *b.payload;
}

}  // namespace

Value Value::boolean(bool v) {
  return Value(Data(std::in_place_type<bool>, v));
}
Value Value::signed_int(std::int64_t v) {
  return Value(Data(std::in_place_type<std::int64_t>, v));
}
Value Value::unsigned_int(std::uint64_t v) {
  return Value(Data(std::in_place_type<std::uint64_t>, v));
}
Value Value::f32(float v) {
  return Value(Data(std::in_place_type<float>, v));
}
Value Value::f64(double v) {
  return Value(Data(std::in_place_type<double>, v));
}
Value Value::character(char32_t v) {
  return Value(Data(std::in_place_type<char32_t>, v));
}
Value Value::string(std::string v) {
  return Value(Data(std::in_place_type<std::string>, std::move(v)));
}
Value Value::list(std::vector<Value> items) {
  return Value(Data(ListValue{std::move(items)}));
}
Value Value::bytes(std::string v) {
  return Value(Data(BytesValue{std::move(v)}));
}
Value Value::record(std::vector<Field> fields) {
  return Value(Data(RecordValue{std::move(fields)}));
}
Value Value::of_case(std::uint32_t index) {
  return Value(Data(CaseValue{index, nullptr}));
}

Value Value::of_case(std::uint32_t index, Value payload) {
  return Value(Data(CaseValue{index, std::make_unique<Value>(std::move(payload))}));
}

Value Value::none() {
  return of_case(0);
}
Value Value::some(Value payload) {
  return of_case(1, std::move(payload));
}
Value Value::ok() {
  return of_case(0);
}
Value Value::ok(Value payload) {
  return of_case(0, std::move(payload));
}
Value Value::err() {
  return of_case(1);
}
Value Value::err(Value payload) {
  return of_case(1, std::move(payload));
}
Value Value::flags(std::vector<bool> set) {
  return Value(Data(FlagsValue{std::move(set)}));
}

Value Value::clone() const {
  return std::visit(Overloaded{[](const ListValue& v) {
                                 std::vector<Value> items;
                                 items.reserve(v.items.size());
                                 for (const Value& item : v.items) items.push_back(item.clone());
                                 return list(std::move(items));
                               },
                               [](const RecordValue& v) {
                                 std::vector<Field> fields;
                                 fields.reserve(v.fields.size());
                                 for (const Field& f : v.fields)
                                   fields.push_back(Field{f.name, f.value.clone()});
                                 return record(std::move(fields));
                               },
                               [](const CaseValue& v) {
                                 return v.payload ? of_case(v.index, v.payload->clone()) : of_case(v.index);
                               },
                               [](const auto& v) { return Value(Data(v)); }},
                    data_);
}

bool Value::as_bool() const {
  return std::get<bool>(data_);
}
std::int64_t Value::as_signed() const {
  return std::get<std::int64_t>(data_);
}
std::uint64_t Value::as_unsigned() const {
  return std::get<std::uint64_t>(data_);
}
float Value::as_f32() const {
  return std::get<float>(data_);
}
double Value::as_f64() const {
  return std::get<double>(data_);
}
char32_t Value::as_character() const {
  return std::get<char32_t>(data_);
}
const std::string& Value::as_string() const {
  return std::get<std::string>(data_);
}
const std::vector<Value>& Value::as_list() const {
  return std::get<ListValue>(data_).items;
}
const std::string& Value::as_bytes() const {
  return std::get<BytesValue>(data_).bytes;
}
const std::vector<Field>& Value::as_record() const {
  return std::get<RecordValue>(data_).fields;
}
const CaseValue& Value::as_case() const {
  return std::get<CaseValue>(data_);
}
const std::vector<bool>& Value::as_flags() const {
  return std::get<FlagsValue>(data_).set;
}

const Value& Value::field(std::size_t index) const {
  return as_record().at(index).value;
}

bool operator==(const Value& a, const Value& b) {
  if (a.data_.index() != b.data_.index()) return false;
  return std::visit(
      Overloaded{
          [&](float v) { return same_float<float, std::uint32_t>(v, std::get<float>(b.data_)); },
          [&](double v) { return same_float<double, std::uint64_t>(v, std::get<double>(b.data_)); },
          [&](const ListValue& v) { return v.items == std::get<ListValue>(b.data_).items; },
          [&](const BytesValue& v) { return v.bytes == std::get<BytesValue>(b.data_).bytes; },
          [&](const RecordValue& v) { return same_fields(v.fields, std::get<RecordValue>(b.data_).fields); },
          [&](const CaseValue& v) { return same_case(v, std::get<CaseValue>(b.data_)); },
          [&](const FlagsValue& v) { return v.set == std::get<FlagsValue>(b.data_).set; },
          [&]<class T>(const T& v) { return v == std::get<T>(b.data_); }},
      a.data_);
}

std::size_t footprint(const Value& value) {
  // Short strings live inside the value itself.
  constexpr std::size_t inline_bytes = 15;
  const auto text = [](const std::string& s) { return s.size() > inline_bytes ? s.size() + 1 : 0; };
  return sizeof(Value) +
         std::visit(Overloaded{[&](const std::string& v) { return text(v); },
                               [&](const BytesValue& v) { return text(v.bytes); },
                               [](const ListValue& v) {
                                 std::size_t sum = 0;
                                 for (const Value& item : v.items) sum += footprint(item);
                                 return sum;
                               },
                               [&](const RecordValue& v) {
                                 std::size_t sum = 0;
                                 for (const Field& f : v.fields) {
                                   sum += sizeof(std::string) + text(f.name) + footprint(f.value);
                                 }
                                 return sum;
                               },
                               [](const CaseValue& v) { return v.payload ? footprint(*v.payload) : 0; },
                               [](const FlagsValue& v) { return v.set.size() / 8; },
                               [](const auto&) { return std::size_t{0}; }},
                    value.data());
}

}  // namespace sluice
