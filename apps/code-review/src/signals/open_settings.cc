// tls-verification-off, world-writable, cors-any-origin: protections that a setting takes away.
#include <algorithm>
#include <string>

#include "signals/family.h"
#include "signals/match.h"
#include "text.h"

namespace review::signals {
namespace {

// Texts are compared without white space; strings count, as many settings are written in them.
constexpr std::string_view tls_off[] = {
    "verify=False",
    "verify_ssl=False",
    "ssl_verify=False",
    "validate_certs=False",
    "ssl.CERT_NONE",
    "cert_reqs='CERT_NONE'",
    "cert_reqs=\"CERT_NONE\"",
    "check_hostname=False",
    "_create_unverified_context",
    "disable_warnings(InsecureRequestWarning",
    "PYTHONHTTPSVERIFY=0",
    "InsecureSkipVerify:true",
    "InsecureSkipVerify=true",
    "WithInsecure()",
    "insecure.NewCredentials()",
    "rejectUnauthorized:false",
    "rejectUnauthorized=false",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "strictSSL:false",
    "CURLOPT_SSL_VERIFYPEER,0",
    "CURLOPT_SSL_VERIFYHOST,0",
    "CURLOPT_SSL_VERIFYPEER,false",
    "CURLOPT_SSL_VERIFYHOST,false",
    "CURLOPT_SSL_VERIFYPEER=>false",
    ",SSL_VERIFY_NONE",
    "=SSL_VERIFY_NONE",
    "VERIFY_NONE,",
    "setPeerVerifyMode(QSslSocket::VerifyNone",
    "ignoreSslErrors()",
    "danger_accept_invalid_certs(true",
    "danger_accept_invalid_hostnames(true",
    "ALLOW_ALL_HOSTNAME_VERIFIER",
    "NoopHostnameVerifier",
    "TrustAllStrategy",
    "TrustSelfSignedStrategy",
    "OpenSSL::SSL::VERIFY_NONE",
    "http.sslVerify=false",
    "sslVerifyfalse",
    "--no-check-certificate",
    "SECLEVEL=0",
};

constexpr std::string_view cors_open[] = {
    "Access-Control-Allow-Origin:*",
    "Access-Control-Allow-Origin','*'",
    "Access-Control-Allow-Origin\",\"*\"",
    "Access-Control-Allow-Origin']='*'",
    "Access-Control-Allow-Origin\"]=\"*\"",
    "Access-Control-Allow-Origin':'*'",
    "Access-Control-Allow-Origin\":\"*\"",
    "Access-Control-Allow-Origin*",
    "CORS_ALLOW_ALL_ORIGINS=True",
    "CORS_ORIGIN_ALLOW_ALL=True",
    "AllowAllOrigins:true",
    "AllowedOrigins:[]string{\"*\"}",
    "allow_origins=[\"*\"]",
    "allow_origins=['*']",
    "cors({origin:'*'",
    "cors({origin:\"*\"",
    "cors({origin:true",
    "@CrossOrigin(\"*\")",
    "@CrossOrigin(origins=\"*\")",
    "allowedOrigins(\"*\")",
    "addAllowedOrigin(\"*\")",
    "allow_any_origin()",
    "AllowAnyOrigin()",
    "origins=\"*\"",
};

// The digits of a mode that lets everybody write. A folder with the sticky bit, such as the one for temporary
// files, is open on purpose.
bool is_open_mode(std::string_view digits) {
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; })) return false;
  // The kind of file may stand in front: 0140777.
  if (digits.size() < 3 || digits.size() > 7) return false;
  const bool sticky = digits.size() > 3 && ((digits[digits.size() - 4] - '0') & 1) != 0;
  return !sticky && ((digits.back() - '0') & 2) != 0;
}

bool has_open_mode(std::string_view list) {
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (!is_digit(list[at]) || (at > 0 && is_word(list[at - 1]))) continue;
    const std::string_view before = trim(list.substr(0, at));
    const bool mask = before.ends_with('&') || before.ends_with('~');
    std::size_t start = at;
    std::size_t end = at;
    if (list.substr(at).starts_with("0o")) start = end = at + 2;
    while (end < list.size() && is_digit(list[end])) ++end;
    const bool octal = start != at || list[start] == '0';
    if (octal && !mask && is_open_mode(list.substr(start, end - start))) return true;
    at = end;
  }
  return has_word(list, "S_IWOTH") || has_word(list, "S_IRWXO") || has_word(list, "ModePerm");
}

// chmod 777, chmod a+w in scripts, Dockerfiles and makefiles.
bool opens_in_shell(std::string_view text) {
  const std::size_t at = find_word(text, "chmod");
  if (at == none) return false;
  std::string_view rest = trim(text.substr(at + 5));
  while (rest.starts_with('-')) rest = trim(rest.substr(std::min(rest.size(), rest.find(' '))));
  const std::string_view mode = rest.substr(0, rest.find_first_of(" \t"));
  return is_open_mode(mode) || mode == "a+w" || mode == "o+w" || mode == "+w" || mode.starts_with("a+rw") ||
         mode.starts_with("o+rw") || mode.starts_with("ugo+rw") || mode.starts_with("a=rw");
}

bool opens_to_world(const CodeFile& file, const CodeLine& line) {
  const bool script = file.language == Language::shell || file.language == Language::dockerfile ||
                      file.language == Language::make || file.language == Language::yaml;
  if (script) return opens_in_shell(line.line->text);
  if (!file.is_program()) return false;
  constexpr std::string_view names[] = {"chmod",        "fchmod",           "lchmod",     "fchmodat",
                                        "chmodSync",    "os.chmod",         "os.Chmod",   "os.fchmod",
                                        "fs.chmod",     "fs.chmodSync",     "os.Mkdir",   "os.MkdirAll",
                                        "os.WriteFile", "ioutil.WriteFile", "os.OpenFile"};
  for (const std::string_view name : names) {
    const Call call = find_call(line.code, name, qualified_in(file));
    if (call && has_open_mode(arguments_at(line.code, call.open))) return true;
  }
  return false;
}

template <class Matches>
void report_new(const CodeFile& file, Signal signal, Reporter& reporter, const Matches& matches) {
  if (!reporter.wants(signal)) return;
  for (const CodeHunk& hunk : file.hunks) {
    const auto had = [&](const CodeLine& line) { return line.deleted() && matches(line); };
    for (const CodeLine& line : hunk.lines) {
      if (!line.added() || line.blank || !matches(line)) continue;
      // Another way of writing what was there before is nothing new.
      if (std::ranges::any_of(hunk.lines, had)) break;
      reporter.report(signal, *line.line);
    }
  }
}

}  // namespace

void find_open_settings(const CodeFile& file, Reporter& reporter) {
  if (file.kind == FileKind::test || file.kind == FileKind::documentation) return;
  report_new(file, Signal::tls_verification_off, reporter,
             [](const CodeLine& line) { return has_any_text(without_space(line.line->text), tls_off); });
  report_new(file, Signal::cors_any_origin, reporter,
             [](const CodeLine& line) { return has_any_text(without_space(line.line->text), cors_open); });
  report_new(file, Signal::world_writable, reporter,
             [&](const CodeLine& line) { return opens_to_world(file, line); });
}

}  // namespace review::signals
