// Commands over the capabilities that the host offers to every function.
#include <sluice/config.h>
#include <sluice/log.h>

#include <cstdio>

#include "command.h"

namespace commandable {
namespace {
namespace guest = ::sluice::guest;
namespace kv = ::sluice::kv::store;

// {"level": "info", "context": "", "message": "…", "times": 1}
Answer log(const Json& command) {
  constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error", "critical"};
  const std::string level = text_of(command, "level", "info");
  const std::string context = text_of(command, "context");
  const std::string message = text_of(command, "message");
  for (std::uint8_t i = 0; i < std::size(names); ++i) {
    if (names[i] != level) continue;
    const std::uint64_t times = number_of(command, "times", 1);
    for (std::uint64_t k = 0; k < times; ++k) guest::log::write(guest::log::Level{i}, context, message);
    return done(Json{{"logged", times}});
  }
  return reject("log: no level `" + level + "`");
}

// {"text": "…"}: through libc, as a library would.
Answer print(const Json& command) {
  std::puts(text_of(command, "text").c_str());
  return done(Json{{"printed", true}});
}

// {"key": "…"}: the setting, or null. Without a key: all settings.
Answer config(const Json& command) {
  if (!command.contains("key")) {
    auto all = ::wasi::config::store::GetAll();
    if (!all) return reject("config: could not be read");
    Json found = Json::object();
    for (const auto& [key, value] : all->get_view()) found[key.to_string()] = value.to_string();
    return done(found);
  }
  const auto value = guest::config::get(text_of(command, "key"));
  if (!value) return reject("config: " + value.error());
  return done(*value ? Json(**value) : Json(nullptr));
}

Answer kv_failed(const kv::Error& error) {
  const std::string why = std::visit([](const auto& one) { return one.value.to_string(); }, error.variants);
  const bool limit = std::holds_alternative<kv::Error::Limit>(error.variants);
  return reject(std::string("kv: ") + (limit ? "limit: " : "unavailable: ") + why);
}

// {"op": "get" | "set" | "delete", "key": "…", "value": "…"}; {"op": "fill", "times": N, "bytes": N} sets N
// keys.
Answer kv_call(const Json& command) {
  const std::string op = text_of(command, "op");
  const std::string key = text_of(command, "key");
  if (op == "get") {
    auto found = kv::Get(key);
    if (!found) return kv_failed(found.error());
    return done(*found ? Json((*found)->to_string()) : Json(nullptr));
  }
  if (op == "set") {
    const auto set = kv::Set(key, text_of(command, "value"));
    return set ? done(Json(true)) : kv_failed(set.error());
  }
  if (op == "delete") {
    const auto deleted = kv::Delete(key);
    return deleted ? done(Json(true)) : kv_failed(deleted.error());
  }
  if (op == "fill") {
    const std::string value(static_cast<std::size_t>(number_of(command, "bytes", 1)), 'v');
    const std::uint64_t times = number_of(command, "times", 1);
    for (std::uint64_t i = 0; i < times; ++i) {
      const auto set = kv::Set(key + std::to_string(i), value);
      if (!set) return kv_failed(set.error());
    }
    return done(Json{{"set", times}});
  }
  return reject("kv: no op `" + op + "`");
}

// {"bytes": N}: that many random bytes as an array; without it, one number as text.
Answer random(const Json& command) {
  if (!command.contains("bytes")) return done(std::to_string(::wasi::random::random::GetRandomU64()));
  const auto bytes = ::wasi::random::random::GetRandomBytes(number_of(command, "bytes", 0));
  Json out = Json::array();
  for (const std::uint8_t byte : bytes.get_const_view()) out.push_back(byte);
  return done(out);
}

Answer clock(const Json&) {
  const auto now = ::wasi::clocks::wall_clock::Now();
  return done(Json{{"seconds", now.seconds}, {"nanoseconds", now.nanoseconds}});
}

// {"ms": N}
Answer sleep(const Json& command) {
  const auto ms = static_cast<std::uint32_t>(number_of(command, "ms", 0));
  ::sluice::time::timer::Sleep(ms);
  return done(Json{{"slept_ms", ms}});
}

}  // namespace

Run find_host(std::string_view name) {
  if (name == "log") return log;
  if (name == "print") return print;
  if (name == "config") return config;
  if (name == "kv") return kv_call;
  if (name == "random") return random;
  if (name == "clock") return clock;
  if (name == "sleep") return sleep;
  return nullptr;
}

}  // namespace commandable
