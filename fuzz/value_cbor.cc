// The first bytes draw a type, the rest is read as CBOR of it: what parses is of the type and, up to the
// order of flags and the leaving out of options, is the very bytes that the value is written as.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/invariant.h"
#include "base/testing/draw.h"
#include "base/value_cbor.h"

using namespace sluice;

namespace {

// Whether a value of the type can be read from other bytes than it is written as.
bool has_other_forms(const Type& type) {
  if (type.kind() == Kind::flags) return true;
  for (const Member& m : type.members()) {
    if (m.type == nullptr) continue;
    if (type.kind() == Kind::record && m.type->kind() == Kind::option) return true;
    if (has_other_forms(*m.type)) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::size_t of_type = bytes.size() < 64 ? bytes.size() / 2 : 32;
  testing_support::Draw draw(bytes.substr(0, of_type));
  const Type type = testing_support::draw_type(draw);
  const std::string_view encoded = bytes.substr(of_type);

  const Result<Value> read =
      from_cbor(encoded, type, {.bytes_max = 1U << 20U, .values_max = 100'000, .depth_max = 50});
  if (!read) {
    invariant(!read.error().what.empty() && is_utf8(read.error().to_string()),
              "an error says where, in text");
    return 0;
  }
  invariant(check(*read, type).has_value(), "a value read is of its type");
  const std::string written = to_cbor(*read, type);
  invariant(has_other_forms(type) || written == encoded, "the bytes are the only ones for the value");
  const Result<Value> again = from_cbor(written, type);
  invariant(again.has_value() && *again == *read, "written bytes read back equal");
  const Result<Value> through_json = from_json(to_json(*read, type), type);
  invariant(through_json.has_value() && *through_json == *read, "JSON carries the same value");
  return 0;
}
