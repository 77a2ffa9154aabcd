// code-evaluated, command-run, unsafe-deserialisation: calls that turn data into behaviour.
#include <algorithm>
#include <string>

#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

using Languages = unsigned;
constexpr Languages in(Language language) {
  return 1U << static_cast<unsigned>(language);
}
constexpr Languages c_like = in(Language::c) | in(Language::cpp);
constexpr Languages scripts = in(Language::javascript) | in(Language::typescript);
constexpr Languages python = in(Language::python);
constexpr Languages java = in(Language::java);
constexpr Languages go = in(Language::go);
constexpr Languages rust = in(Language::rust);
constexpr Languages ruby = in(Language::ruby);
constexpr Languages php = in(Language::php);

enum class Shape : unsigned char {
  call,    // name(…), not a method
  method,  // anything.name(…)
  text,    // the text as it stands in the code
};

enum class Harmless : unsigned char {
  never,
  literal,        // with nothing but a written-out text as first argument
  safe_loader,    // with a Loader that makes plain data only
  without_shell,  // unless its arguments hold shell=True, or a shell with -c
};

struct Danger {
  Signal signal;
  Languages languages;
  Shape shape;
  std::string_view name;
  Harmless harmless;
};

constexpr Danger dangers[] = {
    {Signal::code_evaluated, python | scripts | ruby | php, Shape::call, "eval", Harmless::literal},
    {Signal::code_evaluated, python, Shape::call, "exec", Harmless::literal},
    {Signal::code_evaluated, scripts, Shape::call, "new Function", Harmless::never},
    {Signal::code_evaluated, scripts, Shape::call, "vm.runInNewContext", Harmless::never},
    {Signal::code_evaluated, scripts, Shape::call, "vm.runInThisContext", Harmless::never},
    {Signal::code_evaluated, ruby, Shape::method, "instance_eval", Harmless::never},
    {Signal::code_evaluated, ruby, Shape::method, "class_eval", Harmless::never},
    {Signal::code_evaluated, php, Shape::call, "create_function", Harmless::never},

    {Signal::command_run, c_like | ruby | php, Shape::call, "system", Harmless::literal},
    {Signal::command_run, c_like, Shape::call, "popen", Harmless::literal},
    {Signal::command_run, python, Shape::call, "os.system", Harmless::literal},
    {Signal::command_run, python, Shape::call, "os.popen", Harmless::literal},
    {Signal::command_run, python, Shape::call, "subprocess.getoutput", Harmless::literal},
    {Signal::command_run, python, Shape::call, "commands.getoutput", Harmless::literal},
    {Signal::command_run, python, Shape::text, "shell=True", Harmless::never},
    {Signal::command_run, scripts, Shape::call, "exec", Harmless::literal},
    {Signal::command_run, scripts, Shape::call, "execSync", Harmless::literal},
    {Signal::command_run, scripts, Shape::call, "child_process.exec", Harmless::literal},
    {Signal::command_run, scripts, Shape::call, "child_process.execSync", Harmless::literal},
    {Signal::command_run, java, Shape::text, "Runtime.getRuntime().exec(", Harmless::never},
    {Signal::command_run, go, Shape::call, "exec.Command", Harmless::without_shell},
    {Signal::command_run, go, Shape::call, "exec.CommandContext", Harmless::without_shell},
    {Signal::command_run, rust, Shape::call, "Command::new", Harmless::without_shell},
    {Signal::command_run, php, Shape::call, "shell_exec", Harmless::literal},
    {Signal::command_run, php, Shape::call, "passthru", Harmless::literal},
    {Signal::command_run, php, Shape::call, "exec", Harmless::literal},

    {Signal::unsafe_deserialisation, python, Shape::call, "pickle.load", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "pickle.loads", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "cPickle.load", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "cPickle.loads", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "marshal.loads", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "shelve.open", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "jsonpickle.decode", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "dill.loads", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::call, "yaml.load", Harmless::safe_loader},
    {Signal::unsafe_deserialisation, python, Shape::call, "yaml.unsafe_load", Harmless::never},
    {Signal::unsafe_deserialisation, python, Shape::text, "allow_pickle=True", Harmless::never},
    {Signal::unsafe_deserialisation, java, Shape::call, "new ObjectInputStream", Harmless::never},
    {Signal::unsafe_deserialisation, java, Shape::call, "new XMLDecoder", Harmless::never},
    {Signal::unsafe_deserialisation, java, Shape::method, "enableDefaultTyping", Harmless::never},
    {Signal::unsafe_deserialisation, ruby, Shape::call, "Marshal.load", Harmless::never},
    {Signal::unsafe_deserialisation, ruby, Shape::call, "YAML.load", Harmless::never},
    {Signal::unsafe_deserialisation, php, Shape::call, "unserialize", Harmless::never},
    {Signal::unsafe_deserialisation, scripts, Shape::method, "unserialize", Harmless::never},
};

// Whether the first argument is one written-out text, into which nothing is put.
bool is_literal(std::string_view code, std::string_view text, std::size_t open) {
  const std::vector<std::string_view> arguments = split_arguments(arguments_at(code, open));
  if (arguments.empty()) return true;
  const std::string_view first = arguments.front();
  if (first.size() < 2 || (first.front() != '"' && first.front() != '\'' && first.front() != '`'))
    return false;
  if (first.back() != first.front() || first.find(first.front(), 1) != first.size() - 1) return false;
  const std::size_t at = static_cast<std::size_t>(first.data() - code.data());
  return !has_text(text.substr(at, first.size()), "${") && !has_text(text.substr(at, first.size()), "#{");
}

bool is_harmless(const Danger& danger, const CodeLine& line, std::size_t open) {
  if (danger.harmless == Harmless::never) return false;
  const std::string_view text = line.line->text;
  if (danger.harmless == Harmless::literal) return is_literal(line.code, text, open);
  const std::string_view list = text.substr(open);
  if (danger.harmless == Harmless::safe_loader)
    return has_text(list, "SafeLoader") || has_text(list, "BaseLoader");
  constexpr std::string_view shells[] = {"\"sh\"",        "\"bash\"", "\"/bin/sh\"",
                                         "\"/bin/bash\"", "\"cmd\"",  "\"powershell\""};
  return !has_any_text(list, shells);
}

struct Place {
  std::size_t name = none;
  std::size_t open = none;
};

Place find_danger(const Danger& danger, const CodeFile& file, const CodeLine& line) {
  if (danger.shape == Shape::text) {
    const std::size_t at = line.code.find(danger.name);
    return {at, at};
  }
  const Call call = danger.shape == Shape::call ? find_call(line.code, danger.name, qualified_in(file))
                                                : find_method(line.code, danger.name);
  return {call.name, call.open};
}

bool is_definition(std::string_view code, std::size_t at) {
  const std::string_view before = trim(code.substr(0, at));
  return before.ends_with("def") || before.ends_with("function") || before.ends_with("fn") ||
         before.ends_with("func");
}

// A line that the change only moved or rewrote had the call before.
bool was_there(const CodeFile& file, const Danger& danger) {
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.deleted() && find_danger(danger, file, line).name != none) return true;
    }
  }
  return false;
}

// `exec` of a script runs commands only where it comes from child_process; `re.exec` is a method and no
// match.
bool has_child_process(const CodeFile& file) {
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (has_text(line.line->text, "child_process")) return true;
    }
  }
  return false;
}

}  // namespace

void find_dangerous_calls(const CodeFile& file, Reporter& reporter) {
  if (!file.is_program() || file.is_test()) return;
  for (const Danger& danger : dangers) {
    if ((danger.languages & in(file.language)) == 0 || !reporter.wants(danger.signal)) continue;
    const bool bare_exec = (danger.languages & scripts) != 0 && danger.name.starts_with("exec");
    if (bare_exec && !has_child_process(file)) continue;
    bool looked = false;
    for (const CodeHunk& hunk : file.hunks) {
      for (const CodeLine& line : hunk.lines) {
        if (!line.added() || line.blank) continue;
        const Place place = find_danger(danger, file, line);
        if (place.name == none || is_definition(line.code, place.name)) continue;
        if (is_harmless(danger, line, place.open)) continue;
        if (!looked && was_there(file, danger)) break;
        looked = true;
        reporter.report(danger.signal, *line.line, danger.name);
      }
    }
  }
}

}  // namespace review::signals
