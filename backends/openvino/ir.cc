#include "ir.h"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <istream>
#include <openvino/core/attribute_visitor.hpp>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/runtime/tensor.hpp>
#include <spanstream>
#include <string>

namespace sluice::openvino {
namespace {

// What constants are read in place at; others are copied.
constexpr std::uintptr_t weights_alignment = 64;

ov::Tensor tensor_of(const backends::PartBytes& weights) {
  const ov::Shape shape{weights.size()};
  if (reinterpret_cast<std::uintptr_t>(weights.data()) % weights_alignment == 0)
    return {ov::element::u8, shape, weights.data()};
  ov::Tensor copy(ov::element::u8, shape);
  std::memcpy(copy.data(), weights.data(), weights.size());
  return copy;
}

// The front end takes weights as what constants keep theirs in, of which OpenVINO's headers say no more than
// that a constant shows it to visitors.
using Buffer = std::shared_ptr<ov::AlignedBuffer>;

class BufferFinder final : public ov::AttributeVisitor {
 public:
  [[nodiscard]] const Buffer& found() const { return found_; }

  void on_adapter(const std::string& /*name*/, ov::ValueAccessor<void>& adapter) override {
    if (auto* buffer = dynamic_cast<ov::ValueAccessor<Buffer>*>(&adapter)) found_ = buffer->get();
  }

 private:
  Buffer found_;
};

Buffer buffer_of(const ov::Tensor& tensor) {
  ov::op::v0::Constant constant(tensor);
  BufferFinder finder;
  constant.visit_attributes(finder);
  OPENVINO_ASSERT(finder.found() != nullptr, "constants of this OpenVINO do not show their data");
  return finder.found();
}

// Of 2021 and before, when inputs were never f16 and outputs either f32 or i32.
std::shared_ptr<ov::Model> of_version_10(std::shared_ptr<ov::Model> model) {
  ov::preprocess::PrePostProcessor change(model);
  for (std::size_t i = 0; i < model->inputs().size(); ++i) {
    const auto type = model->input(i).get_element_type();
    change.input(i).tensor().set_element_type(type == ov::element::f16 ? ov::element::f32 : type);
  }
  for (std::size_t i = 0; i < model->outputs().size(); ++i) {
    const auto type = model->output(i).get_element_type();
    const bool whole = type == ov::element::i64 || type == ov::element::u64 || type == ov::element::i32 ||
                       type == ov::element::u32;
    change.output(i).tensor().set_element_type(whole ? ov::element::i32 : ov::element::f32);
  }
  return change.build();
}

}  // namespace

bool is_xml(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != text.npos &&
         (text.substr(begin).starts_with("<?xml") || text.substr(begin).starts_with("<net"));
}

backends::Result<void> need_no_other_weights() {
  std::error_code none;
  if (!std::filesystem::exists(".bin", none)) return {};
  return backends::failed(
      SLUICE_NN_INVALID,
      "in the current folder is a file called .bin, which OpenVINO would take for the weights: "
      "rename it, or start in another folder");
}

std::shared_ptr<ov::Model> read_network(const ov::frontend::FrontEnd& front_end, std::string_view xml,
                                        const backends::PartBytes* weights) {
  std::ispanstream stream(std::span(xml.data(), xml.size()));
  ov::AnyVector given{static_cast<std::istream*>(&stream)};
  if (weights != nullptr && weights->size() > 0) given.emplace_back(buffer_of(tensor_of(*weights)));
  auto model = front_end.convert(front_end.load(given));
  const bool is_old = model->has_rt_info("version") && model->get_rt_info<std::int64_t>("version") == 10;
  return is_old ? of_version_10(std::move(model)) : model;
}

}  // namespace sluice::openvino
