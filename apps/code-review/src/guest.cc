// The review function's binding to its world: the one file that sees the generated bindings.

#include <sluice/handler.h>
#include <sluice/log.h>
#include <sluice/text.h>
#include <sluice/world.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "handler.h"

namespace {

namespace guest = sluice::guest;
