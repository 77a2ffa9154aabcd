// OpenVINO's own format: XML, and a file of weights.
#pragma once

#include <memory>
#include <openvino/core/model.hpp>
#include <openvino/frontend/frontend.hpp>
#include <string_view>

#include "common/part.h"
#include "common/result.h"

namespace sluice::openvino {

// Whether a network begins here.
bool is_xml(std::string_view text);

// Where it is given bytes alone, OpenVINO takes a file called .bin of the current folder for the weights.
// INVALID: there is one.
backends::Result<void> need_no_other_weights();

// By the front end alone, which looks for nothing. (ov::Core looks through the folder of front ends each
// time.) `weights` may be null; the model refers to them. Throws what OpenVINO throws.
std::shared_ptr<ov::Model> read_network(const ov::frontend::FrontEnd& front_end, std::string_view xml,
                                        const backends::PartBytes* weights);

}  // namespace sluice::openvino
