// Gives every kind of value back as it came.
#include <sluice/world.h>

#include <string>

namespace exports::sluice::test::values {

Numbers EchoNumbers(Numbers v) {
  return v;
}
wit::string EchoString(wit::string v) {
  return v;
}
wit::vector<uint8_t> EchoBytes(wit::vector<uint8_t> v) {
  return v;
}
Person EchoPerson(Person v) {
  return v;
}
wit::vector<Person> EchoPeople(wit::vector<Person> v) {
  return v;
}
Colour EchoColour(Colour v) {
  return v;
}
Rights EchoRights(Rights v) {
  return v;
}
Many EchoMany(Many v) {
  return v;
}
Shape EchoShape(Shape v) {
  return v;
}
wit::vector<Shape> EchoShapes(wit::vector<Shape> v) {
  return v;
}
std::tuple<uint8_t, wit::string, double> EchoTuple(std::tuple<uint8_t, wit::string, double> v) {
  return v;
}
std::optional<std::optional<uint32_t>> EchoOption(std::optional<std::optional<uint32_t>> v) {
  return v;
}
std::expected<uint32_t, wit::string> EchoResult(std::expected<uint32_t, wit::string> v) {
  return v;
}
std::expected<void, wit::Void> EchoEmptyResult(std::expected<void, wit::Void> v) {
  return v;
}
wit::vector<wit::vector<wit::string>> EchoLists(wit::vector<wit::vector<wit::string>> v) {
  return v;
}

wit::string Join(wit::string a, wit::string b, wit::string c, wit::string d, wit::string e, wit::string f,
                 wit::string g, wit::string h, wit::string i) {
  std::string out;
  for (const wit::string* one : {&a, &b, &c, &d, &e, &f, &g, &h, &i}) out += one->get_view();
  return wit::string::from_view(out);
}

void Nothing() {}

}  // namespace exports::sluice::test::values
