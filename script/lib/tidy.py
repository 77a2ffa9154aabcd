"""Runs clang-tidy on sources of the compilation database, side by side, and remembers what was clean.

Tests are left out: they are half of the time, and the compiler's warnings hold for them as well.
A source is checked again when it, a header of the project that it includes, its compile command or .clang-tidy changed.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import sys
import time

INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
# Flags of gcc that clang does not know, and what would turn its own warnings into errors.
UNWANTED = {"-fcoroutines", "-Werror"}


class Checker:
    def __init__(self, root: pathlib.Path, build: pathlib.Path) -> None:
        self.root = root
        self.database = build / "tidy"
        self.cache = build / "tidy-cache"
        self.cache.mkdir(parents=True, exist_ok=True)
        self.database.mkdir(exist_ok=True)
        self.rules = (root / ".clang-tidy").read_bytes()
        self.commands = self.read_commands(build / "compile_commands.json")

    def read_commands(self, path: pathlib.Path) -> dict[pathlib.Path, list[str]]:
        entries = []
        for entry in json.loads(path.read_text()):
            arguments = [part for part in shlex.split(entry["command"]) if part not in UNWANTED]
            if pathlib.Path(arguments[0]).name == "ccache":
                arguments = arguments[1:]
            entries.append({"file": entry["file"], "directory": entry["directory"], "arguments": arguments})
        (self.database / "compile_commands.json").write_text(json.dumps(entries))
        return {pathlib.Path(entry["file"]): entry["arguments"] for entry in entries}

    @functools.lru_cache(maxsize=None)
    def includes(self, file: pathlib.Path, folders: tuple[pathlib.Path, ...]) -> frozenset[pathlib.Path]:
        found = set()
        for name in INCLUDE.findall(file.read_bytes()):
            for folder in (file.parent, *folders):
                candidate = folder / name.decode()
                if candidate.is_file():
                    found.add(candidate.resolve())
                    break
        return frozenset(found)

    def key(self, file: pathlib.Path) -> str:
        arguments = self.commands[file]
        folders = tuple(pathlib.Path(part[2:]) for part in arguments if part.startswith("-I" + str(self.root)))
        seen, queue = {file}, [file]
        while queue:
            for include in self.includes(queue.pop(), folders):
                if include not in seen:
                    seen.add(include)
                    queue.append(include)
        digest = hashlib.sha256(self.rules + " ".join(arguments).encode())
        for one in sorted(seen):
            digest.update(str(one).encode() + one.read_bytes())
        return digest.hexdigest()[:32]

    def check(self, file: pathlib.Path) -> str:
        """What clang-tidy complains about; empty if nothing."""
        stamp = self.cache / self.key(file)
        if stamp.exists():
            return ""
        start = time.monotonic()
        done = subprocess.run(
            ["clang-tidy-22", "--quiet", "-p", str(self.database), "--warnings-as-errors=*", str(file)],
            capture_output=True, text=True, check=False)
        print(f"{file.relative_to(self.root)} ({time.monotonic() - start:.0f} s)", flush=True)
        if done.returncode == 0:
            stamp.touch()
            return ""
        return done.stdout + ("" if done.stdout.strip() else done.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    root = pathlib.Path.cwd()
    checker = Checker(root, args.build.resolve())
    headers = {file.resolve() for file in args.files if file.suffix == ".h"}
    wanted = {file.resolve() for file in args.files}
    # A changed header is checked through the sources of its folder.
    wanted |= {file for file in checker.commands if file.parent in {header.parent for header in headers}}
    files = sorted(file for file in wanted if file in checker.commands and not file.stem.endswith("_test"))
    problems = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for output in pool.map(checker.check, files):
            if output:
                problems += 1
                print(output, flush=True)
    print(f"{len(files)} sources checked, {problems} with problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
