// The variants of value_json.h on nlohmann's documents.
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/value_json.h"
#include "base/value_reader.h"

namespace sluice {

namespace {

using nlohmann::json;
using reading::excerpt;
using reading::Integer;
using reading::Outcome;
using reading::Shape;

// A document as a source of values.
class DocumentSource {
 public:
  static constexpr std::string_view bytes_name = "base64 text";

  explicit DocumentSource(const json& document) : next_(&document) {}

  Shape peek() {
    switch (next_->type()) {
      case json::value_t::null:
        return Shape::null;
      case json::value_t::boolean:
        return Shape::boolean;
      case json::value_t::number_integer:
      case json::value_t::number_unsigned:
      case json::value_t::number_float:
        return Shape::number;
      case json::value_t::string:
        return Shape::text;
      case json::value_t::array:
        return Shape::array;
      case json::value_t::object:
        return Shape::object;
      case json::value_t::binary:
        return Shape::bytes;
      case json::value_t::discarded:
        break;
    }
    problem_ = "the document was discarded by its parser";
    return Shape::broken;
  }

  Outcome read_null() { return next_->is_null() ? Outcome::fine : Outcome::mismatch; }

  Outcome read_bool(bool& out) {
    if (!next_->is_boolean()) return Outcome::mismatch;
    out = next_->get<bool>();
    return Outcome::fine;
  }

  Outcome read_integer(Integer& out) {
    if (next_->is_number_unsigned()) {
      out = {false, next_->get<std::uint64_t>()};
    } else if (next_->is_number_integer()) {
      const auto number = next_->get<std::int64_t>();
      out = {number < 0,
             number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number)};
    } else if (next_->is_number_float()) {
      const auto number = next_->get<double>();
      if (!std::isfinite(number) || std::abs(number) >= 0x1p64) return Outcome::out_of_range;
      if (number != std::trunc(number)) return Outcome::not_integer;
      out = {number < 0, static_cast<std::uint64_t>(std::abs(number))};
    } else {
      return Outcome::mismatch;
    }
    return Outcome::fine;
  }

  Outcome read_float(double& out) {
    if (next_->is_string()) return special(out);
    if (!next_->is_number()) return Outcome::mismatch;
    out = next_->get<double>();
    return Outcome::fine;
  }

  Outcome read_float(float& out) {
    double wide = 0;
    if (const Outcome outcome = read_float(wide); outcome != Outcome::fine) return outcome;
    if (std::isfinite(wide) && std::abs(wide) >= f32_overflow) {
      return Outcome::out_of_range;
    }
    if (!std::isfinite(wide)) {
      out = static_cast<float>(wide);
      return Outcome::fine;
    }
    // By way of its shortest text, so that it is rounded once only, as it is where the text itself is read.
    std::array<char, 32> buffer{};
    const auto text = std::to_chars(buffer.data(), buffer.data() + buffer.size(), wide);
    if (std::from_chars(buffer.data(), text.ptr, out).ec != std::errc()) out = static_cast<float>(wide);
    return Outcome::fine;
  }

  Outcome read_text(std::string_view& out) {
    if (!next_->is_string()) return Outcome::mismatch;
    out = next_->get_ref<const std::string&>();
    if (is_utf8(out)) return Outcome::fine;
    problem_ = "the string is not valid UTF-8";
    return Outcome::broken;
  }

  Outcome read_bytes(std::string& out) {
    std::string_view text;
    if (const Outcome outcome = read_text(text); outcome != Outcome::fine) return outcome;
    auto bytes = from_base64(text);
    if (!bytes) {
      problem_ = "expected base64 text, found " + excerpt(text);
      return Outcome::broken;
    }
    out = std::move(*bytes);
    return Outcome::fine;
  }

  Outcome begin_array() {
    if (!next_->is_array()) return Outcome::mismatch;
    open_.emplace_back(next_->begin(), next_->end());
    return Outcome::fine;
  }

  Outcome next_item(bool& more) {
    more = advance();
    return Outcome::fine;
  }

  Outcome begin_object() {
    if (!next_->is_object()) return Outcome::mismatch;
    open_.emplace_back(next_->begin(), next_->end());
    return Outcome::fine;
  }

  Outcome next_key(std::string_view& key, bool& more) {
    if (!open_.empty() && open_.back().first != open_.back().second) key = open_.back().first.key();
    more = advance();
    return Outcome::fine;
  }

  Outcome finish() { return Outcome::fine; }
  [[nodiscard]] std::string problem() const { return problem_; }

 private:
  bool advance() {
    auto& [at, end] = open_.back();
    if (at == end) {
      open_.pop_back();
      return false;
    }
    next_ = &*at;
    ++at;
    return true;
  }

  Outcome special(double& out) {
    const auto& name = next_->get_ref<const std::string&>();
    if (const auto number = reading::special_float(name)) {
      out = *number;
      return Outcome::fine;
    }
    problem_ = "expected " + std::string(reading::special_float_names) + ", found " + excerpt(name);
    return Outcome::broken;
  }

  const json* next_;
  std::vector<std::pair<json::const_iterator, json::const_iterator>> open_;
  std::string problem_;
};

}  // namespace

json to_json_document(const Value& value, const Type& type) {
  return json::parse(to_json(value, type));
}

Result<Value> from_json_document(const json& document, const Type& type, const ReadLimits& limits) {
  DocumentSource source(document);
  return reading::ValueReader(source, limits).read(type);
}

}  // namespace sluice
