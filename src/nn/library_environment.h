// What libraries of neural networks look for in the environment when they are loaded.
#pragma once

#include <array>
#include <utility>

namespace sluice::nn {

// TensorFlow writes of itself into standard error, and its results differ in last digits from processor to
// processor, unless it is told not to. ONNX Runtime sends its maker who runs which network, and keeps that in
// the home folder.
inline constexpr std::array<std::pair<const char*, const char*>, 3> library_environment{{
    {"TF_CPP_MIN_LOG_LEVEL", "2"},
    {"TF_ENABLE_ONEDNN_OPTS", "0"},
    {"ORT_DISABLE_TELEMETRY", "1"},
}};

}  // namespace sluice::nn
