# Sourced by script/bootstrap: TensorFlow's shared libraries and the headers of its C API, a few of the 15,000 files of the
# package and half of its size.
# shellcheck shell=bash disable=SC2154

tensorflow_key() { network_key tensorflow; }

# pack_tensorflow FOLDER
pack_tensorflow() {
  unpack_network tensorflow tensorflow_cpu "$1" 'tensorflow//libtensorflow_cc.so.2' \
    'tensorflow//libtensorflow_framework.so.2' 'tensorflow//include/LICENSE' 'tensorflow//include/tensorflow/c/c_api*.h' \
    'tensorflow//include/tensorflow/c/tf_*.h' 'tensorflow//include/xla/tsl/c/tsl_status.h' \
    'tensorflow//include/tensorflow/core/platform/ctstring.h' 'tensorflow//include/tsl/platform/ctstring*.h'
  mkdir "$1/lib"
  mv "$1"/lib*.so* "$1/lib"
  mv "$1/include/LICENSE" "$1"
  # A quarter of it is names for debuggers.
  strip --strip-unneeded "$1"/lib/*.so.2
}
