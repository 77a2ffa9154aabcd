// The types of `sluice:llm/chat` and `sluice:llm/embeddings` (wit/llm.wit).
#pragma once

#include "base/type.h"

namespace sluice::host {

[[nodiscard]] InterfaceType chat_type();
[[nodiscard]] InterfaceType embeddings_type();

}  // namespace sluice::host
