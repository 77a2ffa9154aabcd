#include "command.h"

namespace commandable {
namespace json = sluice::guest::json;

Answer done(std::string text) {
  return {Kind::done, std::move(text)};
}
Answer done(const Json& value) {
  return {Kind::done, json::dump(value)};
}
Answer reject(std::string why) {
  return {Kind::reject, std::move(why)};
}

std::string text_of(const Json& command, std::string_view key, std::string_view otherwise) {
  return std::string(json::get_text(command, key).value_or(otherwise));
}

std::uint64_t number_of(const Json& command, std::string_view key, std::uint64_t otherwise) {
  return json::get_unsigned(command, key).value_or(otherwise);
}

namespace {

Run find(std::string_view name) {
  if (const Run found = find_pure(name)) return found;
  if (const Run found = find_host(name)) return found;
#ifdef COMMANDABLE_PULLS
  if (const Run found = find_pulls(name)) return found;
#endif
#ifdef COMMANDABLE_HTTP
  if (const Run found = find_http(name)) return found;
#endif
#ifdef COMMANDABLE_PROBE
  if (const Run found = find_probe(name)) return found;
#endif
#ifdef COMMANDABLE_LLM
  if (const Run found = find_llm(name)) return found;
#endif
#ifdef COMMANDABLE_NN
  if (const Run found = find_nn(name)) return found;
#endif
  return nullptr;
}

// {"do": "sequence", "steps": [command…]}: the answers in order, up to the first that is no success.
Answer run_sequence(const Json& command) {
  const Json* steps = json::find(command, "steps");
  if (steps == nullptr || !steps->is_array()) return reject("sequence: `steps` must be an array");
  Json answers = Json::array();
  for (const Json& step : *steps) {
    Answer answer = run(step);
    if (answer.kind != Kind::done) return answer;
    answers.push_back(std::move(answer.text));
  }
  return done(answers);
}

}  // namespace

Answer run(const Json& command) {
  const std::string name = text_of(command, "do");
  if (name == "sequence") return run_sequence(command);
  const Run found = find(name);
  if (found == nullptr) return reject("no command `" + name + "` in this component");
  return found(command);
}

Answer run(std::string_view text) {
  const auto command = json::parse(text);
  return command ? run(*command) : reject(command.error());
}

}  // namespace commandable
