"""How many bytes the program has, with all that it loads."""

import os
import pathlib
import re
import subprocess

from parts.program import folder
from parts.report import BUILD, SLUICE


def sizes():
    """MB: of the program with its engine, with every shared library of the system too, and of the review app."""
    program = 0
    libraries = {}
    for file in (SLUICE, BUILD / "libsluice.so"):
        with folder() as temporary:
            subprocess.run(["strip", "-o", temporary / "stripped", file], check=True)
            program += (temporary / "stripped").stat().st_size
        for line in subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout.splitlines():
            found = re.search(r"=> (\S+)", line)
            if not found:
                continue
            libraries[pathlib.Path(found[1]).name] = pathlib.Path(found[1]).resolve().stat().st_size
    shipped = program + libraries["libwasmtime.so"]
    everything = program + sum(libraries.values())
    components = sum((BUILD / "components" / name).stat().st_size for name in ("review.wasm", "github.wasm"))
    return shipped / 1e6, everything / 1e6, components / 1e6


def folder_bytes(path):
    """All files in a folder, each once however many names it has."""
    seen, total = set(), 0
    for place, _, names in os.walk(path):
        for name in names:
            information = os.lstat(os.path.join(place, name))
            if (information.st_dev, information.st_ino) not in seen:
                seen.add((information.st_dev, information.st_ino))
                total += information.st_size
    return total
