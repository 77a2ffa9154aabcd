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

// Both readers agree on texts that both call JSON. The library keeps the last of repeated keys, and rounds
// integers that it cannot hold, so it may take more, but where both read, they read the same unless numbers
// were rounded.
void compare_with_document(std::string_view text, const Type& type, const Result<Value>& read) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    // It refuses numbers that are infinite as f64, which are out of range or tiny here.
    return;
  }
  const Result<Value> from_document = from_json_document(document, type);
  if (read.has_value() && from_document.has_value()) {
    invariant(check(*from_document, type).has_value(), "a value read from a document is of its type");
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
