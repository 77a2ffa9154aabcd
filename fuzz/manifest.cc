// Any bytes as a manifest: it is read whole or refused with reasons, never half, and never brings the process
// down.
#include "flow/manifest.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/invariant.h"
#include "flow/manifest_json.h"

using namespace sluice;
using namespace sluice::flow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto manifest = parse_manifest(text, "fuzz.toml");
  if (!manifest) {
    invariant(!manifest.error().empty(), "a refusal has a reason");
    for (const Problem& problem : manifest.error().list()) {
      invariant(!problem.why.empty(), "a problem says what is wrong");
    }
    invariant(!manifest.error().to_error().to_string().empty(), "a refusal can be shown");
    return 0;
  }
  for (const Function& function : manifest->functions) {
    invariant(!function.component->empty(), "a function has a component");
    for (const Link& link : function.links) {
      invariant(
          link.to->kind != Target::Kind::integration || manifest->find_integration(link.to->name) != nullptr,
          "a link leads somewhere");
      for (const Binding& binding : link.bind) invariant(!binding.pointers.empty(), "a binding binds");
    }
  }
  for (const Trigger& trigger : manifest->triggers) {
    invariant(manifest->find_function(*trigger.function) != nullptr, "a trigger has its function");
  }
  for (const Integration& integration : manifest->integrations) {
    for (const Secret& secret : integration.secrets) invariant(!secret.hosts.empty(), "a secret has hosts");
  }
  (void)to_json(*manifest).dump();
  return 0;
}
