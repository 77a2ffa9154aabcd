#include "symbols.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "definition.h"
#include "text.h"

namespace review {
namespace {

constexpr std::size_t names_max = 200;
constexpr std::size_t name_bytes_max = 80;
constexpr std::size_t line_bytes_max = 200;

struct Defined {
  std::string shown;
  std::string_view line;
};

std::string shown(const Definition& definition) {
  std::string name = shorten(squeeze(definition.name), name_bytes_max);
  if (definition.kind == Definition::Kind::function) name += "()";
  return name;
}

Defined* find(std::vector<Defined>& list, std::string_view name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Defined& d) { return d.shown == name; });
  return found == list.end() ? nullptr : &*found;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (names.size() < names_max && !contains(names, name)) names.push_back(name);
}

class Walk {
 public:
  explicit Walk(const FileChange& file) : file_(file) {}

  Symbols run() {
    for (const Hunk& hunk : file_.hunks) {
      const std::optional<Definition> section = definition_in(file_.language, hunk.section);
      current_ = section ? shown(*section) : section_name(hunk.section);
      for (const Line& line : hunk.lines) visit(line);
    }
    return result();
  }

 private:
  // git cuts a section short and some definitions span lines: the name before a parenthesis still tells.
  [[nodiscard]] std::string section_name(std::string_view section) const {
    const std::size_t parenthesis = section.find('(');
    if (parenthesis == std::string_view::npos) return {};
    const std::string line = concat(section.substr(0, parenthesis), "() {");
    const std::optional<Definition> definition = definition_in(file_.language, line);
    return definition ? shown(*definition) : std::string();
  }

  void visit(const Line& line) {
    const std::optional<Definition> definition = definition_in_file(file_.path, file_.language, line.text);
    if (definition) {
      define(line, *definition);
      return;
    }
    if (line.op != Line::Op::context && !current_.empty() && !trim(line.text).empty() &&
        !ends_definition(file_.language, line.text)) {
      add_once(touched_, current_);
    }
    if (line.op != Line::Op::deleted && ends_definition(file_.language, line.text)) current_.clear();
  }

  void define(const Line& line, const Definition& definition) {
    std::string name = shown(definition);
    std::vector<Defined>& list = line.op == Line::Op::added ? added_ : deleted_;
    if (line.op != Line::Op::context && list.size() < names_max && find(list, name) == nullptr) {
      list.push_back({name, line.text});
    }
    if (definition.kind != Definition::Kind::macro) current_ = std::move(name);
  }

  Symbols result() {
    Symbols symbols;
    for (const Defined& added : added_) {
      const Defined* before = find(deleted_, added.shown);
      if (before == nullptr) {
        symbols.added.push_back(added.shown);
      } else if (!equal_squeezed(before->line, added.line)) {
        symbols.signatures.push_back({added.shown, shorten(squeeze(before->line), line_bytes_max),
                                      shorten(squeeze(added.line), line_bytes_max)});
      } else {
        add_once(touched_, added.shown);
      }
    }
    for (const Defined& deleted : deleted_) {
      if (find(added_, deleted.shown) == nullptr) symbols.removed.push_back(deleted.shown);
    }
    for (std::string& name : touched_) {
      if (!is_told(symbols, name)) symbols.touched.push_back(std::move(name));
    }
    return symbols;
  }

  static bool is_told(const Symbols& symbols, std::string_view name) {
    return contains(symbols.added, name) || contains(symbols.removed, name) ||
           std::ranges::any_of(symbols.signatures,
                               [&](const SignatureChange& change) { return change.name == name; });
  }

  const FileChange& file_;
  std::string current_;
  std::vector<Defined> added_;
  std::vector<Defined> deleted_;
  std::vector<std::string> touched_;
};

}  // namespace

Symbols symbols_of(const FileChange& file) {
  return Walk(file).run();
}

}  // namespace review
