#include "flow/event.h"

#include <simdjson.h>

#include <memory>
#include <utility>

namespace sluice::flow {

Value to_value(Event event) {
  std::vector<Field> fields;
  fields.reserve(7);
  fields.push_back({"id", Value::string(std::move(event.id))});
  fields.push_back({"source", Value::string(std::move(event.source))});
  fields.push_back({"type", Value::string(std::move(event.type))});
  fields.push_back(
      {"subject", event.subject ? Value::some(Value::string(std::move(*event.subject))) : Value::none()});
  fields.push_back({"time", Value::string(std::move(event.time))});
  fields.push_back({"data-content-type", Value::string(std::move(event.data_content_type))});
  fields.push_back({"data", Value::string(std::move(event.data))});
  return Value::record(std::move(fields));
}

struct EventData::Parsed {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
};

EventData::EventData(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
EventData::EventData(EventData&&) noexcept = default;
EventData& EventData::operator=(EventData&&) noexcept = default;
EventData::~EventData() = default;

Result<EventData> EventData::parse(const std::string& json) {
  auto parsed = std::make_unique<Parsed>();
  if (const auto error = parsed->parser.parse(json).get(parsed->root)) {
    return fail(ErrorCode::invalid_input, "read the event's data as JSON", simdjson::error_message(error));
  }
  return EventData(std::move(parsed));
}

bool EventData::is_object() const {
  return parsed_->root.is_object();
}

std::optional<gate::Scalar> EventData::at(std::string_view pointer) const {
  simdjson::dom::element found;
  if (parsed_->root.at_pointer(pointer).get(found)) return std::nullopt;
  switch (found.type()) {
    case simdjson::dom::element_type::STRING:
      return gate::Scalar{std::string(found.get_string().value()), false};
    case simdjson::dom::element_type::INT64:
      return gate::Scalar{std::to_string(found.get_int64().value()), true};
    case simdjson::dom::element_type::UINT64:
      return gate::Scalar{std::to_string(found.get_uint64().value()), true};
    default:
      return std::nullopt;
  }
}

}  // namespace sluice::flow
