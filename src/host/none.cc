#include "host/none.h"

#include "gate/refusal.h"

namespace sluice::host {

Task<Result<std::optional<Value>>> NoProvider::call(gate::Frame& /*caller*/,
                                                    const gate::BoundValues& /*bound*/, std::size_t index,
                                                    std::vector<Value> /*arguments*/) {
  const FunctionType& function = type().functions[index];
  Error error{ErrorCode::refused, "call " + type().name + "#" + function.name, "the link leads to `none`",
              "link it to a provider in sluice.toml"};
  // An answer as the manifest wants it, not a breach of it: nobody need look at it in the log.
  if (auto answer = gate::as_result(function, error)) co_return std::move(answer);
  co_return std::unexpected(std::move(error));
}

}  // namespace sluice::host
