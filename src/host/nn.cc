#include "host/nn.h"

#include <utility>

#include "host/nn_values.h"
#include "host/types.h"

namespace sluice::host {

namespace {

// The guest's result, or the run's end where that is due.
Result<Value> answer(const Error& error) {
  if (error.code == ErrorCode::cancelled) return std::unexpected(error);
  return network_error(error);
}

Result<std::optional<Value>> as_answer(Result<Value> value) {
  if (!value) return std::unexpected(std::move(value.error()));
  return std::optional<Value>(std::move(*value));
}

Value ports_of(const std::vector<nn::TensorPort>& ports) {
  std::vector<Value> items;
  for (const nn::TensorPort& port : ports) items.push_back(port_value(port));
  return Value::list(std::move(items));
}

}  // namespace

InterfaceType inference_type() {
  const Type numbers =
      Type::variant({member("f16", Type::list(u16())), member("f32", Type::list(f32())),
                     member("f64", Type::list(Type(Kind::f64))), member("u8", Type::list(u8())),
                     member("i32", Type::list(Type(Kind::s32))), member("i64", Type::list(Type(Kind::s64)))});
  const Type tensor = Type::record({member("dims", Type::list(u32())), member("numbers", numbers)});
  const Type kind = Type::enumeration({"f16", "f32", "f64", "u8", "i32", "i64"});
  const Type port = Type::record({member("name", text()), member("kind", Type::option(kind)),
                                  member("dims", Type::option(Type::list(Type::option(u32()))))});
  const Type ports = Type::record({member("inputs", Type::list(port)), member("outputs", Type::list(port))});
  const Type error = Type::variant({member("invalid", text()), member("too-large", text()),
                                    member("unavailable", text()), member("refused", text())});
  return {"sluice:nn/inference@0.1.0",
          {function("describe", {}, result_of(ports, error)),
           function("compute", {{"inputs", Type::list(tensor)}}, result_of(Type::list(tensor), error))}};
}

NetworkProvider::NetworkProvider(std::string name, std::shared_ptr<nn::Network> network)
    : network_(std::move(network)), label_("model " + std::move(name)), type_(inference_type()) {}

Task<Result<std::optional<Value>>> NetworkProvider::call(gate::Frame& /*caller*/,
                                                         const gate::BoundValues& /*bound*/,
                                                         std::size_t index, std::vector<Value> arguments) {
  enum Function : std::size_t { describing };
  if (index == describing) co_return as_answer(co_await describe());
  co_return as_answer(co_await compute(std::move(arguments)));
}

Task<Result<Value>> NetworkProvider::describe() {
  const auto ports = co_await network_->ports();
  if (!ports) co_return answer(ports.error());
  std::vector<Field> fields;
  fields.push_back({"inputs", ports_of(ports->inputs)});
  fields.push_back({"outputs", ports_of(ports->outputs)});
  co_return Value::ok(Value::record(std::move(fields)));
}

Task<Result<Value>> NetworkProvider::compute(std::vector<Value> arguments) {
  std::vector<nn::OwnedTensor> inputs;
  for (const Value& value : arguments[0].as_list()) {
    auto tensor = read_tensor(value);
    if (!tensor) co_return answer(tensor.error());
    inputs.push_back(std::move(*tensor));
  }
  arguments.clear();
  auto outputs = co_await network_->compute(std::move(inputs));
  if (!outputs) co_return answer(outputs.error());
  std::vector<Value> values;
  for (const nn::OwnedTensor& output : *outputs) {
    auto value = tensor_value(output);
    if (!value) co_return answer(value.error());
    values.push_back(std::move(*value));
  }
  co_return Value::ok(Value::list(std::move(values)));
}

}  // namespace sluice::host
