#include "host/nn_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace sluice::host {

namespace {

template <class T>
void append(std::string& bytes, T number) {
  char raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  bytes.append(raw, sizeof number);
}

// The cases of `numbers` have the order of the types' numbers.
std::string bytes_of(std::uint32_t type, const Value& list) {
  if (type == SLUICE_NN_U8) return list.as_bytes();
  std::string bytes;
  bytes.reserve(list.as_list().size() * nn::bytes_of_type(type));
  for (const Value& item : list.as_list()) {
    switch (type) {
      case SLUICE_NN_F16:
        append(bytes, static_cast<std::uint16_t>(item.as_unsigned()));
        break;
      case SLUICE_NN_F32:
        append(bytes, item.as_f32());
        break;
      case SLUICE_NN_F64:
        append(bytes, item.as_f64());
        break;
      case SLUICE_NN_I32:
        append(bytes, static_cast<std::int32_t>(item.as_signed()));
        break;
      default:
        append(bytes, item.as_signed());
        break;
    }
  }
  return bytes;
}

template <class T, class Make>
Value list_of(const std::string& bytes, Make make) {
  std::vector<Value> items;
  items.reserve(bytes.size() / sizeof(T));
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    items.push_back(make(number));
  }
  return Value::list(std::move(items));
}

Value numbers_of(std::uint32_t type, const std::string& bytes) {
  switch (type) {
    case SLUICE_NN_F16:
      return list_of<std::uint16_t>(bytes, [](std::uint16_t n) { return Value::unsigned_int(n); });
    case SLUICE_NN_F32:
      return list_of<float>(bytes, [](float n) { return Value::f32(n); });
    case SLUICE_NN_F64:
      return list_of<double>(bytes, [](double n) { return Value::f64(n); });
    case SLUICE_NN_U8:
      return Value::bytes(bytes);
    case SLUICE_NN_I32:
      return list_of<std::int32_t>(bytes, [](std::int32_t n) { return Value::signed_int(n); });
    default:
      return list_of<std::int64_t>(bytes, [](std::int64_t n) { return Value::signed_int(n); });
  }
}

}  // namespace

Result<nn::OwnedTensor> read_tensor(const Value& value) {
  const std::vector<Value>& dims = value.field(0).as_list();
  const CaseValue& numbers = value.field(1).as_case();
  const std::string what = "read a tensor";
  if (dims.size() > SLUICE_NN_RANK_MAX) {
    return fail(ErrorCode::invalid_input, what,
                fmt::format("it has {} dimensions, and the most is {}", dims.size(), SLUICE_NN_RANK_MAX));
  }
  nn::OwnedTensor tensor;
  tensor.shape.type = numbers.index;
  tensor.shape.rank = static_cast<std::uint32_t>(dims.size());
  std::ranges::transform(dims, tensor.shape.dims,
                         [](const Value& dim) { return static_cast<std::int64_t>(dim.as_unsigned()); });
  tensor.bytes = bytes_of(numbers.index, *numbers.payload);
  const auto elements = nn::elements_of(tensor.shape);
  const std::uint64_t given = tensor.bytes.size() / nn::bytes_of_type(numbers.index);
  if (!elements || *elements != given) {
    return fail(
        ErrorCode::invalid_input, what,
        fmt::format("it has {} numbers, which is not what {} has", given, nn::describe(tensor.shape)));
  }
  return tensor;
}

Result<Value> tensor_value(const nn::OwnedTensor& tensor) {
  const std::string what = "give a tensor";
  if (nn::bytes_of_type(tensor.shape.type) == 0) {
    return fail(ErrorCode::invalid_input, what, "its type has no place in sluice:nn");
  }
  std::vector<Value> dims;
  for (std::uint32_t i = 0; i < tensor.shape.rank; ++i) {
    if (tensor.shape.dims[i] > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorCode::invalid_input, what, "a dimension of it is too large");
    }
    dims.push_back(Value::unsigned_int(static_cast<std::uint64_t>(tensor.shape.dims[i])));
  }
  std::vector<Field> fields;
  fields.push_back({"dims", Value::list(std::move(dims))});
  fields.push_back(
      {"numbers", Value::of_case(tensor.shape.type, numbers_of(tensor.shape.type, tensor.bytes))});
  return Value::record(std::move(fields));
}

Value port_value(const nn::TensorPort& port) {
  std::vector<Field> fields;
  fields.push_back({"name", Value::string(port.name)});
  const bool has_kind = nn::bytes_of_type(port.shape.type) != 0;
  fields.push_back({"kind", has_kind ? Value::some(Value::of_case(port.shape.type)) : Value::none()});
  Value dims = Value::none();
  if (port.shape.rank <= SLUICE_NN_RANK_MAX) {
    std::vector<Value> sizes;
    for (std::uint32_t i = 0; i < port.shape.rank; ++i) {
      const std::int64_t size = port.shape.dims[i];
      const bool is_known = size >= 0 && size <= std::numeric_limits<std::uint32_t>::max();
      sizes.push_back(is_known ? Value::some(Value::unsigned_int(static_cast<std::uint64_t>(size)))
                               : Value::none());
    }
    dims = Value::some(Value::list(std::move(sizes)));
  }
  fields.push_back({"dims", std::move(dims)});
  return Value::record(std::move(fields));
}

Value network_error(const Error& error) {
  enum Case : std::uint32_t { invalid, too_large, unavailable, refused };
  const auto kind = [&] {
    switch (error.code) {
      case ErrorCode::invalid_input:
        return invalid;
      case ErrorCode::limit:
        return too_large;
      case ErrorCode::refused:
        return refused;
      default:
        return unavailable;
    }
  };
  return Value::err(Value::of_case(kind(), Value::string(to_utf8(error.to_string(), nullptr))));
}

}  // namespace sluice::host
