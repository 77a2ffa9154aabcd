// Who can reach what in an app: what `sluice check` prints, as data.
//
// Everything here points into the manifest that it was made from, which must outlive it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flow/app.h"
#include "flow/linked_models.h"
#include "flow/manifest.h"
#include "gate/link.h"
#include "gate/secrets.h"

namespace sluice::flow {

// One function of an interface that a component imports.
struct ReachedFunction {
  std::string name;
  std::string signature;           // in WIT
  bool granted = true;             // false: the link's `functions` leave it out, and calls of it are refused
  std::vector<std::string> bound;  // parameters that the link fixes
};

// One import and what answers it. The functions are those that the component imports, not all of the
// interface.
struct ReachedLink {
  std::string interface;  // as the component imports it, with its version
  const Link* written = nullptr;
  std::vector<ReachedFunction> functions;
};

// A way out to the network that a function has through integrations.
struct Outlet {
  std::vector<std::string> through;  // the function's interface and then integrations, in the order of calls
  const net::EgressRule* rule = nullptr;
  std::vector<std::string> narrowed;  // placeholders of the rule that the event fixes
  // Whether what a request holds can choose among places: hosts or paths by wildcard, nothing of them
  // narrowed.
  bool open = false;
};

struct FunctionReach {
  const Function* function = nullptr;
  std::vector<const Trigger*> triggers;  // that start it
  std::vector<ReachedLink> links;        // in the order of the component's imports
  std::vector<Outlet> outlets;           // over granted functions only
};

struct IntegrationReach {
  const Integration* integration = nullptr;
  bool uses_network = false;         // its component imports sluice:http/client
  std::vector<std::string> used_by;  // functions and integrations that are linked to it
  std::vector<ReachedLink> links;    // without sluice:http/client, which no manifest links
};

// A link that leads to a model.
struct ModelUse {
  std::string by;                       // the function or integration
  std::string interface;                // as its component imports it
  std::optional<std::uint64_t> tokens;  // that one run may spend; absent: as many as it likes
};

struct ModelReach {
  const LinkedModel* model = nullptr;
  std::vector<ModelUse> uses;
};

// A secret that must be there before the app can run.
struct NeededSecret {
  std::string label;  // `integration.github.secrets.token`, `trigger.pull-requests.secret`
  const SecretSource* source = nullptr;
  const Secret* secret = nullptr;  // null: it is a trigger's, and goes nowhere
  Status state;                    // the error says why it can't be used; nothing tells its text
};

// What is allowed and may not be meant.
enum class WarningKind : std::uint8_t {
  unused_link,             // the component does not import it
  unused_integration,      // nothing is linked to it
  unused_model,            // likewise
  unused_egress,           // the component does not import sluice:http/client
  binding_without_effect,  // no egress rule narrows by what the link binds
  unencrypted_egress,      // http to elsewhere than this machine
  egress_beyond_secrets,   // an integration with a secret may request other hosts than those of its secrets
  secret_on_any_port,      // egress grants several ports of a host, and the secret names none
  no_trigger,              // nothing but a person starts the function
  open_way_out,            // private data, untrusted text and a way out that nothing narrows, in one app
};
// E.g. `unused-link`; stable.
[[nodiscard]] std::string_view name_of(WarningKind kind);

struct Warning {
  WarningKind kind = WarningKind::unused_link;
  Problem problem;
};

struct Reach {
  const Manifest* manifest = nullptr;
  // Each in the order of the manifest.
  std::vector<FunctionReach> functions;
  std::vector<IntegrationReach> integrations;
  std::vector<ModelReach> models;  // then those of the catalogue that links lead to
  std::vector<NeededSecret> secrets;
  std::vector<Warning> warnings;  // in the order of their places in the file
};

// The prepared links of the component of the function or integration with this name.
using LinksOf = std::function<std::span<const gate::Link>(std::string_view name)>;
// Whether a secret's text is there and can be used.
using ProbeSecret = std::function<Status(std::string_view label, const SecretSource& source)>;

// `models` must outlive it too.
[[nodiscard]] Reach find_reach(const Manifest& manifest, const LinksOf& links, const ProbeSecret& probe,
                               std::span<const LinkedModel> models = {});
// Of an app whose components are all loaded, without overrides; it must outlive it.
[[nodiscard]] Reach find_reach(const App& app, const ProbeSecret& probe);

// Reads the texts as a start of the app would, and forgets them.
[[nodiscard]] ProbeSecret probe_secrets(std::filesystem::path app_folder, gate::ReadVariable variable);

// Fills `warnings` in; find_reach has done so.
void add_warnings(Reach& reach);

}  // namespace sluice::flow
