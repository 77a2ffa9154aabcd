# Sourced by script/bootstrap: ONNX Runtime. Its package has no headers; one is made of the declarations of a Rust crate.
# shellcheck shell=bash disable=SC2154

onnxruntime_key() {
  { network_key onnxruntime; cat "$parts"/networks/onnxruntime/Cargo.* "$root/script/lib/networks/ort_header.py"; } |
    sha256sum | cut -c 1-32
}

# pack_onnxruntime FOLDER
pack_onnxruntime() {
  local header
  header=$downloads/onnxruntime-$(onnxruntime_key).h
  if [[ ! -s $header ]]; then make_ort_header "$header"; fi
  unpack_network onnxruntime onnxruntime "$1" 'onnxruntime//LICENSE' 'onnxruntime//ThirdPartyNotices.txt' \
    'onnxruntime/capi//libonnxruntime.so.*'
  mkdir "$1/lib" "$1/include"
  mv "$1"/libonnxruntime.so.* "$1/lib/libonnxruntime.so.1"
  cp "$header" "$1/include/onnxruntime.h"
}

make_ort_header() {
  rm -rf "$work/ort-header"
  cp -r "$parts/networks/onnxruntime" "$work/ort-header"
  # Verified against the lock file.
  (cd "$work/ort-header" && cargo vendor --locked vendor >/dev/null)
  "$python" "$root/script/lib/networks/ort_header.py" "$work/ort-header/vendor/ort-sys/src/lib.rs" "$1.part"
  mv "$1.part" "$1"
}
