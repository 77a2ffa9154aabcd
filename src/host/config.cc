#include "host/config.h"

#include "host/types.h"

namespace sluice::host {

namespace {

InterfaceType config_type() {
  const Type error = Type::variant({member("upstream", text()), member("io", text())});
  return {"wasi:config/store@0.2.0-draft",
          {function("get", {{"key", text()}}, result_of(Type::option(text()), error)),
           function("get-all", {}, result_of(Type::list(Type::tuple({text(), text()})), error))}};
}

}  // namespace

ConfigCapability::ConfigCapability() : Capability("config", config_type()) {}

Task<Result<std::optional<Value>>> ConfigCapability::call(gate::Frame& caller,
                                                          const gate::BoundValues& /*bound*/,
                                                          std::size_t index, std::vector<Value> arguments) {
  const auto& config = caller.subject.config;
  if (index == 0) {
    const auto found = config.find(arguments[0].as_string());
    Value value = found == config.end() ? Value::none() : Value::some(Value::string(found->second));
    co_return std::optional<Value>(Value::ok(std::move(value)));
  }
  std::vector<Value> entries;
  for (const auto& [key, text] : config) {
    std::vector<Value> pair;
    pair.push_back(Value::string(key));
    pair.push_back(Value::string(text));
    entries.push_back(Value::list(std::move(pair)));
  }
  co_return std::optional<Value>(Value::ok(Value::list(std::move(entries))));
}

}  // namespace sluice::host
