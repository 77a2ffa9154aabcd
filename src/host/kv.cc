#include "host/kv.h"

#include "host/types.h"

namespace sluice::host {

namespace {

InterfaceType store_type() {
  const Type error = Type::variant({member("limit", text()), member("unavailable", text())});
  return {"sluice:kv/store@0.1.0",
          {function("get", {{"key", text()}}, result_of(Type::option(text()), error)),
           function("set", {{"key", text()}, {"value", text()}}, result_of_nothing(error)),
           function("delete", {{"key", text()}}, result_of_nothing(error))}};
}

std::string space_of(const gate::Subject& subject) {
  return subject.app + (subject.kind == gate::Subject::Kind::function ? "/function/" : "/integration/") +
         subject.name;
}

}  // namespace

KvCapability::KvCapability(store::Store& store) : Capability("kv", store_type()), store_(store) {}

Task<Result<std::optional<Value>>> KvCapability::call(gate::Frame& caller, const gate::BoundValues& /*bound*/,
                                                      std::size_t index, std::vector<Value> arguments) {
  const std::string space = space_of(caller.subject);
  const std::string& key = arguments[0].as_string();
  if (index == 0) {
    auto found = store_.get(space, key);
    Value value = found ? Value::some(Value::string(std::move(*found))) : Value::none();
    co_return std::optional<Value>(Value::ok(std::move(value)));
  }
  if (index == 2) {
    store_.remove(space, key);
    co_return std::optional<Value>(Value::ok());
  }
  const Limits& limits = caller.subject.limits;
  const store::KvLimits most{limits.kv_key_bytes, limits.kv_value_bytes, limits.kv_entries};
  auto status = store_.set(space, key, arguments[1].as_string(), most);
  if (!status) co_return std::unexpected(std::move(status.error()));
  co_return std::optional<Value>(Value::ok());
}

}  // namespace sluice::host
