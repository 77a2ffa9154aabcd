// Calls over sluice:nn. A tensor is {"dims": [numbers], KIND: [numbers]}, where KIND is f16 (bits), f32, f64,
// u8, i32 or i64.
//   {"do": "compute", "inputs": [tensors]}: a list of tensors      {"do": "ports"}: the network's inputs and
//   outputs
#include <sluice/world.h>

#include "command.h"

namespace commandable {
namespace {
namespace inference = ::sluice::nn::inference;
namespace json = ::sluice::guest::json;
using Numbers = inference::Numbers;

constexpr std::string_view kinds[] = {"f16", "f32", "f64", "u8", "i32", "i64"};

std::string describe(const inference::Error& error) {
  struct Visitor {
    std::string operator()(const inference::Error::Invalid& e) { return "invalid: " + e.value.to_string(); }
    std::string operator()(const inference::Error::TooLarge& e) {
      return "too-large: " + e.value.to_string();
    }
    std::string operator()(const inference::Error::Unavailable& e) {
      return "unavailable: " + e.value.to_string();
    }
    std::string operator()(const inference::Error::Refused& e) { return "refused: " + e.value.to_string(); }
  };
  return std::visit(Visitor{}, error.variants);
}

template <class T>
wit::vector<T> list_of(const Json& items) {
  auto out = wit::vector<T>::allocate(items.is_array() ? items.size() : 0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Json& item = items[i];
    out.initialize(i, item.is_number_float() ? static_cast<T>(*item.get_ptr<const double*>())
                                             : static_cast<T>(*item.get_ptr<const std::int64_t*>()));
  }
  return out;
}

Numbers numbers_of(const Json& tensor) {
  if (const Json* list = json::find(tensor, "f16")) return {Numbers::F16{list_of<std::uint16_t>(*list)}};
  if (const Json* list = json::find(tensor, "f64")) return {Numbers::F64{list_of<double>(*list)}};
  if (const Json* list = json::find(tensor, "u8")) return {Numbers::U8{list_of<std::uint8_t>(*list)}};
  if (const Json* list = json::find(tensor, "i32")) return {Numbers::I32{list_of<std::int32_t>(*list)}};
  if (const Json* list = json::find(tensor, "i64")) return {Numbers::I64{list_of<std::int64_t>(*list)}};
  static const Json none = Json::array();
  const Json* list = json::find(tensor, "f32");
  return {Numbers::F32{list_of<float>(list == nullptr ? none : *list)}};
}

// A tensor of so many numbers, for tests of size: {"ones": COUNT}.
inference::Tensor tensor_of(const Json& value) {
  if (value.contains("ones")) {
    const auto count = static_cast<std::uint32_t>(number_of(value, "ones", 0));
    auto dims = wit::vector<std::uint32_t>::allocate(1);
    dims.initialize(0, std::uint32_t{count});
    auto ones = wit::vector<float>::allocate(count);
    for (std::size_t i = 0; i < count; ++i) ones.initialize(i, 1.0F);
    return {std::move(dims), {Numbers::F32{std::move(ones)}}};
  }
  static const Json none = Json::array();
  const Json* dims = json::find(value, "dims");
  return {list_of<std::uint32_t>(dims == nullptr ? none : *dims), numbers_of(value)};
}

Json show(const inference::Tensor& tensor) {
  Json dims = Json::array();
  for (const std::uint32_t dim : tensor.dims.get_const_view()) dims.push_back(dim);
  Json numbers = Json::array();
  std::visit(
      [&](const auto& list) {
        for (const auto number : list.value.get_const_view()) numbers.push_back(number);
      },
      tensor.numbers.variants);
  return {{"dims", dims}, {std::string(kinds[tensor.numbers.variants.index()]), numbers}};
}

Json show(const inference::Port& port) {
  Json out{{"name", port.name.to_string()}, {"kind", nullptr}, {"dims", nullptr}};
  if (port.kind) out["kind"] = kinds[static_cast<std::size_t>(*port.kind)];
  if (port.dims) {
    out["dims"] = Json::array();
    for (const auto& dim : port.dims->get_const_view())
      out["dims"].push_back(dim ? Json(*dim) : Json(nullptr));
  }
  return out;
}

template <class List>
Json show_all(const List& list) {
  Json out = Json::array();
  for (const auto& one : list.get_const_view()) out.push_back(show(one));
  return out;
}

Answer compute(const Json& command) {
  static const Json none = Json::array();
  const Json* given = json::find(command, "inputs");
  const Json& inputs = given == nullptr ? none : *given;
  auto tensors = wit::vector<inference::Tensor>::allocate(inputs.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors.initialize(i, tensor_of(inputs[i]));
  const auto outputs = inference::Compute(tensors.get_const_view());
  if (!outputs) return reject("nn: " + describe(outputs.error()));
  if (command.contains("sum")) {
    Json sizes = Json::array();
    for (const auto& one : outputs->get_const_view()) {
      std::visit([&](const auto& list) { sizes.push_back(list.value.size()); }, one.numbers.variants);
    }
    return done(sizes);
  }
  return done(show_all(*outputs));
}

Answer ports(const Json&) {
  const auto found = inference::Describe();
  if (!found) return reject("nn: " + describe(found.error()));
  return done(Json{{"inputs", show_all(found->inputs)}, {"outputs", show_all(found->outputs)}});
}

}  // namespace

Run find_nn(std::string_view name) {
  if (name == "compute") return compute;
  if (name == "ports") return ports;
  return nullptr;
}

}  // namespace commandable
