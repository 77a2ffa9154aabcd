#include "flow/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::flow {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class FakeProvider : public gate::Provider {
 public:
  FakeProvider(std::string label, InterfaceType type) : label_(std::move(label)), type_(std::move(type)) {}
  [[nodiscard]] const std::string& label() const override { return label_; }
  [[nodiscard]] const InterfaceType& type() const override { return type_; }
  Task<Result<std::optional<Value>>> call(gate::Frame& /*caller*/, const gate::BoundValues& /*bound*/,
                                          std::size_t /*index*/, std::vector<Value> /*arguments*/) override {
    co_return std::optional<Value>();
  }

 private:
  std::string label_;
  InterfaceType type_;
};

FunctionType function_type(std::string name, const std::vector<std::string>& parameters) {
  FunctionType type{std::move(name), {}, nullptr, ""};
  for (const std::string& parameter : parameters) type.parameters.push_back({parameter, Type(Kind::string)});
  return type;
}

const InterfaceType http{"sluice:http/client@0.1.0", {function_type("send", {"request"})}};
const InterfaceType log_interface{"wasi:logging/logging@0.1.0-draft", {function_type("log", {"message"})}};
const InterfaceType pulls{"sluice:github/pulls@0.1.0",
                          {function_type("get", {"owner", "repo"}), function_type("search", {"query"})}};
const InterfaceType notes{"me:notes/notes@1.0.0", {function_type("add", {"text"})}};

// An app whose components import what `imports` says, by the name of the function or integration.
class Fixture {
 public:
  Fixture(const std::string& text, const std::map<std::string, std::vector<InterfaceType>>& imports) {
    auto parsed = parse_manifest(text, "sluice.toml");
    if (!parsed) throw std::runtime_error(parsed.error().to_string());
    manifest_ = std::make_unique<Manifest>(std::move(*parsed));
    for (const Function& function : manifest_->functions) {
      link(*function.name, function.links, imports.at(*function.name));
    }
    for (const Integration& integration : manifest_->integrations) {
      link(*integration.name, integration.links, imports.at(*integration.name));
    }
  }

  [[nodiscard]] Reach reach(const ProbeSecret& probe = all_set) const {
    return find_reach(
        *manifest_,
        [&](std::string_view name) { return std::span<const gate::Link>(links_.at(std::string(name))); },
        probe);
  }

  static Status all_set(std::string_view /*label*/, const SecretSource& /*source*/) { return {}; }

 private:
  void link(const std::string& name, const std::vector<Link>& written,
            const std::vector<InterfaceType>& imports) {
    auto& made = links_[name];
    for (const InterfaceType& import : imports) {
      gate::LinkPolicy policy;
      for (const Link& one : written) {
        if (!covers_interface(*one.interface, import.name)) continue;
        for (const Binding& binding : one.bind) policy.bind.push_back({*binding.parameter, {}});
        if (one.functions) {
          policy.functions.emplace();
          for (const auto& granted : *one.functions) policy.functions->push_back(*granted);
        }
      }
      providers_.push_back(std::make_unique<FakeProvider>("fake", import));
      auto link = gate::Link::make(import, *providers_.back(), std::move(policy));
      if (!link) throw std::runtime_error(link.error().to_string());
      made.push_back(std::move(*link));
    }
  }

  std::unique_ptr<Manifest> manifest_;
  std::vector<std::unique_ptr<FakeProvider>> providers_;
  std::map<std::string, std::vector<gate::Link>> links_;
};

std::vector<std::string> kinds_of(const Reach& reach) {
  std::vector<std::string> kinds;
  for (const Warning& warning : reach.warnings) kinds.emplace_back(name_of(warning.kind));
  return kinds;
}

// A bot that is narrowed in every way: nothing to warn of.
constexpr const char* narrow = R"(
[app]
name = "bot"
[function.review]
component = "review.wasm"
[function.review.links]
"sluice:github/pulls" = { to = "github", bind = { owner = "/owner", repo = "/name" }, functions = ["get"], budget = { calls = 9 } }
"wasi:logging/logging" = "log"
[integration.github]
component = "github.wasm"
egress = ["GET https://api.github.com/repos/{owner}/{repo}/**"]
secrets.token = { env = "TOKEN", hosts = ["api.github.com"] }
[trigger.pulls]
kind = "github"
secret = { env = "HOOK" }
events = ["pull_request"]
function = "review"
)";

const std::map<std::string, std::vector<InterfaceType>> bot_imports{{"review", {log_interface, pulls}},
                                                                    {"github", {http}}};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("the manifest has no " + from);
  return text.replace(at, from.size(), to);
}

TEST(Reach, FollowsTriggersLinksAndEgress) {
  const Fixture app(narrow, bot_imports);
  const Reach reach = app.reach();
  EXPECT_THAT(kinds_of(reach), IsEmpty());

  ASSERT_EQ(reach.functions.size(), 1U);
  const FunctionReach& review = reach.functions[0];
  ASSERT_EQ(review.triggers.size(), 1U);
  EXPECT_EQ(*review.triggers[0]->name, "pulls");
  ASSERT_EQ(review.links.size(), 2U);
  EXPECT_EQ(review.links[0].interface, "wasi:logging/logging@0.1.0-draft");
  EXPECT_EQ(review.links[0].written->to->host, HostProvider::log);
  const ReachedLink& link = review.links[1];
  EXPECT_EQ(link.written->to->name, "github");
  EXPECT_EQ(link.written->budget.calls, 9U);
  ASSERT_EQ(link.functions.size(), 2U);
  EXPECT_EQ(link.functions[0].name, "get");
  EXPECT_TRUE(link.functions[0].granted);
  EXPECT_THAT(link.functions[0].bound, ElementsAre("owner", "repo"));
  EXPECT_EQ(link.functions[0].signature, "get: func(owner: string, repo: string)");
  EXPECT_FALSE(link.functions[1].granted);

  ASSERT_EQ(review.outlets.size(), 1U);
  EXPECT_THAT(review.outlets[0].through, ElementsAre("sluice:github/pulls@0.1.0", "github"));
  EXPECT_THAT(review.outlets[0].narrowed, ElementsAre("owner", "repo"));
  EXPECT_FALSE(review.outlets[0].open);

  ASSERT_EQ(reach.integrations.size(), 1U);
  EXPECT_TRUE(reach.integrations[0].uses_network);
  EXPECT_THAT(reach.integrations[0].used_by, ElementsAre("review"));
  EXPECT_THAT(reach.integrations[0].links, IsEmpty());
}

TEST(Reach, SaysWhichSecretsAreNeededAndWhetherTheyAreThere) {
  const Fixture app(narrow, bot_imports);
  const gate::ReadVariable variable = [](const std::string& name) {
    return name == "HOOK" ? "a-text-that-nobody-guesses" : nullptr;
  };
  const Reach reach = app.reach(probe_secrets("/nowhere", variable));
  ASSERT_EQ(reach.secrets.size(), 2U);
  EXPECT_EQ(reach.secrets[0].label, "integration.github.secrets.token");
  ASSERT_FALSE(reach.secrets[0].state);
  EXPECT_THAT(reach.secrets[0].state.error().why, HasSubstr("TOKEN is not set"));
  ASSERT_NE(reach.secrets[0].secret, nullptr);
  EXPECT_EQ(reach.secrets[1].label, "trigger.pulls.secret");
  EXPECT_TRUE(reach.secrets[1].state);
  EXPECT_EQ(reach.secrets[1].secret, nullptr);
  EXPECT_THAT(kinds_of(reach), IsEmpty()) << "a missing secret is no fault of the app";
}

TEST(Reach, FollowsIntegrationsThatUseOthersWithoutTheBinding) {
  const Fixture app(R"(
[app]
name = "bot"
[function.review]
component = "review.wasm"
[function.review.links]
"sluice:github/pulls" = { to = "github", bind = { owner = "/owner" }, functions = ["get"] }
[integration.github]
component = "github.wasm"
egress = ["https://api.github.com/repos/{owner}/**"]
[integration.github.links]
"me:notes/notes" = "wiki"
[integration.wiki]
component = "wiki.wasm"
egress = ["https://wiki.example.org/{owner}/**"]
)",
                    {{"review", {pulls}}, {"github", {http, notes}}, {"wiki", {http}}});
  const Reach reach = app.reach();
  const auto& outlets = reach.functions[0].outlets;
  ASSERT_EQ(outlets.size(), 2U);
  EXPECT_THAT(outlets[0].narrowed, ElementsAre("owner"));
  EXPECT_FALSE(outlets[0].open);
  EXPECT_THAT(outlets[1].through, ElementsAre("sluice:github/pulls@0.1.0", "github", "wiki"));
  EXPECT_THAT(outlets[1].narrowed, IsEmpty());
  EXPECT_TRUE(outlets[1].open);
  EXPECT_THAT(reach.integrations[1].used_by, ElementsAre("github"));
}

TEST(Reach, ALinkWithoutAnyGrantedFunctionIsNoWayOut) {
  const Fixture app(replaced(narrow, R"(functions = ["get"])", "functions = []"), bot_imports);
  EXPECT_THAT(app.reach().functions[0].outlets, IsEmpty());
}

struct WarningCase {
  std::string name;
  std::string from;
  std::string to;
  std::vector<std::string> kinds;
  std::string told;  // in one of them
};

class Warnings : public testing::TestWithParam<WarningCase> {};

TEST_P(Warnings, AreTold) {
  const Fixture app(replaced(narrow, GetParam().from, GetParam().to), bot_imports);
  const Reach reach = app.reach();
  EXPECT_EQ(kinds_of(reach), GetParam().kinds);
  ASSERT_FALSE(reach.warnings.empty());
  std::string told;
  for (const Warning& warning : reach.warnings) {
    EXPECT_GT(warning.problem.at.line, 0U) << warning.problem.why;
    EXPECT_FALSE(warning.problem.todo.empty()) << warning.problem.why;
    told += warning.problem.to_string("sluice.toml") + "\n";
  }
  EXPECT_THAT(told, HasSubstr(GetParam().told));
}

const std::vector<WarningCase> warning_cases{
    {"unused_link",
     "\"wasi:logging/logging\" = \"log\"",
     "\"wasi:logging/logging\" = \"log\"\n\"sluice:kv/store\" = \"kv\"",
     {"unused-link"},
     "sluice:kv/store"},
    {"parameter_without_placeholder",
     "/repos/{owner}/{repo}/**",
     "/repos/{owner}/*/**",
     {"binding-without-effect"},
     "`repo`"},
    {"no_placeholder_at_all",
     "/repos/{owner}/{repo}/**",
     "/repos/**",
     {"open-way-out", "binding-without-effect"},
     "`owner`, `repo`"},
    {"rule_beside_narrow_ones",
     "egress = [",
     "egress = [\"https://api.github.com/users/**\", ",
     {"open-way-out", "binding-without-effect"},
     "https://api.github.com/users/**"},
    {"unencrypted",
     "{repo}/**\"]\nsecrets.token = {",
     "{repo}/**\", \"http://api.github.com/rate_limit\"]\nsecrets.token = { allow-unencrypted = true, ",
     {"unencrypted-egress", "secret-on-any-port"},
     "http://api.github.com/rate_limit"},
    {"other_host",
     "egress = [",
     "egress = [\"https://uploads.github.com/repos/{owner}/{repo}/**\", ",
     {"egress-beyond-secrets"},
     "uploads.github.com"},
    {"wildcard_host",
     "https://api.github.com/repos",
     "https://*.github.com/repos",
     {"egress-beyond-secrets"},
     "*.github.com"},
    {"two_ports",
     "egress = [",
     "egress = [\"https://api.github.com:8443/rate_limit\", ",
     {"secret-on-any-port"},
     "443, 8443"},
};

INSTANTIATE_TEST_SUITE_P(Each, Warnings, testing::ValuesIn(warning_cases),
                         [](const auto& info) { return info.param.name; });

TEST(Reach, WarnsOfAFunctionThatNothingStarts) {
  const std::string text = std::string(narrow).substr(0, std::string(narrow).find("[trigger"));
  EXPECT_THAT(kinds_of(Fixture(text, bot_imports).reach()), ElementsAre("no-trigger"));
}

TEST(Reach, WarnsOfIntegrationsAndEgressThatNobodyUses) {
  auto imports = bot_imports;
  imports["github"] = {};
  imports["idle"] = {};
  const Fixture app(std::string(narrow) + "[integration.idle]\ncomponent = \"idle.wasm\"\n", imports);
  EXPECT_THAT(kinds_of(app.reach()), ElementsAre("unused-egress", "unused-integration"));
}

TEST(Reach, HttpOnThisMachineIsNoWarning) {
  const Fixture app(replaced(narrow, "egress = [", "egress = [\"http://127.0.0.1:8080/status\", "),
                    bot_imports);
  EXPECT_THAT(kinds_of(app.reach()), Not(Contains("unencrypted-egress")));
}

TEST(Reach, FlagsPrivateDataWithUntrustedTextAndAnOpenWayOut) {
  const std::string unbound = replaced(narrow, "bind = { owner = \"/owner\", repo = \"/name\" }, ", "");
  const Fixture app(unbound, bot_imports);
  const Reach reach = app.reach();
  EXPECT_THAT(kinds_of(reach), ElementsAre("open-way-out"));
  const std::string why = reach.warnings[0].problem.why;
  EXPECT_THAT(why, HasSubstr("token"));
  EXPECT_THAT(why, HasSubstr("`pulls`"));
  EXPECT_THAT(why, HasSubstr("GET https://api.github.com/repos/{owner}/{repo}/**"));

  const std::string one_place = replaced(unbound, "/repos/{owner}/{repo}/**", "/rate_limit");
  EXPECT_THAT(kinds_of(Fixture(one_place, bot_imports).reach()), IsEmpty()) << "one fixed place is not open";
  const std::string no_secret =
      replaced(unbound, "secrets.token = { env = \"TOKEN\", hosts = [\"api.github.com\"] }", "");
  EXPECT_THAT(kinds_of(Fixture(no_secret, bot_imports).reach()), IsEmpty());
  const std::string no_trigger = unbound.substr(0, unbound.find("[trigger"));
  EXPECT_THAT(kinds_of(Fixture(no_trigger, bot_imports).reach()), ElementsAre("no-trigger"));
}

}  // namespace
}  // namespace sluice::flow
