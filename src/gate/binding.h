// Fixing parameters of a link to values of the event.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/type.h"
#include "base/value.h"
#include "gate/frame.h"
#include "gate/link.h"

namespace sluice::gate {

// A text or integer found in the event.
struct Scalar {
  std::string text;
  bool is_number = false;
};

// Looks a JSON pointer up in the event's data; nothing if it leads nowhere or to something that isn't a
// scalar.
using Lookup = std::function<std::optional<Scalar>(std::string_view pointer)>;

// What the link's rules give for one event.
[[nodiscard]] BoundValues bind_values(const LinkPolicy& policy, const Lookup& lookup);

// Refuses arguments that differ from the bound values. `function` is the import's.
[[nodiscard]] Status check_bound(const Link& link, std::size_t function, const BoundValues& bound,
                                 const std::vector<Value>& arguments);

}  // namespace sluice::gate
