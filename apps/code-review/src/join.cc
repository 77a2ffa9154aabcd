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
  std::uint32_t joined = 0;
  std::vector<Risk> kept;
  for (const Risk& risk : risks) {
    if (!is_models(risk)) kept.push_back(risk);
  }
  if (kept.size() == risks.size()) return 0;
  const std::size_t signals = kept.size();
  for (const Risk& risk : risks) {
    if (!is_models(risk)) continue;
    const auto end = kept.begin() + static_cast<std::ptrdiff_t>(signals);
    const auto same = std::find_if(kept.begin(), end, [&](const Risk& other) { return meet(other, risk); });
    if (same == end) {
      kept.push_back(risk);
      continue;
    }
    ++joined;
    same->severity = std::max(same->severity, risk.severity);
    same->why = shorten(concat(same->why, ' ', risk.why), why_bytes_max);
    if (std::find(same->also.begin(), same->also.end(), risk.source) == same->also.end())
      same->also.push_back(risk.source);
  }
  std::stable_sort(kept.begin(), kept.end(), [](const Risk& a, const Risk& b) { return a.severity > b.severity; });
  risks = std::move(kept);
  return joined;
}

}  // namespace review
