#include "answers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fields.h"
#include "text.h"

namespace github {
namespace {

using Absent = Fields::Absent;

constexpr std::string_view ghost = "ghost";  // GitHub's own name for deleted accounts
constexpr std::size_t message_bytes_max = 200;
constexpr std::size_t errors_max = 5;

std::string login_of(Fields& holder, const char* key) {
  return holder.object(key, Absent::allowed).text_or("login", ghost);
}

FileStatus status_of(std::string_view text) {
  constexpr std::array<std::string_view, 7> names = {"added",  "modified", "removed",  "renamed",
                                                     "copied", "changed",  "unchanged"};
  const auto found = std::ranges::find(names, text);
  return found == names.end() ? FileStatus::changed : static_cast<FileStatus>(found - names.begin());
}

File read_file(Fields& fields) {
  File file;
  file.path = fields.text("filename");
  file.status = status_of(fields.text("status"));
  file.previous_path = fields.optional_text("previous_filename");
  file.additions = fields.small_number("additions");
  file.deletions = fields.small_number("deletions");
  file.patch = fields.optional_text("patch");
  return file;
}

std::vector<File> read_files(std::vector<Fields> items) {
  std::vector<File> files;
  files.reserve(items.size());
  for (Fields& item : items) files.push_back(read_file(item));
  return files;
}

// Who wrote it: the account that GitHub matched, else the name in the commit.
std::string author_of(Fields& commit) {
  if (commit.has("author")) return login_of(commit, "author");
  return commit.object("commit").object("author", Absent::allowed).text_or("name", ghost);
}

}  // namespace

Outcome<PullRequest> read_pull(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  Fields fields(&*json, "", fault);
  PullRequest pull;
  pull.number = fields.small_number("number");
  pull.title = fields.text("title");
  pull.body = fields.text_or("body", "");
  pull.author = login_of(fields, "user");
  pull.draft = fields.flag_or("draft", false);
  for (Fields& label : fields.items("labels", Absent::allowed)) pull.labels.push_back(label.text("name"));
  Fields base = fields.object("base");
  pull.base_sha = base.text("sha");
  pull.base_ref = base.text("ref");
  Fields head = fields.object("head");
  pull.head_sha = head.text("sha");
  pull.head_ref = head.text("ref");
  pull.url = fields.text_or("html_url", "");
  return unless(fault, what, std::move(pull));
}

Outcome<std::vector<File>> read_files(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  std::vector<File> files = read_files(items_of(*json, fault));
  return unless(fault, what, std::move(files));
}

Outcome<std::vector<File>> read_comparison(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  std::vector<File> files = read_files(Fields(&*json, "", fault).items("files"));
  return unless(fault, what, std::move(files));
}

Outcome<std::vector<Commit>> read_commits(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  std::vector<Commit> commits;
  for (Fields& item : items_of(*json, fault)) {
    std::string author = author_of(item);
    commits.push_back({item.text("sha"), item.object("commit").text_or("message", ""), std::move(author)});
  }
  return unless(fault, what, std::move(commits));
}

Outcome<std::vector<Comment>> read_comments(std::string_view body, std::string_view what,
                                            std::string_view login) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  std::vector<Comment> comments;
  for (Fields& item : items_of(*json, fault)) {
    Comment comment{item.number("id"), login_of(item, "user"), item.text_or("body", ""), false};
    comment.mine = item.has("user") && equal_ignoring_case(comment.author, login);
    comments.push_back(std::move(comment));
  }
  return unless(fault, what, std::move(comments));
}

Outcome<CommentOrigin> read_comment_origin(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  Fields fields(&*json, "", fault);
  CommentOrigin origin{login_of(fields, "user"), fields.text("issue_url")};
  return unless(fault, what, std::move(origin));
}

Outcome<std::uint64_t> read_id(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  const std::uint64_t id = Fields(&*json, "", fault).number("id");
  return unless(fault, what, id);
}

Outcome<std::string> read_login(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  std::string login = Fields(&*json, "", fault).text("login");
  return unless(fault, what, std::move(login));
}

Outcome<Permission> read_permission(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  Fault fault;
  Fields fields(&*json, "", fault);
  constexpr std::array<std::string_view, 6> names = {"none", "read", "triage", "write", "maintain", "admin"};
  // `role_name` tells more (triage, maintain), but may also be a role of the organization's own making.
  for (const std::string& name : {fields.text_or("role_name", ""), fields.text("permission")}) {
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) return unless(fault, what, static_cast<Permission>(found - names.begin()));
  }
  if (fault.empty()) fault = "`permission`: not one that GitHub documents";
  return unless(fault, what, Permission::none);
}

Outcome<std::string> read_content(std::string_view body, std::string_view what) {
  Outcome<Json> json = parse_answer(body, what);
  if (!json) return std::unexpected(std::move(json.error()));
  const std::string name(what);
  if (json->is_array()) return invalid(name + ": a folder, not a file");
  Fault fault;
  Fields fields(&*json, "", fault);
  const std::string type = fields.text("type");
  const std::string encoding = fields.text_or("encoding", "none");
  const std::string content = fields.text_or("content", "");
  if (!fault.empty()) return unless(fault, what, std::string());
  if (type != "file") return invalid(name + ": a " + one_line(type, 20) + ", not a file");
  if (encoding == "none") return invalid(name + ": larger than the 1 MB that GitHub gives this way");
  std::optional<std::string> bytes = encoding == "base64" ? base64_decoded(content) : std::nullopt;
  if (!bytes) return unavailable(name + ": not what GitHub answers: `content` is not base64");
  if (!is_text(*bytes)) return invalid(name + ": not a text in UTF-8");
  return std::move(*bytes);
}

std::string read_error(std::string_view body) {
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return "an answer that is not GitHub's JSON";
  Fault fault;
  Fields fields(&json, "", fault);
  std::string text = one_line(fields.text_or("message", "no reason given"), message_bytes_max);
  const auto errors = json.find("errors");
  if (errors == json.end() || !errors->is_array()) return text;
  std::size_t shown = 0;
  for (Json& error : *errors) {
    if (++shown > errors_max) break;
    std::string said;
    if (error.is_string()) said = *error.get_ptr<std::string*>();
    Fields parts(&error, "", fault);
    for (const char* key : {"resource", "field", "code", "message"}) {
      if (const std::optional<std::string> part = parts.optional_text(key))
        said += (said.empty() ? "" : " ") + *part;
    }
    text += (shown == 1 ? ": " : "; ") + one_line(said, message_bytes_max);
  }
  return text;
}

}  // namespace github
