// The first half of the bytes draws a type, the second is read as JSON text of it: what parses is of the
// type, has one canonical text, and comes back from it equal. The text is also read through a parsed
// document.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/invariant.h"
#include "base/testing/draw.h"
#include "base/value_json.h"

using namespace sluice;

namespace {

// No number in it changes on its way through a document: the library makes f64 of numbers with a point, an
// exponent or many digits, and loses the sign of -0.
bool has_plain_numbers(std::string_view text) {
  std::size_t run = 0;
  for (const char c : text) {
    run = c >= '0' && c <= '9' ? run + 1 : 0;
    if (run > 15) return false;
  }
  return text.find_first_of(".eE") == std::string_view::npos && !text.contains("-0");
}

// The library accepts more than JsonTextSource does (it keeps the last of repeated keys), and never less.
void compare_with_document(std::string_view text, const Type& type, const Result<Value>& read) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    invariant(!read || !has_plain_numbers(text), "text that is read is JSON for another reader");
    return;
  }
  const Result<Value> from_document = from_json_document(document, type);
  if (from_document) invariant(check(*from_document, type).has_value(), "a value read is of its type");
  if (read && has_plain_numbers(text)) {
    invariant(from_document.has_value() && *from_document == *read, "text and document read alike");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::size_t of_type = bytes.size() < 64 ? bytes.size() / 2 : 32;
  testing_support::Draw draw(bytes.substr(0, of_type));
  const Type type = testing_support::draw_type(draw);
  const std::string_view text = bytes.substr(of_type);

  const Result<Value> read =
      from_json(text, type, {.bytes_max = 1U << 20U, .values_max = 100'000, .depth_max = 50});
  if (read) {
    invariant(check(*read, type).has_value(), "a value read is of its type");
    const std::string canonical = to_json(*read, type);
    const Result<Value> again = from_json(canonical, type);
    invariant(again.has_value() && *again == *read, "canonical text reads back equal");
    invariant(to_json(*again, type) == canonical, "canonical text is written the same");
  } else {
    invariant(!read.error().what.empty() && !read.error().why.empty(), "an error says where and why");
    invariant(is_utf8(read.error().to_string()), "an error is text");
  }
  compare_with_document(text, type, read);
  return 0;
}
