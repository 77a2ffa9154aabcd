#include "net/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cstring>

namespace sluice::net {

namespace ip = boost::asio::ip;

namespace {

constexpr unsigned interim_answers_max = 16;

std::optional<ip::address> address_of(const curl_sockaddr& from) {
  if (from.family == AF_INET && from.addrlen >= sizeof(sockaddr_in)) {
    sockaddr_in address{};
    std::memcpy(&address, &from.addr, sizeof address);
    return ip::address_v4(ntohl(address.sin_addr.s_addr));
  }
  if (from.family == AF_INET6 && from.addrlen >= sizeof(sockaddr_in6)) {
    // Larger than the `sockaddr` that it stands in for: libcurl keeps room behind it.
    sockaddr_in6 address{};
    std::memcpy(&address, static_cast<const void*>(&from.addr), sizeof address);
    ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
    return ip::address_v6(bytes, address.sin6_scope_id);
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// "HTTP/1.1 200 OK" or "HTTP/2 200"; 0 if it is no status line. libcurl has judged the line before.
unsigned status_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == std::string_view::npos) return 0;
  unsigned status = 0;
  for (const char c : line.substr(space + 1, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + static_cast<unsigned>(c - '0');
  }
  return status;
}

}  // namespace

Transfer::Transfer(HttpRequest request, EgressCheck check, const HttpClientSettings& settings)
    : request_(std::move(request)), check_(check), easy_(curl_easy_init()) {
  if (!easy_) {
    setup_ = CURLE_FAILED_INIT;
    return;
  }
  set_up(settings);
}

void Transfer::set_up(const HttpClientSettings& settings) {
  set(CURLOPT_ERRORBUFFER, message_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  // A lookup that hangs must not hang the event loop when its request is cancelled.
  set(CURLOPT_QUICK_EXIT, 1L);
  set_up_connection(settings);
  set_up_message(settings);
}

void Transfer::set_up_connection(const HttpClientSettings& settings) {
  const HttpLimits& limits = request_.limits;
  set(CURLOPT_URL, request_.url.text().c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // The system's authorities stay: libcurl also reads its folder of certificates.
  if (!settings.extra_ca_file.empty()) set(CURLOPT_CAINFO, settings.extra_ca_file.c_str());
  set(CURLOPT_SSL_CTX_FUNCTION, &Transfer::on_tls_context);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total_timeout.count()));
  set(CURLOPT_MAXAGE_CONN, static_cast<long>(settings.idle_timeout.count()));
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &Transfer::on_request);
  set(CURLOPT_PREREQDATA, this);
}

void Transfer::add_header(const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) {
    setup_ = CURLE_OUT_OF_MEMORY;
    return;
  }
  [[maybe_unused]] const curl_slist* const part_of_longer = headers_.release();
  headers_.reset(longer);
}

void Transfer::set_up_message(const HttpClientSettings& settings) {
  // libcurl's own headers go unless the caller sets them: "Name:" removes, "Name;" sends an empty value.
  add_header("Expect:");
  add_header("Accept-Encoding: gzip");
  const auto names = [&](std::string_view name) {
    return std::ranges::any_of(request_.headers, [&](const auto& h) { return to_lower(h.first) == name; });
  };
  if (!names("content-type")) add_header("Content-Type:");
  if (!names("accept")) add_header("Accept: */*");
  for (const auto& [name, value] : request_.headers) {
    add_header(trim(value).empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_USERAGENT, settings.user_agent.c_str());
  // Decoded here, not by libcurl, which takes cut-off streams for whole ones and knows more decoders than
  // needed.
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);

  const bool has_body = !request_.body.empty() || request_.method == "POST" || request_.method == "PUT" ||
                        request_.method == "PATCH";
  if (has_body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.c_str());
  } else if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());

  // An announced length that is too large ends it at once; HEAD announces what doesn't come.
  if (request_.method != "HEAD") {
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.limits.body_bytes_max));
  }
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, this);
}

bool Transfer::is_repeatable() const {
  static constexpr std::array<std::string_view, 5> harmless{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  return request_.repeat == Repeat::harmless ||
         std::ranges::find(harmless, request_.method) != harmless.end();
}

bool Transfer::allow(const ip::address& address) {
  if (check_.allows(address)) return true;
  own_error_ =
      error(ErrorCode::refused,
            fmt::format("the host is at {} ({} address)", address.to_string(), name_of(classify(address))),
            "only an egress rule that names this very address (or localhost) allows it");
  return false;
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    const auto remote = address_of(*address);
    if (purpose != CURLSOCKTYPE_IPCXN || !remote || !transfer.allow(*remote)) return CURL_SOCKET_BAD;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  } catch (...) {
    return CURL_SOCKET_BAD;
  }
}

// libcurl would write the keys of all connections into the file that SSLKEYLOGFILE names.
CURLcode Transfer::on_tls_context(CURL* /*easy*/, void* context, void* /*self*/) {
  SSL_CTX_set_keylog_callback(static_cast<SSL_CTX*>(context), nullptr);
  return CURLE_OK;
}

// Before each sending, also on a connection that another request opened.
int Transfer::on_request(void* self, char* remote_ip, char*, int remote_port, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    boost::system::error_code ec;
    const auto remote = ip::make_address(remote_ip, ec);
    if (ec || remote_port != transfer.request_.url.port()) {
      transfer.own_error_ = transfer.error(ErrorCode::internal, "connected to another port or no address");
      return CURL_PREREQFUNC_ABORT;
    }
    if (!transfer.allow(remote)) return CURL_PREREQFUNC_ABORT;
    transfer.own_error_.reset();  // another of the host's addresses was allowed
    if (++transfer.times_sent_ > 1 && !transfer.is_repeatable()) {
      transfer.own_error_ = transfer.error(
          ErrorCode::unavailable,
          fmt::format("the connection broke after the request was sent, and sending {} twice could do harm",
                      transfer.request_.method),
          "find out whether it took effect before sending it again");
      return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
  } catch (...) {
    return CURL_PREREQFUNC_ABORT;
  }
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  try {
    return static_cast<Transfer*>(self)->take_header_line({data, size * count}) ? size * count : 0;
  } catch (...) {
    return 0;
  }
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  try {
    return static_cast<Transfer*>(self)->take_body({data, size * count}) ? size * count : 0;
  } catch (...) {
    return 0;
  }
}

bool Transfer::take_header_line(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > request_.limits.header_bytes_max) {
    own_error_ = error(ErrorCode::limit, fmt::format("the answer's headers are larger than {} bytes",
                                                     request_.limits.header_bytes_max));
    return false;
  }
  if (header_state_ == HeaderState::final) return true;  // a trailer: counted, not kept
  if (header_state_ == HeaderState::before) {
    block_status_ = status_of(line);
    if (++blocks_ > interim_answers_max + 1) {
      own_error_ = error(ErrorCode::invalid_input,
                         fmt::format("the server sent more than {} interim answers", interim_answers_max));
      return false;
    }
    header_state_ = HeaderState::inside;
    return true;
  }
  if (trim(line).empty()) {
    const bool interim = block_status_ >= 100 && block_status_ < 200 && block_status_ != 101;
    header_state_ = interim ? HeaderState::before : HeaderState::final;
    if (interim) response_.headers.clear();
    return true;
  }
  if (line.front() == ' ' || line.front() == '\t') {  // the last value goes on
    if (!response_.headers.empty()) response_.headers.back().second.append(" ").append(trim(line));
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  response_.headers.emplace_back(to_lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
  return true;
}

bool Transfer::too_large() {
  own_error_ = error(ErrorCode::limit, fmt::format("the answer's body is larger than {} bytes",
                                                   request_.limits.body_bytes_max));
  return false;
}

bool Transfer::begin_body() {
  // Not before: who computes long before the first byte, such as a language model, is not slow to send.
  set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(request_.limits.low_speed_bytes_per_s));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.limits.low_speed_window.count()));
  curl_off_t length = -1;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length > 0) {
    response_.body.reserve(std::min(static_cast<std::size_t>(length), request_.limits.body_bytes_max));
  }
  for (const auto& [name, value] : response_.headers) {
    if (name != "content-encoding") continue;
    const std::string encoding = to_lower(value);
    if (encoding == "identity" || encoding.empty()) continue;
    if ((encoding != "gzip" && encoding != "x-gzip") || gunzip_) {
      own_error_ =
          error(ErrorCode::invalid_input, "the answer's content-encoding is not the gzip that was asked for");
      return false;
    }
    gunzip_.emplace(request_.limits.body_bytes_max);
  }
  return true;
}

bool Transfer::take_body(std::string_view bytes) {
  if (wire_bytes_ == 0 && !begin_body()) return false;
  wire_bytes_ += bytes.size();
  if (wire_bytes_ > request_.limits.body_bytes_max) return too_large();
  if (!gunzip_) {
    response_.body.append(bytes);
    return true;
  }
  const Status decoded = gunzip_->write(bytes, response_.body);
  if (decoded) return true;
  if (decoded.error().code == ErrorCode::limit) return too_large();
  own_error_ = error(ErrorCode::invalid_input, fmt::format("the answer's gzip: {}", decoded.error().why));
  return false;
}

Error Transfer::error(ErrorCode code, std::string why, std::string todo) const {
  return Error{code, fmt::format("request {} {}", request_.method, request_.url.origin()), std::move(why),
               std::move(todo)};
}

Error Transfer::error(CURLcode code) const {
  std::string text = message_.front() != '\0' ? message_.data() : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OUT_OF_MEMORY:  // a header line of more than 100 KB, as libcurl calls it
      return error(ErrorCode::limit, "a header line of the answer is too long");
    case CURLE_FILESIZE_EXCEEDED:
      return error(ErrorCode::limit,
                   fmt::format("the answer's body is larger than {} bytes", request_.limits.body_bytes_max));
    case CURLE_OPERATION_TIMEDOUT:
      return error(ErrorCode::timeout, std::move(text));
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return error(ErrorCode::invalid_input, fmt::format("the server's answer is not HTTP: {}", text));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return error(ErrorCode::unavailable, fmt::format("the server's certificate is not trusted: {}", text));
    default:
      return error(ErrorCode::unavailable, std::move(text));
  }
}

std::optional<Error> Transfer::check_answer(long status) const {
  if (header_state_ != HeaderState::final) {
    return error(ErrorCode::unavailable, "the connection broke in the answer's headers");
  }
  if (status < 200 || status > 999) {
    return error(ErrorCode::invalid_input,
                 fmt::format("the server answered with status {}, which ends no request", status));
  }
  // libcurl reads "1x" as 1, and of two lengths the last.
  const std::string* length = nullptr;
  for (const auto& [name, value] : response_.headers) {
    if (name != "content-length") continue;
    const bool number = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    if (!number || (length != nullptr && *length != value)) {
      return error(ErrorCode::invalid_input, "the answer's content-length is no number, or several differ");
    }
    length = &value;
  }
  return std::nullopt;
}

Result<HttpResponse> Transfer::take_result() {
  if (!code_) return std::unexpected(error(ErrorCode::cancelled, "it was cancelled"));
  if (*code_ != CURLE_OK && own_error_) return std::unexpected(std::move(*own_error_));
  if (*code_ == CURLE_ABORTED_BY_CALLBACK)
    return std::unexpected(error(ErrorCode::cancelled, "the client closed"));
  if (*code_ != CURLE_OK) return std::unexpected(error(*code_));
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (auto problem = check_answer(status)) return std::unexpected(std::move(*problem));
  response_.status = static_cast<std::uint16_t>(status);
  if (gunzip_) {
    if (const Status whole = gunzip_->finish(); !whole) {
      return std::unexpected(
          error(ErrorCode::invalid_input, fmt::format("the answer's gzip: {}", whole.error().why)));
    }
    std::erase_if(response_.headers, [](const auto& header) {
      return header.first == "content-encoding" || header.first == "content-length";
    });
  }
  return std::move(response_);
}

}  // namespace sluice::net
