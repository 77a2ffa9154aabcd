#include "join.h"

#include <algorithm>

#include "text.h"

namespace review {
namespace {

constexpr std::size_t why_bytes_max = 1'000;

bool is_models(const Risk& risk) {
  return risk.source.starts_with("model:");
}

std::uint32_t first_line(const Risk& risk) {
  return risk.start_line == 0 ? risk.line : risk.start_line;
}

bool meet(const Risk& a, const Risk& b) {
  return a.file == b.file && a.side == b.side && first_line(a) <= b.line && first_line(b) <= a.line;
}

}  // namespace

std::uint32_t join_model_risks(std::vector<Risk>& risks) {
  for (Risk& risk : risks) {
    const auto signal = std::find_if(risks.begin(), risks.end(), [&](const Risk& other) {
      return is_models(risk) && !is_models(other) && meet(other, risk);
    });
    if (signal == risks.end()) continue;
    signal->severity = std::max(signal->severity, risk.severity);
    signal->why = shorten(concat(signal->why, ' ', risk.why), why_bytes_max);
    if (std::find(signal->also.begin(), signal->also.end(), risk.source) == signal->also.end())
      signal->also.push_back(risk.source);
    risk.source.clear();
  }
  const auto joined =
      static_cast<std::uint32_t>(std::erase_if(risks, [](const Risk& risk) { return risk.source.empty(); }));
  if (joined > 0) {
    std::stable_sort(risks.begin(), risks.end(),
                     [](const Risk& a, const Risk& b) { return a.severity > b.severity; });
  }
  return joined;
}

}  // namespace review
