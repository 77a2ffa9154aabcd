#include "retry_after.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "common_text.h"

namespace llm {
namespace {

using common::to_number;

constexpr std::uint64_t wait_ms_max = 24ULL * 3600 * 1000;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The number in a part of a fixed-width text.
std::optional<unsigned> part(std::string_view text, std::size_t at, std::size_t size) {
  const std::optional<std::uint64_t> number = to_number(text.substr(at, size));
  return number ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> decimal_micros(std::string_view text) {
  constexpr std::uint64_t million = 1'000'000;
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? std::string_view() : text.substr(point + 1));
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!std::ranges::all_of(fraction, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  fraction.resize(6, '0');
  const std::optional<std::uint64_t> units = whole.empty() ? 0 : to_number(whole);
  const std::optional<std::uint64_t> parts = to_number(fraction);
  if (!units || !parts || *units > million * million) return std::nullopt;
  return *units * million + *parts;
}

std::optional<std::uint64_t> http_date(std::string_view text) {
  // Www, DD Mmm YYYY HH:MM:SS GMT
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::ranges::find(months, text.substr(8, 3)) - months.begin();
  const auto day = part(text, 5, 2);
  const auto year = part(text, 12, 4);
  const auto hour = part(text, 17, 2);
  const auto minute = part(text, 20, 2);
  const auto second = part(text, 23, 2);
  if (month == static_cast<std::ptrdiff_t>(months.size()) || !day || !year || !hour || !minute || !second)
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(static_cast<int>(*year)),
                            std::chrono::month(static_cast<unsigned>(month) + 1), std::chrono::day(*day)};
  if (!date.ok() || *year < 1970 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = static_cast<std::uint64_t>(sys_days(date).time_since_epoch().count());
  return days * 86400 + *hour * 3600 + *minute * 60 + *second;
}

std::optional<std::uint64_t> retry_after_ms(const HttpAnswer& answer, std::uint64_t now) {
  constexpr std::uint64_t million = 1'000'000;
  if (const std::string* text = answer.header("retry-after-ms")) {
    if (const auto micros = decimal_micros(trimmed(*text))) return std::min(*micros / million, wait_ms_max);
  }
  const std::string* text = answer.header("retry-after");
  if (text == nullptr) return std::nullopt;
  if (const auto micros = decimal_micros(trimmed(*text)))
    return std::min((*micros + 999) / 1000, wait_ms_max);
  const std::optional<std::uint64_t> date = http_date(trimmed(*text));
  if (!date) return std::nullopt;
  return *date > now ? std::min((*date - now) * 1000, wait_ms_max) : 0;
}

}  // namespace llm
