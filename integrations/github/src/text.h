// The helpers on text that all integrations share, under this one's name.
#pragma once

#include "common_text.h"

namespace github {

using common::base64_decoded;
using common::characters_in;
using common::contains_ignoring_case;
using common::equal_ignoring_case;
using common::hash_of;
using common::is_text;
using common::one_line;
using common::percent_encoded;
using common::to_number;

}  // namespace github
