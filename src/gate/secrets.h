// The secrets of an app: taken from the environment or from files when it starts, put into requests on their
// way out, and only into requests to the hosts that each is meant for. Nothing here can be printed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gate/wiped.h"

namespace sluice::gate {

// A shorter text cannot be cut from what is recorded without cutting ordinary text too.
inline constexpr std::size_t secret_bytes_min = 8;
inline constexpr std::size_t secret_bytes_max = 64 << 10;

// The text of a secret. Move-only, and wiped at its end.
class SecretText {
 public:
  explicit SecretText(WipedBytes bytes) : bytes_(std::move(bytes)) {}
  SecretText(SecretText&&) noexcept = default;
  SecretText& operator=(SecretText&&) noexcept = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() = default;

  // For the code that signs, compares in constant time, or writes to the wire. Never for anything that is
  // kept.
  [[nodiscard]] std::string_view reveal() const { return view_of(bytes_); }

 private:
  WipedBytes bytes_;
};

template <class Stream>
Stream& operator<<(Stream&, const SecretText&) = delete;

// Where a secret's text comes from.
struct SecretOrigin {
  enum class Kind : std::uint8_t { environment, file };
  Kind kind = Kind::environment;
  std::string name;  // of the variable; or a path, relative to the app's folder if not absolute
};

// As std::getenv: null where the variable is not set.
using ReadVariable = std::function<const char*(const std::string& name)>;

// `label` names the secret in errors, e.g. `github.token`. Newlines at the end are left out. Refused are
// texts shorter than secret_bytes_min, longer than secret_bytes_max, plain numbers, and what is not UTF-8 or
// holds a zero byte.
[[nodiscard]] Result<SecretText> load_secret(std::string_view label, const SecretOrigin& origin,
                                             const std::filesystem::path& app_folder,
                                             const ReadVariable& variable);

// A host that a secret may be sent to, in the canonical form of its URL.
struct SecretDestination {
  std::string host;
  std::optional<std::uint16_t> port;  // absent: any
};

// The secrets of one integration, by name. Not changed after the start, so threads may share it.
class Secrets {
 public:
  void add(std::string name, SecretText text, std::vector<SecretDestination> destinations);

  // The secret's text, for one request to this host; valid as long as this object. The error is `refused`:
  // there is no such secret, or it isn't meant for this host. It names the hosts that it is meant for.
  [[nodiscard]] Result<std::string_view> use(std::string_view name, std::string_view host,
                                             std::uint16_t port) const;

  void for_each(const std::function<void(std::string_view name, const SecretText& text)>& visit) const;

 private:
  struct Entry {
    std::string name;
    SecretText text;
    std::vector<SecretDestination> destinations;
  };

  std::vector<Entry> entries_;
};

}  // namespace sluice::gate
