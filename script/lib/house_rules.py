"""The rules of the house that no compiler holds. Each is a function of the tree's root that lists what breaks it."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_layers  # noqa: E402

SOURCES = {".cc", ".h", ".c", ".py", ".sh"}
TEXTS = SOURCES | {".md", ".toml", ".wit", ".cmake", ".txt", ".json", ".yml", ".yaml", ""}
LINES_MAX = 400

# Words are put together here so that this file does not break its own rule.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
ELSEWHERE = re.compile(
    r"(?<![\w.])/(" + "|".join(("wo" + "rk", "tmp/" + "w", "ro" + "ot", "ho" + "me/[a-z]")) + r")(?=/|\b)"
    + "|" + "|".join(("py" + r"pi\.org", "pythonho" + r"sted\.org", "crates" + r"\.io", r"npm" + r"js\.org",
                      r"deb\.deb" + r"ian\.org")))
TASK_TALK = re.compile(r"\b(issue|task|ticket) #?\d+\b", re.IGNORECASE)


def tracked(root: pathlib.Path) -> list[pathlib.Path]:
    """Files of the tree that git does not ignore; data for tests is left out."""
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                             capture_output=True, check=True).stdout.decode()
    names = [name for name in listing.split("\0") if name]
    kept = [root / name for name in names if not name.startswith("tests/data/") and "/demo/" not in name]
    return [file for file in kept if file.is_file()]


def texts(root: pathlib.Path, suffixes: set[str]) -> list[tuple[pathlib.Path, list[str]]]:
    found = []
    for file in tracked(root):
        if file.suffix in suffixes and file.name not in ("Cargo.lock", "LICENSE"):
            try:
                found.append((file.relative_to(root), file.read_text().splitlines()))
            except UnicodeDecodeError:
                continue
    return found


def search(root: pathlib.Path, suffixes: set[str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file}:{number}: {line.strip()[:120]}"
        for file, lines in texts(root, suffixes)
        for number, line in enumerate(lines, 1)
        if pattern.search(line)
    ]


def sizes(root: pathlib.Path) -> list[str]:
    """A source file has fewer than 400 lines."""
    return [f"{file}: {len(lines)} lines" for file, lines in texts(root, SOURCES) if len(lines) >= LINES_MAX]


def unfinished(root: pathlib.Path) -> list[str]:
    """Nothing is marked as unfinished: it is done, or it is an issue."""
    return search(root, TEXTS, UNFINISHED)


def elsewhere(root: pathlib.Path) -> list[str]:
    """No file names a path of somebody's machine or a package registry's host."""
    return search(root, TEXTS, ELSEWHERE)


def task_talk(root: pathlib.Path) -> list[str]:
    """Sources speak of what is, not of the task that brought it."""
    return search(root, SOURCES, TASK_TALK)


def headers(root: pathlib.Path) -> list[str]:
    """A header begins with #pragma once."""
    return [str(file) for file, lines in texts(root, {".h"}) if "#pragma once" not in lines]


def readmes(root: pathlib.Path) -> list[str]:
    """Each layer has a README that says what it is for."""
    layers = sorted(file.parent for file in root.glob("src/*/CMakeLists.txt"))
    return [f"{layer.relative_to(root)}/README.md is missing" for layer in layers if not (layer / "README.md").is_file()]


def layers(root: pathlib.Path) -> list[str]:
    """A layer includes only what it may use."""
    return check_layers.problems(root / "src")


def blanks(root: pathlib.Path) -> list[str]:
    """No blanks at the end of a line, no tabs in sources. (One blank alone is a line of a diff in a text.)"""
    return search(root, SOURCES | {".wit", ".cmake", ".toml"}, re.compile(r"\S[ \t]+$|^[ \t]{2,}$|^\t"))


def scripts(root: pathlib.Path) -> list[str]:
    """The verbs that people expect are there, executable, and say what they do."""
    problems = []
    for name in ("bootstrap", "build", "test", "lint", "bench", "demo"):
        file = root / "script" / name
        if not file.is_file() or not file.stat().st_mode & 0o111:
            problems.append(f"script/{name} is missing or not executable")
            continue
        help_text = subprocess.run([str(file), "--help"], capture_output=True, text=True, check=False)
        if help_text.returncode != 0 or len(help_text.stdout.splitlines()) < 3:
            problems.append(f"script/{name} --help says nothing")
    return problems


RULES = [sizes, unfinished, elsewhere, task_talk, headers, readmes, layers, blanks, scripts]
