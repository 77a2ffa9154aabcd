#include "cli/run_arguments.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace sluice::cli {

namespace {

using wasm::Access;
using wasm::Preopen;

constexpr std::array<std::string_view, 8> encodings{"ggml",       "llama2c",        "openvino", "onnx",
                                                    "tensorflow", "tensorflowlite", "pytorch",  "autodetect"};
constexpr std::array<std::string_view, 4> targets{"cpu", "gpu", "tpu", "auto"};
constexpr std::array<std::string_view, 8> with_value{
    "--dir",        "--env",       "--nn-preload",        "--reactor",
    "--time-limit", "--gas-limit", "--memory-page-limit", "--instances"};
constexpr std::uint64_t instances_max = 100'000;

std::unexpected<Error> wrong(std::string why, std::string todo = "see sluice run --help") {
  return fail(ErrorCode::invalid_input, "read the arguments", std::move(why), std::move(todo));
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

template <std::size_t N>
std::string listed(const std::array<std::string_view, N>& names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

Result<std::uint64_t> number(const std::string& option, const std::string& text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) {
    return wrong(option + " takes a whole number from 0 on, not `" + text + "`");
  }
  return value;
}

// GUEST:HOST[:readonly], or one folder that has the same name on both sides.
Result<Preopen> folder(const std::string& text) {
  std::vector<std::string_view> parts = split(text, ':');
  Preopen out;
  if (parts.size() == 3 && parts.back() == "readonly") {
    out.access = Access::read_only;
    parts.pop_back();
  }
  if (parts.size() > 2) {
    return wrong("--dir takes GUEST:HOST, GUEST:HOST:readonly or FOLDER, not `" + text + "`");
  }
  out.guest = parts.front();
  out.host = parts.back();
  if (out.guest.empty() || out.host.empty()) return wrong("--dir names an empty folder: `" + text + "`");
  return out;
}

Result<std::pair<std::string, std::string>> variable(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return wrong("--env takes NAME=VALUE, not `" + text + "`",
                 "nothing is inherited: write --env NAME=\"$NAME\" to pass a variable on");
  }
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

Result<NnPreload> model(const std::string& text) {
  const std::string form = "--nn-preload takes NAME:ENCODING:TARGET:PATH[:PATH…], ";
  const auto parts = split(text, ':');
  if (parts.size() < 4) return wrong(form + "not `" + text + "`");
  NnPreload out{std::string(parts[0]), lower(std::string(parts[1])), lower(std::string(parts[2])), {}};
  if (out.name.empty()) return wrong(form + "and the name is empty");
  if (std::ranges::find(encodings, out.encoding) == encodings.end()) {
    return wrong(form + "and `" + out.encoding + "` is no encoding", "encodings: " + listed(encodings));
  }
  if (std::ranges::find(targets, out.target) == targets.end()) {
    return wrong(form + "and `" + out.target + "` is no target", "targets: " + listed(targets));
  }
  if (out.encoding == "ggml") {
    // One path, whatever it holds.
    const std::size_t head = parts[0].size() + parts[1].size() + parts[2].size() + 3;
    out.paths = {text.substr(head)};
  } else {
    out.paths.assign(parts.begin() + 3, parts.end());
  }
  if (out.encoding == "llama2c" && out.paths.size() > 1) {
    return wrong("--nn-preload " + out.name + ": of llama2c, the checkpoint alone is named",
                 "its tokenizer.bin lies beside it");
  }
  return out;
}

class Parser {
 public:
  Parser(const std::vector<std::string>& arguments, const IsFile& is_file)
      : arguments_(arguments), is_file_(is_file) {}

  Result<RunArguments> parse() {
    while (next_ < arguments_.size()) {
      const std::string& argument = arguments_[next_];
      if (argument == "--") {
        ++next_;
        break;
      }
      if (argument.size() < 2 || argument.front() != '-') break;
      ++next_;
      if (argument == "--help" || argument == "-h") {
        RunArguments help;
        help.help = true;
        return help;
      }
      if (auto status = option(argument); !status) return std::unexpected(status.error());
    }
    return positional();
  }

 private:
  Status option(const std::string& argument) {
    const auto equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (name == "--help") return wrong("--help takes no value");
    if (std::ranges::find(with_value, name) == with_value.end()) return unknown(name);
    if (equals != std::string::npos) return set(name, argument.substr(equals + 1));
    const bool last = next_ >= arguments_.size();
    if (name == "--reactor" && (last || arguments_[next_].starts_with("-") || is_file_(arguments_[next_]))) {
      function_follows_file_ = true;
      return {};
    }
    if (last) return wrong(name + " needs a value");
    return set(name, arguments_[next_++]);
  }

  static Status unknown(const std::string& name) {
    for (const std::string_view known : with_value) {
      if (edit_distance(name, known) <= 2) {
        return wrong("there is no option " + name, "did you mean " + std::string(known) + "?");
      }
    }
    return wrong("there is no option " + name,
                 "options of the program itself follow its file; see sluice run --help");
  }

  template <class T>
  static Status take(Result<T> parsed, auto&& use) {
    if (!parsed) return std::unexpected(parsed.error());
    use(std::move(*parsed));
    return {};
  }

  Status set(const std::string& name, const std::string& value) {
    wasm::RunOptions& options = out_.options;
    if (name == "--dir")
      return take(folder(value), [&](Preopen p) { options.folders.push_back(std::move(p)); });
    if (name == "--env") return take(variable(value), [&](auto v) { set_variable(std::move(v)); });
    if (name == "--nn-preload") {
      return add_model(model(value));
    }
    if (name == "--reactor") {
      if (value.empty()) return wrong("--reactor names no function");
      options.reactor = value;
      return {};
    }
    auto count = number(name, value);
    if (name == "--instances" && count && (*count == 0 || *count > instances_max)) {
      return wrong("--instances takes 1 to " + std::to_string(instances_max) + ", not " + value);
    }
    return take(std::move(count), [&](std::uint64_t n) {
      if (name == "--time-limit") out_.time_limit_ms = n > 0 ? std::optional(n) : std::nullopt;
      if (name == "--gas-limit") options.gas_max = n;
      if (name == "--memory-page-limit") options.memory_pages_max = n;
      if (name == "--instances") out_.instances = static_cast<std::uint32_t>(n);
    });
  }

  // Two of a name can only be a mistake: the program reaches one.
  Status add_model(Result<NnPreload> model) {
    if (!model) return std::unexpected(model.error());
    if (std::ranges::find(out_.models, model->name, &NnPreload::name) != out_.models.end()) {
      return wrong("--nn-preload names two networks " + model->name, "give each a name of its own");
    }
    out_.models.push_back(std::move(*model));
    return {};
  }

  // The last of a name wins.
  void set_variable(std::pair<std::string, std::string> variable) {
    std::erase_if(out_.options.environment, [&](const auto& v) { return v.first == variable.first; });
    out_.options.environment.push_back(std::move(variable));
  }

  Result<RunArguments> positional() {
    if (next_ >= arguments_.size()) return wrong("no program is named");
    out_.file = arguments_[next_++];
    if (function_follows_file_) {
      if (next_ >= arguments_.size()) return wrong("--reactor needs a function behind the file");
      out_.options.reactor = arguments_[next_++];
    }
    out_.options.arguments.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(next_), arguments_.end());
    return std::move(out_);
  }

  const std::vector<std::string>& arguments_;
  const IsFile& is_file_;
  std::size_t next_ = 0;
  bool function_follows_file_ = false;
  RunArguments out_;
};

}  // namespace

Result<RunArguments> parse_run_arguments(const std::vector<std::string>& arguments, const IsFile& is_file) {
  return Parser(arguments, is_file).parse();
}

}  // namespace sluice::cli
