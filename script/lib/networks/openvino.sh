# Sourced by script/bootstrap: OpenVINO with its CPU plug-in and the front ends for IR, ONNX and TensorFlow Lite.
# shellcheck shell=bash disable=SC2154

openvino_key() { network_key openvino; }

# pack_openvino FOLDER
pack_openvino() {
  unpack_network openvino openvino "$1" \
    'openvino/libs//libopenvino.so.*' 'openvino/libs//libopenvino_intel_cpu_plugin.so' \
    'openvino/libs//libopenvino_ir_frontend.so.*' 'openvino/libs//libopenvino_onnx_frontend.so.*' \
    'openvino/libs//libopenvino_tensorflow_lite_frontend.so.*' 'openvino/libs//libtbb.so.*'
  mkdir "$1/lib"
  mv "$1"/lib*.so* "$1/lib"
  unpack_network openvino openvino "$1" 'openvino//include/openvino/*' 'openvino-*.dist-info/licenses//*'
}
