// Deterministic CBOR as a source of values. Internal to base.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/value_source.h"

namespace sluice::reading {

// Refuses all that is not core deterministic encoding (RFC 8949, section 4.2.1). The bytes outlive it.
class CborSource {
 public:
  static constexpr std::string_view bytes_name = "bytes";

  explicit CborSource(std::string_view bytes) : bytes_(bytes) {}

  Shape peek();
  Outcome read_null();
  Outcome read_bool(bool& out);
  Outcome read_integer(Integer& out);
  Outcome read_float(float& out);
  Outcome read_float(double& out);
  Outcome read_text(std::string_view& out);
  Outcome read_bytes(std::string& out);
  Outcome begin_array();
  Outcome next_item(bool& more);
  Outcome begin_object();
  Outcome next_key(std::string_view& key, bool& more);
  Outcome finish();
  [[nodiscard]] std::string problem() const { return problem_; }

 private:
  struct Open {
    std::uint64_t left = 0;
    std::string_view last_key;
    bool has_key = false;
  };

  Outcome broken(std::string_view why);
  // The argument of the head at `at_`, and past it.
  Outcome head(std::uint64_t& argument);
  Outcome string(std::string_view& out);
  Outcome open(std::size_t bytes_each);
  // A float of any width, and which width it had.
  Outcome wide_float(double& out, unsigned& width);
  [[nodiscard]] unsigned first_byte() const { return static_cast<unsigned char>(bytes_[at_]); }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
  std::string problem_;
};

}  // namespace sluice::reading
