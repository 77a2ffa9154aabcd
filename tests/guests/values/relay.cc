// Answers every call with what the linked provider of the same interface answers: each kind of value crosses
// a link.
#include <sluice/world.h>

#include <bit>
#include <vector>

namespace exports::sluice::test::values {
namespace linked = ::sluice::test::values;

namespace {

template <class To, class From>
To person(From& v) {
  return {std::move(v.name), v.age, std::move(v.tags), {v.home.x, v.home.y}};
}

// The cases of two variants of the same shape correspond by their order.
template <class To, class From>
To shape(From& v) {
  if (auto* circle = std::get_if<0>(&v.variants)) return {typename To::Circle{circle->value}};
  if (auto* square = std::get_if<1>(&v.variants))
    return {typename To::Square{{square->value.x, square->value.y}}};
  if (auto* named = std::get_if<2>(&v.variants)) return {typename To::Named{std::move(named->value)}};
  return {typename To::Empty{}};
}

template <class To, class From, class Convert>
wit::vector<To> list(wit::vector<From>& from, Convert convert) {
  auto to = wit::vector<To>::allocate(from.size());
  for (size_t i = 0; i < from.size(); ++i) to.initialize(i, convert(from[i]));
  return to;
}

}  // namespace

Numbers EchoNumbers(Numbers v) {
  return std::bit_cast<Numbers>(linked::EchoNumbers(std::bit_cast<linked::Numbers>(v)));
}
wit::string EchoString(wit::string v) {
  return linked::EchoString(v.get_view());
}
wit::vector<uint8_t> EchoBytes(wit::vector<uint8_t> v) {
  return linked::EchoBytes(v.get_const_view());
}
Person EchoPerson(Person v) {
  auto back = linked::EchoPerson(person<linked::Person>(v));
  return person<Person>(back);
}
wit::vector<Person> EchoPeople(wit::vector<Person> v) {
  const auto sent = list<linked::Person>(v, person<linked::Person, Person>);
  auto back = linked::EchoPeople(sent.get_const_view());
  return list<Person>(back, person<Person, linked::Person>);
}
Colour EchoColour(Colour v) {
  return Colour(linked::EchoColour(linked::Colour(v)));
}
Rights EchoRights(Rights v) {
  return Rights(linked::EchoRights(linked::Rights(v)));
}
Many EchoMany(Many v) {
  return Many(linked::EchoMany(linked::Many(v)));
}
Shape EchoShape(Shape v) {
  auto back = linked::EchoShape(shape<linked::Shape>(v));
  return shape<Shape>(back);
}
wit::vector<Shape> EchoShapes(wit::vector<Shape> v) {
  const auto sent = list<linked::Shape>(v, shape<linked::Shape, Shape>);
  auto back = linked::EchoShapes(sent.get_const_view());
  return list<Shape>(back, shape<Shape, linked::Shape>);
}
std::tuple<uint8_t, wit::string, double> EchoTuple(std::tuple<uint8_t, wit::string, double> v) {
  return linked::EchoTuple({std::get<0>(v), std::get<1>(v).get_view(), std::get<2>(v)});
}
std::optional<std::optional<uint32_t>> EchoOption(std::optional<std::optional<uint32_t>> v) {
  return linked::EchoOption(v);
}
std::expected<uint32_t, wit::string> EchoResult(std::expected<uint32_t, wit::string> v) {
  return linked::EchoResult(std::move(v));
}
std::expected<void, wit::Void> EchoEmptyResult(std::expected<void, wit::Void> v) {
  return linked::EchoEmptyResult(v);
}
wit::vector<wit::vector<wit::string>> EchoLists(wit::vector<wit::vector<wit::string>> v) {
  std::vector<std::vector<std::string_view>> views;
  for (const auto& inner : v.get_const_view()) {
    auto& row = views.emplace_back();
    for (const auto& text : inner.get_const_view()) row.push_back(text.get_view());
  }
  std::vector<std::span<const std::string_view>> rows(views.begin(), views.end());
  return linked::EchoLists(rows);
}
wit::string Join(wit::string a, wit::string b, wit::string c, wit::string d, wit::string e, wit::string f,
                 wit::string g, wit::string h, wit::string i) {
  return linked::Join(a.get_view(), b.get_view(), c.get_view(), d.get_view(), e.get_view(), f.get_view(),
                      g.get_view(), h.get_view(), i.get_view());
}
void Nothing() {
  linked::Nothing();
}

}  // namespace exports::sluice::test::values
