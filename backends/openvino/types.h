// OpenVINO's types and shapes as those of the plug-in header.
#pragma once

#include <cstdint>
#include <openvino/core/model.hpp>
#include <openvino/runtime/compiled_model.hpp>

#include "common/network.h"

namespace sluice::openvino {

std::uint32_t type_of(const ov::element::Type& type);
// Of a type that tensors can be set in.
ov::element::Type element_of(std::uint32_t type);

backends::Ports ports_of(const ov::CompiledModel& model);

}  // namespace sluice::openvino
