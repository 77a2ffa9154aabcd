# Sourced by script/bootstrap: builds llama.cpp of the pinned sources. The archive that it is kept in is named by all
# that it was made of, this file included: nothing else belongs here.
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
    -DLLAMA_BUILD_SERVER=ON -DMTMD_VIDEO=OFF '-DCMAKE_BUILD_RPATH=$ORIGIN;$ORIGIN/../lib;$ORIGIN/../../llama/lib' -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON
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
  build_llama llama llama-common mtmd llama-quantize
  local staged=$work/llama-staged
  rm -rf "$staged"
  mkdir -p "$staged/lib" "$staged/bin" "$staged/include/common"
  # Under the names that the loader asks for. Backends (ggml-cpu-*) have no version.
  local file
  for file in "$work"/llama-build/bin/lib*.so.[0-9]; do cp -L "$file" "$staged/lib/"; done
  for file in "$work"/llama-build/bin/libggml-*.so; do
    if [[ ! -L $file ]]; then cp "$file" "$staged/lib/"; fi
  done
  cp "$work"/llama-build/bin/{llama-quantize,libllama-quantize-impl.so} "$staged/bin/"
  cp "$work"/llama/include/*.h "$work"/llama/ggml/include/*.h "$work"/llama/tools/mtmd/mtmd{,-helper}.h "$staged/include/"
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
  local staged=$work/llama-tools-staged file
  rm -rf "$staged"
  mkdir -p "$staged/bin"
  for file in llama-bench llama-batched-bench llama-server; do
    cp "$work"/llama-build/bin/{$file,lib$file-impl.so} "$staged/bin/"
  done
  # They look for backends beside themselves.
  for file in "$deps"/llama/lib/libggml-*.so; do ln -s "../../llama/lib/$(basename "$file")" "$staged/bin/"; done
  tar -czf "$1.part" -C "$staged" .
  mv "$1.part" "$1"
}
