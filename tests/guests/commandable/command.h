#pragma once
// The commands of the commandable test guest. One source, several components: they differ by their worlds,
// and a command is there if the world has what it needs (COMMANDABLE_… of CMakeLists.txt).

#include <sluice/json.h>

#include <string>
#include <string_view>

namespace commandable {

using sluice::guest::json::Json;

enum class Kind { done, retry, reject };

/// How a command ended. The text of `done` is passed on byte for byte, even if it is not UTF-8.
struct Answer {
  Kind kind = Kind::done;
  std::string text;
};

Answer done(std::string text);
Answer done(const Json& value);
Answer reject(std::string why);

/// Runs `{"do": NAME, …}`.
Answer run(const Json& command);
Answer run(std::string_view json);

/// The member `key` as text, or `otherwise`.
std::string text_of(const Json& command, std::string_view key, std::string_view otherwise = {});
/// The member `key` as a whole number, or `otherwise`.
std::uint64_t number_of(const Json& command, std::string_view key, std::uint64_t otherwise);

using Run = Answer (*)(const Json& command);

/// The function of a command, or null. Each source file of commands has one of these.
Run find_pure(std::string_view name);
Run find_host(std::string_view name);
Run find_pulls(std::string_view name);
Run find_http(std::string_view name);
Run find_probe(std::string_view name);
Run find_llm(std::string_view name);
Run find_nn(std::string_view name);

}  // namespace commandable
