#include "pulls.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "answers.h"
#include "text.h"

namespace github {
namespace {

using Json = nlohmann::json;

constexpr std::size_t page_size = 100;
// GitHub lists 3,000 files and 250 commits; comments have no end, so ours is far away.
constexpr std::uint32_t file_pages_max = 30;
constexpr std::uint32_t commit_pages_max = 10;
constexpr std::uint32_t comment_pages_max = 100;
constexpr std::size_t compared_files_max = 300;
constexpr std::uint64_t login_seconds_max = 3600;

template <class T>
std::unexpected<Problem> pass_on(Outcome<T>& failed) {
  return std::unexpected(std::move(failed.error()));
}

// All pages. Only whether there is a next one is taken from GitHub's `Link` header: its addresses name the
// repository by number, which no grant by owner and name covers, and an answer must not choose where the next
// request goes.
template <class T, class Read>
Outcome<std::vector<T>> all_pages(Client& client, const std::string& path, std::uint32_t pages_max,
                                  Read read) {
  std::vector<T> all;
  for (std::uint32_t number = 1; number <= pages_max; ++number) {
    std::string url = path + "?per_page=" + std::to_string(page_size) + "&page=" + std::to_string(number);
    Outcome<Client::Answer> answer = client.get(url);
    if (!answer) return pass_on(answer);
    Outcome<std::vector<T>> items = read(answer->body, "GET " + path);
    if (!items) return pass_on(items);
    const std::size_t count = items->size();
    for (T& item : *items) all.push_back(std::move(item));
    // Without the header (a proxy may drop it) a full page may have a next one.
    const bool more = answer->next == Next::some || (answer->next == Next::unsaid && count == page_size);
    if (!more || count == 0) return all;
  }
  return invalid("GET " + path + ": more than " + std::to_string(pages_max) + " pages");
}

Outcome<void> check_body(std::string_view body, std::string_view what) {
  const std::size_t characters = characters_in(body);
  if (characters <= body_characters_max) return {};
  return invalid(std::string(what) + ": " + std::to_string(characters) + " characters, GitHub takes " +
                 std::to_string(body_characters_max));
}

Outcome<Json> comment_json(const ReviewComment& comment) {
  const std::string what =
      "comment on " + one_line(comment.path, 100) + " line " + std::to_string(comment.line);
  if (const Outcome<std::string> path = encoded_path(comment.path); !path)
    return std::unexpected(path.error());
  if (comment.line == 0) return invalid(what + ": lines are counted from 1");
  if (comment.start_line && (*comment.start_line == 0 || *comment.start_line >= comment.line)) {
    return invalid(what + ": `start-line` has to be smaller than `line`");
  }
  if (comment.body.empty()) return invalid(what + ": without text");
  if (const Outcome<void> fits = check_body(comment.body, what); !fits) return std::unexpected(fits.error());
  const char* side = comment.side == Side::left ? "LEFT" : "RIGHT";
  Json json = {{"path", comment.path}, {"line", comment.line}, {"side", side}, {"body", comment.body}};
  if (comment.start_line) {
    json["start_line"] = *comment.start_line;
    json["start_side"] = side;
  }
  return json;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Outcome<Pulls> Pulls::open(Outside& outside, std::string_view owner, std::string_view repo,
                           std::uint32_t number) {
  Outcome<Target> target = target_of(owner, repo, number);
  if (!target) return pass_on(target);
  Outcome<Settings> settings = read_settings(outside);
  if (!settings) return pass_on(settings);
  return Pulls(Client(outside, std::move(*settings)), std::move(*target));
}

std::string Pulls::pull_path() const {
  return target_.path() + "/pulls/" + std::to_string(target_.number);
}
std::string Pulls::issue_path() const {
  return target_.path() + "/issues/" + std::to_string(target_.number);
}

Outcome<PullRequest> Pulls::get() {
  const std::string path = pull_path();
  Outcome<Client::Answer> answer = client_.get(path);
  if (!answer) return pass_on(answer);
  return read_pull(answer->body, "GET " + path);
}

Outcome<std::vector<File>> Pulls::files() {
  return all_pages<File>(
      client_, pull_path() + "/files", file_pages_max,
      [](std::string_view body, const std::string& what) { return read_files(body, what); });
}

Outcome<std::vector<Commit>> Pulls::commits() {
  return all_pages<Commit>(
      client_, pull_path() + "/commits", commit_pages_max,
      [](std::string_view body, const std::string& what) { return read_commits(body, what); });
}

Outcome<std::vector<File>> Pulls::compare(std::string_view base, std::string_view head) {
  Outcome<std::string> from = commit_of(base, "base");
  if (!from) return pass_on(from);
  Outcome<std::string> to = commit_of(head, "head");
  if (!to) return pass_on(to);
  // The files are all on the first page; pages are of commits, of which one is enough.
  const std::string path = target_.path() + "/compare/" + *from + "..." + *to;
  Outcome<Client::Answer> answer = client_.get(path + "?per_page=1&page=1");
  if (!answer) return pass_on(answer);
  Outcome<std::vector<File>> files = read_comparison(answer->body, "GET " + path);
  if (files && files->size() >= compared_files_max) {
    return invalid("GET " + path + ": GitHub lists no more than " + std::to_string(compared_files_max) +
                   " files of a comparison, so some may be missing; use the files of the pull request");
  }
  return files;
}

Outcome<std::string> Pulls::content(std::string_view path, std::string_view ref) {
  Outcome<std::string> file = encoded_path(path);
  if (!file) return pass_on(file);
  Outcome<std::string> commit = encoded_ref(ref);
  if (!commit) return pass_on(commit);
  const std::string url = target_.path() + "/contents/" + *file;
  Outcome<Client::Answer> answer = client_.get(url + "?ref=" + *commit);
  if (!answer) return pass_on(answer);
  return read_content(answer->body, "GET " + url);
}

Outcome<std::string> Pulls::own_login() {
  constexpr std::string_view key = "own-login";  // kept as `SECONDS LOGIN`
  Outside& outside = client_.outside();
  const std::uint64_t now = outside.now();
  if (const std::optional<std::string> kept = outside.recall(key)) {
    const std::size_t space = kept->find(' ');
    const std::uint64_t since = to_number(std::string_view(*kept).substr(0, space)).value_or(0);
    if (space != kept->npos && since <= now && now - since < login_seconds_max)
      return kept->substr(space + 1);
  }
  Outcome<std::string> login;
  if (Outcome<Client::Answer> answer = client_.get("/user")) {
    login = read_login(answer->body, "GET /user");
  } else {
    const Problem::Kind kind = answer.error().kind;
    const bool may_not_ask = kind == Problem::Kind::forbidden || kind == Problem::Kind::not_found;
    if (!may_not_ask) return pass_on(answer);
    login = client_.settings().bot_login;
    if (login->empty()) {
      return forbidden("GitHub does not tell this token whose it is (" +
                       (answer.error().text.empty() ? "404" : answer.error().text) +
                       "): name the account in the setting `bot-login`, e.g. `my-app[bot]`");
    }
  }
  if (login) outside.remember(key, std::to_string(now) + " " + *login);
  return login;
}

Outcome<std::vector<Comment>> Pulls::all_comments(const std::string& path) {
  Outcome<std::string> login = own_login();
  if (!login) return pass_on(login);
  const auto read = [&](std::string_view body, const std::string& what) {
    return read_comments(body, what, *login);
  };
  return all_pages<Comment>(client_, path, comment_pages_max, read);
}

Outcome<std::vector<Comment>> Pulls::comments() {
  return all_comments(issue_path() + "/comments");
}

Outcome<std::vector<Comment>> Pulls::review_comments() {
  return all_comments(pull_path() + "/comments");
}

Outcome<std::uint64_t> Pulls::create_comment(std::string_view body) {
  if (const Outcome<void> fits = check_body(body, "comment"); !fits) return std::unexpected(fits.error());
  const std::string path = issue_path() + "/comments";
  Outcome<std::string> made = client_.write("POST", path, dump({{"body", body}}));
  if (!made) return pass_on(made);
  return read_id(*made, "POST " + path);
}

Outcome<void> Pulls::update_comment(std::uint64_t id, std::string_view body) {
  if (const Outcome<void> fits = check_body(body, "comment"); !fits) return std::unexpected(fits.error());
  const std::string path = target_.path() + "/issues/comments/" + std::to_string(id);
  Outcome<std::string> login = own_login();
  if (!login) return pass_on(login);
  Outcome<Client::Answer> found = client_.get(path);
  if (!found) return pass_on(found);
  Outcome<CommentOrigin> origin = read_comment_origin(found->body, "GET " + path);
  if (!origin) return pass_on(origin);
  // The address's beginning differs between github.com and Enterprise; its end says where the comment stands.
  const std::string place = issue_path();
  const std::string_view url = origin->issue_url;
  if (url.size() < place.size() || !equal_ignoring_case(url.substr(url.size() - place.size()), place)) {
    return forbidden("comment " + std::to_string(id) + " is not on this pull request");
  }
  if (!equal_ignoring_case(origin->author, *login)) {
    return forbidden("comment " + std::to_string(id) + " is not ours: " + one_line(origin->author, 60) +
                     " wrote it");
  }
  Outcome<std::string> done = client_.write("PATCH", path, dump({{"body", body}}));
  if (!done) return pass_on(done);
  return {};
}

Outcome<std::uint64_t> Pulls::create_review(std::string_view commit, std::string_view body,
                                            const std::vector<ReviewComment>& comments) {
  Outcome<std::string> sha = commit_of(commit, "commit");
  if (!sha) return pass_on(sha);
  if (const Outcome<void> fits = check_body(body, "review"); !fits) return std::unexpected(fits.error());
  if (body.empty() && comments.empty()) return invalid("review: neither text nor comments");
  Json review = {{"commit_id", *sha}, {"event", "COMMENT"}, {"body", body}, {"comments", Json::array()}};
  for (const ReviewComment& comment : comments) {
    Outcome<Json> json = comment_json(comment);
    if (!json) return pass_on(json);
    review["comments"].push_back(std::move(*json));
  }
  const std::string path = pull_path() + "/reviews";
  Outcome<std::string> made = client_.write("POST", path, dump(review));
  if (!made) return pass_on(made);
  return read_id(*made, "POST " + path);
}

Outcome<Permission> Pulls::permission_of(std::string_view login) {
  Outcome<std::string> account = encoded_login(login);
  if (!account) return pass_on(account);
  const std::string path = target_.path() + "/collaborators/" + *account + "/permission";
  Outcome<Client::Answer> answer = client_.get(path);
  if (!answer) {
    // No such account, or none that GitHub tells of: nothing is granted to it.
    if (answer.error().kind == Problem::Kind::not_found) return Permission::none;
    return pass_on(answer);
  }
  return read_permission(answer->body, "GET " + path);
}

}  // namespace github
