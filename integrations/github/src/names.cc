#include "names.h"

#include "text.h"

namespace github {
namespace {

constexpr std::size_t name_bytes_max = 100;
constexpr std::size_t path_bytes_max = 4096;
constexpr std::size_t ref_bytes_max = 255;
constexpr std::size_t sha_digits_min = 7;
constexpr std::size_t sha_digits_max = 64;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

template <class Allowed>
bool all_of(std::string_view text, Allowed allowed) {
  for (const char c : text) {
    if (!allowed(c)) return false;
  }
  return true;
}

std::unexpected<Problem> refuse(std::string_view what, std::string_view given, std::string_view rule) {
  std::string text = std::string(what) + " `" + one_line(given, 80) + "`: ";
  return invalid(text + std::string(rule));
}

bool is_owner(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max && text.front() != '-' &&
         all_of(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace

Outcome<Target> target_of(std::string_view owner, std::string_view repo, std::uint32_t number) {
  if (!is_owner(owner)) return refuse("owner", owner, "expected letters, digits, `-` and `_`");
  const bool is_repo =
      !repo.empty() && repo.size() <= name_bytes_max && repo != "." && repo != ".." &&
      all_of(repo, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
  if (!is_repo) return refuse("repo", repo, "expected letters, digits, `-`, `_` and `.`");
  if (number == 0) return invalid("number 0: pull requests are counted from 1");
  return Target{std::string(owner), std::string(repo), number};
}

Outcome<std::string> commit_of(std::string_view sha, std::string_view what) {
  const bool fits = sha.size() >= sha_digits_min && sha.size() <= sha_digits_max;
  if (!fits || !all_of(sha, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      })) {
    return refuse(what, sha, "expected a commit's id, 7 to 64 hexadecimal digits");
  }
  return std::string(sha);
}

Outcome<std::string> encoded_ref(std::string_view ref) {
  constexpr std::string_view never = " ~^:?*[\\";
  const bool fine = !ref.empty() && ref.size() <= ref_bytes_max && ref.front() != '/' && ref.front() != '-' &&
                    ref.back() != '/' && ref.find("..") == ref.npos && ref.find("//") == ref.npos &&
                    ref.find("@{") == ref.npos &&
                    all_of(ref, [&](char c) { return !is_control(c) && never.find(c) == never.npos; });
  if (!fine) return refuse("ref", ref, "not a name that git allows for a branch, tag or commit");
  return percent_encoded(ref);
}

Outcome<std::string> encoded_path(std::string_view path) {
  constexpr std::string_view rule = "expected a path within the repository, without `..`, `.` or empty parts";
  if (path.empty() || path.size() > path_bytes_max || !all_of(path, [](char c) { return !is_control(c); })) {
    return refuse("path", path, rule);
  }
  std::string out;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return refuse("path", path, rule);
    if (!out.empty()) out += '/';
    out += percent_encoded(part);
    begin = end + 1;
  }
  return out;
}

Outcome<std::string> encoded_login(std::string_view login) {
  constexpr std::string_view bot = "[bot]";
  const std::string_view name = login.ends_with(bot) ? login.substr(0, login.size() - bot.size()) : login;
  if (!is_owner(name))
    return refuse("login", login, "expected letters, digits, `-` and `_`, perhaps with `[bot]` after");
  return percent_encoded(login);
}

}  // namespace github
