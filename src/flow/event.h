// Events as functions take them, and as bindings look into them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/event.h"
#include "base/value.h"
#include "gate/binding.h"

namespace sluice::flow {

// The record that `sluice:events/handler.handle` takes. Moves the texts.
[[nodiscard]] Value to_value(Event event);

// Parses the data once and answers JSON pointers into it. Not for several threads.
class EventData {
 public:
  // `invalid_input` if the text is not JSON; the error says where it stops being so.
  static Result<EventData> parse(const std::string& json);
  EventData(EventData&&) noexcept;
  EventData& operator=(EventData&&) noexcept;
  ~EventData();

  [[nodiscard]] bool is_object() const;
  [[nodiscard]] std::optional<gate::Scalar> at(std::string_view pointer) const;

 private:
  struct Parsed;
  explicit EventData(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace sluice::flow
