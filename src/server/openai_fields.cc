#include "server/openai_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_set>

namespace sluice::server {

namespace {

constexpr int depth_max = 64;
// Members that are compared while objects are put together: each is, with those before it.
constexpr std::size_t compared_max = 1'000'000;
constexpr std::size_t function_name_max = 64;

const ApiFields::Json nothing;

// Watches a text while it is parsed; what passes a limit is left out.
class Limits {
 public:
  using Json = ApiFields::Json;
  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    deep_ = deep_ || depth > depth_max;
    if (passed()) return false;
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) members_[at(depth) + 1] = {};
    if (event == Event::key) take_key(at(depth), value.get_ref<const std::string&>());
    return !passed();
  }
  [[nodiscard]] bool passed() const { return deep_ || compared_ > compared_max || twice_; }
  [[nodiscard]] ApiError error() const {
    if (deep_) return {.message = fmt::format("The body is nested more than {} deep.", depth_max)};
    if (!twice_) return {.message = "The body has objects with more members than can be looked through."};
    return {.message = fmt::format("{}: is there twice", *twice_), .param = *twice_, .code = "invalid_value"};
  }

 private:
  static std::size_t at(int depth) { return static_cast<std::size_t>(depth); }
  void take_key(std::size_t depth, const std::string& key) {
    Members& members = members_[depth];
    const bool is_new = members.keys.insert(key).second;
    compared_ += members.keys.size();
    members.last = key;
    if (is_new) return;
    twice_.emplace();
    for (std::size_t i = 0; i <= depth; ++i) {
      const std::string& part = members_[i].last;  // empty where a list is
      if (!part.empty()) *twice_ += (twice_->empty() ? "" : ".") + part;
    }
  }

  // Of the object that is open at a depth.
  struct Members {
    std::unordered_set<std::string> keys;
    std::string last;
  };
  std::array<Members, depth_max + 2> members_;
  std::size_t compared_ = 0;
  std::optional<std::string> twice_;  // the path of a field that its object has twice
  bool deep_ = false;
};

}  // namespace

std::string ApiFields::path(std::string_view key) const {
  return where_.empty() ? std::string(key) : fmt::format("{}.{}", where_, key);
}

void ApiFields::wrong(std::string_view key, std::string why, std::string code) {
  if (error_) return;
  const std::string at = path(key);
  error_ = ApiError{.message = fmt::format("{}: {}", at, why), .param = at, .code = std::move(code)};
}

const ApiFields::Json* ApiFields::take(std::string_view key) {
  known_.push_back(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const ApiFields::Json& ApiFields::need(std::string_view key) {
  if (const Json* value = take(key)) return *value;
  wrong(key, "is missing", "missing_required_parameter");
  return nothing;
}

std::optional<double> ApiFields::number(std::string_view key, double min, double max) {
  const Json* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) {
    wrong(key, fmt::format("expected a number, found {}", value->type_name()), "invalid_type");
    return std::nullopt;
  }
  const double number = value->get<double>();
  if (!(number >= min && number <= max)) {
    wrong(key, fmt::format("{} is not within {} and {}", value->dump(), min, max));
    return std::nullopt;
  }
  return number;
}

std::optional<std::int64_t> ApiFields::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const Json* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) {
    wrong(key,
          fmt::format("expected a whole number, found {}",
                      value->is_number() ? value->dump() : value->type_name()),
          "invalid_type");
    return std::nullopt;
  }
  const bool fits =
      !value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t number = fits ? value->get<std::int64_t>() : 0;
  if (!fits || number < min || number > max) {
    wrong(key, fmt::format("{} is not within {} and {}", value->dump(), min, max));
    return std::nullopt;
  }
  return number;
}

std::optional<bool> ApiFields::boolean(std::string_view key) {
  const Json* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  wrong(key, fmt::format("expected true or false, found {}", value->type_name()), "invalid_type");
  return std::nullopt;
}

std::optional<std::string> ApiFields::text(std::string_view key) {
  const Json* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  wrong(key, fmt::format("expected a string, found {}", value->type_name()), "invalid_type");
  return std::nullopt;
}

std::string ApiFields::function_name(std::string_view key) {
  if (!need(key).is_string()) {
    (void)text(key);
    return {};
  }
  std::string name = text(key).value_or("");
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (plain && !name.empty() && name.size() <= function_name_max) return name;
  wrong(key, fmt::format("expected 1 to {} letters, digits, `_` and `-`", function_name_max));
  return {};
}

std::vector<std::string> ApiFields::texts(std::string_view key) {
  const Json* value = take(key);
  if (value == nullptr) return {};
  if (value->is_string()) return {value->get<std::string>()};
  std::vector<std::string> texts;
  if (value->is_array()) {
    for (const Json& item : *value) {
      if (!item.is_string()) break;
      texts.push_back(item.get<std::string>());
    }
    if (texts.size() == value->size()) return texts;
  }
  wrong(key, "expected a string or a list of strings", "invalid_type");
  return {};
}

const ApiFields::Json* ApiFields::object(std::string_view key) {
  const Json* value = take(key);
  if (value == nullptr || value->is_object()) return value;
  wrong(key, fmt::format("expected an object, found {}", value->type_name()), "invalid_type");
  return nullptr;
}

const ApiFields::Json* ApiFields::list(std::string_view key) {
  const Json* value = take(key);
  if (value == nullptr || value->is_array()) return value;
  wrong(key, fmt::format("expected a list, found {}", value->type_name()), "invalid_type");
  return nullptr;
}

void ApiFields::refuse(std::string_view key, std::string_view why) {
  if (take(key) != nullptr) wrong(key, fmt::format("is not supported: {}", why), "unsupported_parameter");
}

void ApiFields::refuse_unless(std::string_view key, const std::vector<Json>& harmless, std::string_view why) {
  const Json* value = take(key);
  if (value == nullptr || std::ranges::find(harmless, *value) != harmless.end()) return;
  wrong(key, fmt::format("is not supported: {}", why), "unsupported_value");
}

void ApiFields::finish() {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known_, std::string_view(key)) != known_.end()) continue;
    wrong(key, "is not a field of this request", "unknown_parameter");
    return;
  }
}

std::optional<ApiFields::Json> parse_api_body(std::string_view body, std::optional<ApiError>& error) {
  using Json = ApiFields::Json;
  Limits limits;
  Json parsed;
  try {
    parsed = Json::parse(body, std::ref(limits));
  } catch (const Json::parse_error& problem) {
    error = ApiError{.message = body.empty()
                                    ? "The body is empty; expected a JSON object."
                                    : fmt::format("The body is not JSON: it goes wrong at byte {} of {}.",
                                                  problem.byte, body.size())};
  } catch (const Json::exception&) {  // a number beyond all bounds
    error = ApiError{.message = "The body is not JSON: a number in it is too large."};
  }
  if (limits.passed()) error = limits.error();
  if (!error && !parsed.is_object()) error = ApiError{.message = "The body is not a JSON object."};
  if (error) return std::nullopt;
  return parsed;
}

}  // namespace sluice::server
