"""Fails when a file of a layer in src/ includes a header of a layer that it may not use.

What a layer may use is read from the USES of its CMakeLists.txt, so the build and this check cannot disagree.
"""

import pathlib
import re
import sys


def allowed_layers(src: pathlib.Path) -> dict[str, set[str]]:
    layers = {}
    for cmake in sorted(src.glob("*/CMakeLists.txt")):
        text = cmake.read_text()
        uses = re.search(r"USES\s+([a-z_ ]+?)\s*(?:LIBRARIES|\)|`)", text)
        layers[cmake.parent.name] = {cmake.parent.name, *(uses.group(1).split() if uses else [])}
    return layers


def problems(src: pathlib.Path) -> list[str]:
    layers = allowed_layers(src)
    found = []
    for name, allowed in layers.items():
        for file in sorted([*src.joinpath(name).rglob("*.h"), *src.joinpath(name).rglob("*.cc")]):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = re.match(r'\s*#include "([a-z_]+)/', line)
                if include and include.group(1) in layers and include.group(1) not in allowed:
                    found.append(f"{file}:{number}: {name}/ may not use {include.group(1)}/")
                if re.match(r"\s*#include <wasmtime", line) and name != "wasm":
                    found.append(f"{file}:{number}: only wasm/ may include wasmtime")
    return found


def main() -> int:
    found = problems(pathlib.Path(sys.argv[1]))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
