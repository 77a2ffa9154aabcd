#include "types.h"

#include <string>
#include <vector>

#include "common/tensor.h"

namespace sluice::openvino {
namespace {

struct Pair {
  ov::element::Type_t element;
  sluice_nn_type type;
};

constexpr Pair pairs[] = {
    {ov::element::Type_t::f16, SLUICE_NN_F16}, {ov::element::Type_t::f32, SLUICE_NN_F32},
    {ov::element::Type_t::f64, SLUICE_NN_F64}, {ov::element::Type_t::u8, SLUICE_NN_U8},
    {ov::element::Type_t::i32, SLUICE_NN_I32}, {ov::element::Type_t::i64, SLUICE_NN_I64},
};

// Of an operation, where a tensor has no name of its own.
std::string name_of(const ov::Output<const ov::Node>& output) {
  const ov::Node* node = output.get_node();
  return node->get_input_size() == 0 ? node->get_friendly_name()
                                     : node->get_input_node_ptr(0)->get_friendly_name();
}

backends::Port port_of(const ov::Output<const ov::Node>& output) {
  std::string name = output.get_names().empty() ? name_of(output) : output.get_any_name();
  const std::uint32_t type = type_of(output.get_element_type());
  const ov::PartialShape& shape = output.get_partial_shape();
  if (shape.rank().is_dynamic()) return backends::make_port_of_any_rank(std::move(name), type);
  std::vector<std::int64_t> dims;
  for (const ov::Dimension& dim : shape) dims.push_back(dim.is_dynamic() ? -1 : dim.get_length());
  return backends::make_port(std::move(name), type, dims);
}

}  // namespace

std::uint32_t type_of(const ov::element::Type& type) {
  for (const Pair& pair : pairs) {
    if (type == pair.element) return pair.type;
  }
  return SLUICE_NN_OTHER_TYPE;
}

ov::element::Type element_of(std::uint32_t type) {
  for (const Pair& pair : pairs) {
    if (type == pair.type) return pair.element;
  }
  return ov::element::dynamic;
}

backends::Ports ports_of(const ov::CompiledModel& model) {
  backends::Ports ports;
  for (const auto& input : model.inputs()) ports.inputs.push_back(port_of(input));
  for (const auto& output : model.outputs()) ports.outputs.push_back(port_of(output));
  return ports;
}

}  // namespace sluice::openvino
