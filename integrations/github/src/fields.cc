#include "fields.h"

#include <utility>

namespace github {

Fields::Fields(Json* value, std::string path, Fault& fault)
    : value_(value != nullptr && value->is_object() ? value : nullptr),
      path_(std::move(path)),
      fault_(&fault) {}

Json* Fields::find(const char* key) const {
  if (value_ == nullptr) return nullptr;
  const auto found = value_->find(key);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

bool Fields::has(const char* key) const {
  return find(key) != nullptr;
}

void Fields::expect(const char* key, const char* kind, const Json* found) {
  if (!fault_->empty()) return;
  *fault_ = "`" + path_ + key + "`: expected " + kind + ", found " +
            (found == nullptr ? "nothing" : found->type_name());
}

std::optional<std::string> Fields::optional_text(const char* key) {
  Json* found = find(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) {
    expect(key, "text", found);
    return std::nullopt;
  }
  return std::move(*found->get_ptr<std::string*>());
}

std::string Fields::text(const char* key) {
  if (!has(key)) expect(key, "text", nullptr);
  return optional_text(key).value_or(std::string());
}

std::string Fields::text_or(const char* key, std::string_view otherwise) {
  std::optional<std::string> found = optional_text(key);
  return found ? std::move(*found) : std::string(otherwise);
}

std::uint64_t Fields::number(const char* key) {
  const Json* found = find(key);
  if (found == nullptr || !found->is_number_unsigned()) {
    expect(key, "a whole number", found);
    return 0;
  }
  return *found->get_ptr<const Json::number_unsigned_t*>();
}

std::uint32_t Fields::small_number(const char* key) {
  const std::uint64_t wide = number(key);
  if (wide > UINT32_MAX) expect(key, "a number below 2^32", find(key));
  return static_cast<std::uint32_t>(wide);
}

bool Fields::flag_or(const char* key, bool otherwise) {
  const Json* found = find(key);
  if (found == nullptr) return otherwise;
  if (!found->is_boolean()) expect(key, "true or false", found);
  return found->is_boolean() ? *found->get_ptr<const Json::boolean_t*>() : otherwise;
}

Fields Fields::object(const char* key, Absent absent) {
  Json* found = find(key);
  const bool wrong = found != nullptr ? !found->is_object() : absent == Absent::wrong;
  if (wrong) expect(key, "an object", found);
  return Fields(found, path_ + key + "/", *fault_);
}

std::vector<Fields> Fields::items(const char* key, Absent absent) {
  Json* found = find(key);
  const bool wrong = found != nullptr ? !found->is_array() : absent == Absent::wrong;
  if (wrong) expect(key, "a list", found);
  std::vector<Fields> items;
  if (wrong || found == nullptr) return items;
  items.reserve(found->size());
  for (Json& item : *found)
    items.emplace_back(&item, path_ + key + "/" + std::to_string(items.size()) + "/", *fault_);
  return items;
}

std::vector<Fields> items_of(Json& array, Fault& fault) {
  std::vector<Fields> items;
  if (!array.is_array()) {
    fault = std::string("expected a list, found ") + array.type_name();
    return items;
  }
  items.reserve(array.size());
  for (Json& item : array) {
    items.emplace_back(&item, std::to_string(items.size()) + "/", fault);
    if (!item.is_object() && fault.empty()) {
      fault = "item " + std::to_string(items.size() - 1) + ": expected an object, found " + item.type_name();
    }
  }
  return items;
}

Outcome<Json> parse_answer(std::string_view body, std::string_view what) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) {
    const bool html = body.find('<') < 16;
    return unavailable(std::string(what) + ": the answer is not JSON" + (html ? " but looks like HTML" : "") +
                       ", " + std::to_string(body.size()) + " bytes");
  }
  return json;
}

}  // namespace github
