#include "gate/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/value.h"

namespace sluice::gate {

namespace {

std::string what_of(std::string_view label) {
  return fmt::format("load secret `{}`", label);
}

Result<WipedBytes> read_variable(std::string_view label, const std::string& name,
                                 const ReadVariable& variable) {
  const char* text = variable(name);
  if (text == nullptr) {
    return fail(ErrorCode::not_found, what_of(label),
                fmt::format("the environment variable {} is not set", name),
                "set it before the start, or change the secret's `env` in the manifest");
  }
  return WipedBytes{text, text + std::strlen(text)};
}

Result<WipedBytes> read_whole(std::string_view label, const std::filesystem::path& path) {
  const auto failure = [&](int error) {
    return fail(
        error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, what_of(label),
        fmt::format("{}: {}", path.string(), std::generic_category().message(error)),
        "write the secret there, readable by this user alone, or change the secret's `file` in the manifest");
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failure(errno);
  // One byte more than allowed tells a file that is too long from one that just fits.
  WipedBytes bytes(secret_bytes_max + 3);
  std::size_t size = 0;
  int error = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(file, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) error = errno;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  ::close(file);
  if (error != 0) return failure(error);
  return WipedBytes{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::string describe(const std::vector<SecretDestination>& destinations) {
  std::string text;
  for (const SecretDestination& to : destinations) {
    if (!text.empty()) text += ", ";
    const bool is_ipv6 = to.host.find(':') != std::string::npos;
    text += is_ipv6 ? fmt::format("[{}]", to.host) : to.host;
    if (to.port) text += fmt::format(":{}", *to.port);
  }
  return text;
}

}  // namespace

Result<SecretText> load_secret(std::string_view label, const SecretOrigin& origin,
                               const std::filesystem::path& app_folder, const ReadVariable& variable) {
  const bool is_variable = origin.kind == SecretOrigin::Kind::environment;
  const std::string what = what_of(label);
  // In the reason, because some callers show no more than that.
  const std::string source =
      fmt::format("the {} {}", is_variable ? "environment variable" : "file", origin.name);
  auto bytes =
      is_variable ? read_variable(label, origin.name, variable) : read_whole(label, app_folder / origin.name);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) bytes->pop_back();
  if (bytes->empty())
    return fail(ErrorCode::invalid_input, what, source + " is empty", "set it before the start");
  if (bytes->size() < secret_bytes_min) {
    return fail(ErrorCode::invalid_input, what,
                fmt::format("{} is shorter than {} bytes: cutting it from records would cut ordinary text",
                            source, secret_bytes_min),
                "use a longer one");
  }
  if (bytes->size() > secret_bytes_max) {
    return fail(ErrorCode::limit, what, fmt::format("{} is longer than {} bytes", source, secret_bytes_max));
  }
  if (!is_utf8(view_of(*bytes)) || std::ranges::find(*bytes, '\0') != bytes->end()) {
    return fail(ErrorCode::invalid_input, what, source + " is not text",
                "write binary keys in base64 or hex");
  }
  const bool is_number = std::ranges::all_of(
      *bytes, [](char c) { return std::string_view{"0123456789.+-eE"}.find(c) != std::string_view::npos; });
  if (is_number) {
    return fail(ErrorCode::invalid_input, what,
                source + " is a number: cutting it would break JSON that has it", "use one with letters");
  }
  return SecretText{std::move(*bytes)};
}

void Secrets::add(std::string name, SecretText text, std::vector<SecretDestination> destinations) {
  entries_.push_back({std::move(name), std::move(text), std::move(destinations)});
}

Result<std::string_view> Secrets::use(std::string_view name, std::string_view host,
                                      std::uint16_t port) const {
  const auto entry = std::ranges::find_if(entries_, [&](const Entry& e) { return e.name == name; });
  const std::string what = fmt::format("use secret `{}` for {}:{}", name, host, port);
  if (entry == entries_.end()) {
    return fail(ErrorCode::refused, what, "the manifest gives this integration no secret of that name",
                "add it to `secrets` of the integration");
  }
  const bool allowed = std::ranges::any_of(entry->destinations, [&](const SecretDestination& to) {
    return to.host == host && (!to.port || *to.port == port);
  });
  if (!allowed) {
    return fail(ErrorCode::refused, what,
                fmt::format("it may be sent to {} alone", describe(entry->destinations)),
                "if that host should have it, add it to the secret's `hosts`");
  }
  return entry->text.reveal();
}

void Secrets::for_each(const std::function<void(std::string_view, const SecretText&)>& visit) const {
  for (const Entry& entry : entries_) visit(entry.name, entry.text);
}

}  // namespace sluice::gate
