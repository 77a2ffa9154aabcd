// `Outside` over the imports of the integrations' worlds.
#pragma once

#include <sluice/world.h>

#include <optional>
#include <string>
#include <vector>

#include "outside.h"

namespace llm {

class Imports final : public Outside {
 public:
  // `user_agent` is how requests call themselves.
  explicit Imports(std::string_view user_agent) : user_agent_(user_agent) {}

  std::vector<HttpOutcome> send(const std::vector<HttpRequest>& requests) override;
  void sleep(std::uint32_t ms) override;
  std::uint64_t now() override;
  std::optional<std::string> setting(std::string_view name) override;
  void log(LogLevel level, std::string_view message) override;

 private:
  [[nodiscard]] ::sluice::http::client::Request request_of(const HttpRequest& request) const;

  std::string user_agent_;
  std::optional<decltype(::wasi::config::store::GetAll())> settings_;
};

// The bindings' vectors have a fixed length and are filled in place.
template <class To, class From, class Convert>
wit::vector<To> to_list(std::vector<From>&& from, Convert convert) {
  wit::vector<To> list = wit::vector<To>::allocate(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) list.initialize(i, convert(std::move(from[i])));
  return list;
}

}  // namespace llm
