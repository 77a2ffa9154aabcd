"""Writes damaged copies of a component: cut in the middle, and with its sections overwritten."""

import pathlib
import sys

whole = pathlib.Path(sys.argv[1]).read_bytes()
out = pathlib.Path(sys.argv[2])
header = 8
(out / "truncated.wasm").write_bytes(whole[: len(whole) // 2])
(out / "garbage-after-header.wasm").write_bytes(whole[:header] + bytes((i * 151 + 17) % 256 for i in range(4096)))
