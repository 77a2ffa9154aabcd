"""Writes all-MiniLM-L6-v2 as it comes (safetensors, vocab.txt) as a GGUF file of architecture `bert`.

    minilm_gguf.py FOLDER OUT.gguf

Plain Python: weights are copied as they are (float32). Formats: the README of safetensors, and docs/gguf.md of ggml.
Names of tensors and keys: those that llama.cpp reads for `bert`."""

import json
import pathlib
import struct
import sys

ALIGNMENT = 32
LAYERS = 6
CONTROL, NORMAL = 3, 1
# Type numbers of GGUF values.
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
POOLING_MEAN = 1

LAYER_PARTS = {
    "attn_q": "attention.self.query",
    "attn_k": "attention.self.key",
    "attn_v": "attention.self.value",
    "attn_output": "attention.output.dense",
    "attn_output_norm": "attention.output.LayerNorm",
    "ffn_up": "intermediate.dense",
    "ffn_down": "output.dense",
    "layer_output_norm": "output.LayerNorm",
}


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def field(name: str, kind: int, value: object) -> bytes:
    plain = {UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}
    packed = string(str(value)) if kind == STRING else struct.pack(plain[kind], value)
    return string(name) + struct.pack("<I", kind) + packed


def array(name: str, kind: int, values: list) -> bytes:
    packed = b"".join(string(value) if kind == STRING else struct.pack("<i", value) for value in values)
    return string(name) + struct.pack("<IIQ", ARRAY, kind, len(values)) + packed


def vocabulary(lines: list[str]) -> tuple[list[str], list[int]]:
    """WordPiece marks what continues a word with ##; llama.cpp marks what begins one, with U+2581."""
    special = [len(line) > 2 and line.startswith("[") and line.endswith("]") for line in lines]
    tokens = [
        line if is_special else line[2:] if line.startswith("##") else "\u2581" + line
        for line, is_special in zip(lines, special)
    ]
    return tokens, [CONTROL if is_special else NORMAL for is_special in special]


def fields(folder: pathlib.Path) -> list[bytes]:
    config = json.loads((folder / "config.json").read_text())
    lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    if lines[-1] == "":
        lines.pop()
    if config["num_hidden_layers"] != LAYERS or config["vocab_size"] != len(lines):
        raise SystemExit("minilm_gguf: this is another model than all-MiniLM-L6-v2")
    tokens, kinds = vocabulary(lines)
    special = {"bos": "[CLS]", "eos": "[SEP]", "unknown": "[UNK]", "seperator": "[SEP]", "padding": "[PAD]",
               "mask": "[MASK]", "cls": "[CLS]"}
    return [
        field("general.architecture", STRING, "bert"),
        field("general.name", STRING, "all-MiniLM-L6-v2"),
        field("general.license", STRING, "apache-2.0"),
        field("general.file_type", UINT32, 0),
        field("bert.block_count", UINT32, LAYERS),
        field("bert.context_length", UINT32, config["max_position_embeddings"]),
        field("bert.embedding_length", UINT32, config["hidden_size"]),
        field("bert.feed_forward_length", UINT32, config["intermediate_size"]),
        field("bert.attention.head_count", UINT32, config["num_attention_heads"]),
        field("bert.attention.layer_norm_epsilon", FLOAT32, config["layer_norm_eps"]),
        field("bert.attention.causal", BOOL, False),
        field("bert.pooling_type", UINT32, POOLING_MEAN),
        field("tokenizer.ggml.model", STRING, "bert"),
        array("tokenizer.ggml.tokens", STRING, tokens),
        array("tokenizer.ggml.token_type", INT32, kinds),
        field("tokenizer.ggml.token_type_count", UINT32, config["type_vocab_size"]),
        *(field(f"tokenizer.ggml.{name}_token_id", UINT32, lines.index(text)) for name, text in special.items()),
    ]


def tensor_names() -> list[tuple[str, str]]:
    """(name in GGUF, name in the original)"""
    names = [
        ("token_embd.weight", "embeddings.word_embeddings.weight"),
        ("position_embd.weight", "embeddings.position_embeddings.weight"),
        ("token_types.weight", "embeddings.token_type_embeddings.weight"),
    ]
    for part in ("weight", "bias"):
        names.append((f"token_embd_norm.{part}", f"embeddings.LayerNorm.{part}"))
        for layer in range(LAYERS):
            for ours, theirs in LAYER_PARTS.items():
                names.append((f"blk.{layer}.{ours}.{part}", f"encoder.layer.{layer}.{theirs}.{part}"))
    return names


def main() -> None:
    folder, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    weights = (folder / "model.safetensors").read_bytes()
    (header_bytes,) = struct.unpack_from("<Q", weights)
    header = json.loads(weights[8 : 8 + header_bytes])
    base = 8 + header_bytes
    infos, data = [], bytearray()
    for ours, theirs in tensor_names():
        entry = header[theirs]
        if entry["dtype"] != "F32":
            raise SystemExit(f"minilm_gguf: {theirs} is {entry['dtype']}, not F32")
        begin, end = entry["data_offsets"]
        # GGUF counts dimensions from the one that lies closest in memory.
        shape = list(reversed(entry["shape"]))
        infos.append(string(ours) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(data)))
        data += weights[base + begin : base + end]
        data += bytes(-len(data) % ALIGNMENT)
    pairs = fields(folder)
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(infos), len(pairs)) + b"".join(pairs) + b"".join(infos)
    target.write_bytes(head + bytes(-len(head) % ALIGNMENT) + data)


main()
