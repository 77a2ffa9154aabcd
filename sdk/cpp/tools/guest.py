"""The two build steps of a guest that are not a compiler's: used by cmake/SluiceGuest.cmake.

world      gathers the WIT packages that a world needs, makes its C++ bindings, the header that says what the world
           imports, and its docs. Files that did not change are left alone, so that nothing is rebuilt for them.
component  wraps a linked core module as a component, adds the docs as custom sections and makes sure that it imports
           nothing but what the world names.

Docs are two custom sections, each a version byte (1) and JSON: `package-docs`, as wasm-tools writes and reads it, with
the docs of the guest's package and world; and `interface-docs`, an object from qualified interface names
(`sluice:github/pulls@0.1.0`) to {docs, funcs: {name: {docs}}, types: {name: {docs, items: {name: text}}}}.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PACKAGE = re.compile(r"^\s*package\s+([\w-]+:[\w-]+)", re.MULTILINE)
REFERENCE = re.compile(r"\b([a-z][\w-]*:[a-z][\w-]*)(?=[/@])")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)

# What the SDK itself can use of a world: macro -> interface.
KNOWN_IMPORTS = {
    "SLUICE_IMPORT_LOGGING": "wasi:logging/logging",
    "SLUICE_IMPORT_WALL_CLOCK": "wasi:clocks/wall-clock",
    "SLUICE_IMPORT_RANDOM": "wasi:random/random",
    "SLUICE_IMPORT_CONFIG": "wasi:config/store",
    "SLUICE_EXPORT_HANDLER": "sluice:events/handler",
}

# Preview 1 calls that src/no_wasi.c answers only with an import of the world.
NEEDED_IMPORTS = {
    "clock_time_get": ("the clock", "import wasi:clocks/wall-clock@0.2.0;"),
    "clock_res_get": ("the clock", "import wasi:clocks/wall-clock@0.2.0;"),
    "random_get": ("random bytes", "import wasi:random/random@0.2.0;"),
    "poll_oneoff": ("sleeping or polling", "import sluice:time/timer@0.1.0; and call sluice::time::timer::Sleep"),
}


class Failure(Exception):
    """A message for the person who builds the guest."""


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{pathlib.Path(str(command[0])).name} failed:\n{(done.stderr or done.stdout).rstrip()}")
    return done.stdout


def write_if_changed(path: pathlib.Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def compact(value: dict) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def leb128(number: int) -> bytes:
    out = bytearray()
    while True:
        out.append((number & 0x7F) | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(out)


def custom_section(name: str, content: bytes) -> bytes:
    body = leb128(len(name)) + name.encode() + content
    return b"\x00" + leb128(len(body)) + body


# ---- world ----


def wit_files(places: list[pathlib.Path]) -> list[pathlib.Path]:
    files = []
    for place in places:
        if place.is_dir():
            files += sorted(place.glob("*.wit"))
        elif place.is_file():
            files.append(place)
        else:
            raise Failure(f"{place}: no such WIT file or folder")
    return files


def references(text: str) -> set[str]:
    return set(REFERENCE.findall(COMMENT.sub("", text)))


def gather_packages(own: list[pathlib.Path], shared: list[pathlib.Path], out: pathlib.Path) -> None:
    """Copies the guest's WIT files to `out` and the packages that they need, one way or another, to `out/deps`."""
    by_package: dict[str, list[pathlib.Path]] = {}
    for file in shared:
        name = PACKAGE.search(COMMENT.sub("", file.read_text()))
        if name:
            by_package.setdefault(name.group(1), []).append(file)
    wanted, queue = set(), set()
    for file in own:
        queue |= references(file.read_text())
    while queue:
        package = queue.pop()
        if package in wanted or package not in by_package:
            continue
        wanted.add(package)
        for file in by_package[package]:
            queue |= references(file.read_text())
    for file in own:
        shutil.copy(file, out / file.name)
    for package in sorted(wanted):
        folder = out / "deps" / package.replace(":", "-")
        folder.mkdir(parents=True)
        for file in by_package[package]:
            shutil.copy(file, folder / file.name)


def qualified(wit: dict, index: int) -> str:
    interface = wit["interfaces"][index]
    package = wit["packages"][interface["package"]]["name"]
    name, _, version = package.partition("@")
    return f"{name}/{interface['name']}" + (f"@{version}" if version else "")


def find_world(wit: dict, name: str) -> dict:
    # The guest's own package comes last: the packages that it needs precede it.
    for world in reversed(wit["worlds"]):
        if world["name"] == name:
            return world
    raise Failure(f"no world `{name}`; there are: {', '.join(world['name'] for world in wit['worlds']) or 'none'}")


def interfaces_of(wit: dict, items: dict) -> dict[str, int]:
    return {
        qualified(wit, item["interface"]["id"]): item["interface"]["id"] for item in items.values() if "interface" in item
    }


def docs_of(item: dict) -> dict:
    text = (item.get("docs") or {}).get("contents")
    return {"docs": text} if text else {}


def type_docs(wit: dict, index: int) -> dict:
    kind = wit["types"][index]["kind"]
    found = docs_of(wit["types"][index])
    if isinstance(kind, dict):
        parts = next((body[key] for body in kind.values() if isinstance(body, dict)
                      for key in ("fields", "cases", "flags") if key in body), [])
        items = {part["name"]: docs_of(part)["docs"] for part in parts if docs_of(part)}
        if items:
            found["items"] = items
    return found


def interface_docs(wit: dict, index: int) -> dict:
    interface = wit["interfaces"][index]
    found = docs_of(interface)
    funcs = {name: docs_of(func) for name, func in interface["functions"].items() if docs_of(func)}
    types = {name: docs for name, kind in interface["types"].items() if (docs := type_docs(wit, kind))}
    return found | ({"funcs": funcs} if funcs else {}) | ({"types": types} if types else {})


def package_docs(wit: dict, world: dict) -> dict:
    """The section `package-docs` as wasm-tools reads it: in a component, the world is always called `root`."""
    return docs_of(wit["packages"][world["package"]]) | {"worlds": {"root": docs_of(world)}}


def all_interface_docs(wit: dict, world: dict) -> dict:
    """The section `interface-docs`: for each interface that the world imports or exports, by its qualified name, what
    `package-docs` would say of it. (`package-docs` itself may speak of one package only.)
    """
    interfaces = interfaces_of(wit, world["imports"]) | interfaces_of(wit, world["exports"])
    return {name: docs for name, index in sorted(interfaces.items()) if (docs := interface_docs(wit, index))}


def imports_header(wit: dict, world: dict) -> str:
    names = list(interfaces_of(wit, world["imports"])), list(interfaces_of(wit, world["exports"]))
    lines = ["// Generated: what the world has of the things that the SDK can use.", "#pragma once"]
    for macro, interface in KNOWN_IMPORTS.items():
        for name in names[macro.startswith("SLUICE_EXPORT")]:
            if name.partition("@")[0] == interface:
                lines.append(f'#define {macro} "{name}"')
    return "\n".join(lines) + "\n"


LIST_STEP = re.compile(r"auto _base = (_ptr(\d+)) \+ i \* (\(.*\));")


def with_own_list_memory(bindings: str) -> str:
    """The bindings with memory of its own for each list that crosses to the host.

    wit-bindgen 0.63 writes a list's elements for the host into the list itself. Where an element holds a variant, the
    case's number is then written over a payload that is still to be read.
    """
    # Loops within a function may end like the function, so that a part may be the middle of one. Imports come first.
    functions = bindings.split("\n}\n")
    exports = False
    for index, function in enumerate(functions):
        exports = exports or "__export_name__(" in function
        for step in LIST_STEP.finditer(function):
            pointer, number, size = step.groups()
            old = f"auto {pointer} = (uint8_t*)(_vec{number}.data());"
            indent, found, _ = function.partition(old)
            if not found:
                raise Failure(f"the bindings have a form that is not expected: {pointer} without its list")
            new = f"auto {pointer} = (uint8_t*)malloc(_vec{number}.size() * {size});"
            # What an export returns is freed after the host has read it; what an import was given, when it returns.
            if not exports and indent.endswith("\n  "):
                new += f"\n  std::unique_ptr<uint8_t, decltype(&free)> _own{number}({pointer}, &free);"
            function = function.replace(old, new)
        functions[index] = function
    return "\n}\n".join(functions)


def make_world(args: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=args.out.parent) as folder:
        staging = pathlib.Path(folder)
        (staging / "wit").mkdir()
        gather_packages(wit_files([args.wit]), wit_files(args.shared), staging / "wit")
        wit = json.loads(run(args.wasm_tools, "component", "wit", "--json", staging / "wit"))
        world = find_world(wit, args.world)
        run(args.wit_bindgen, "cpp", staging / "wit", "-w", args.world, "--out-dir", staging / "gen")
        stem = args.world.replace("-", "_")
        made = {
            "bindings.cpp": with_own_list_memory((staging / "gen" / f"{stem}.cpp").read_text()).encode(),
            f"{stem}_cpp.h": (staging / "gen" / f"{stem}_cpp.h").read_bytes(),
            "wit.h": (staging / "gen" / "wit.h").read_bytes(),
            "component_type.o": (staging / "gen" / f"{stem}_component_type.o").read_bytes(),
            "sluice/world.h": (
                "// Generated: the bindings of this guest's world, whatever its name.\n#pragma once\n"
                f'#include "../{stem}_cpp.h"\n#include "world_imports.h"\n'
            ).encode(),
            "sluice/world_imports.h": imports_header(wit, world).encode(),
            "docs.bin": custom_section("package-docs", b"\x01" + compact(package_docs(wit, world)))
            + custom_section("interface-docs", b"\x01" + compact(all_interface_docs(wit, world))),
        }
        for name, content in made.items():
            write_if_changed(args.out / "gen" / name, content)
        for file in sorted((staging / "wit").rglob("*.wit")):
            write_if_changed(args.out / "wit" / file.relative_to(staging / "wit"), file.read_bytes())
        for file in sorted((args.out / "wit").rglob("*.wit")):
            if not (staging / "wit" / file.relative_to(args.out / "wit")).exists():
                file.unlink()
        # A package's folder without files is an error to wasm-tools.
        for folder in (args.out / "wit" / "deps").glob("*"):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


# ---- component ----


def preview1_imports(wasm_tools: pathlib.Path, core: pathlib.Path) -> list[str]:
    text = run(wasm_tools, "print", "--skeleton", core)
    return re.findall(r'\(import "wasi_snapshot_preview1" "(\w+)"', text)


def make_component(args: argparse.Namespace) -> None:
    left = preview1_imports(args.wasm_tools, args.core)
    if left:
        what, remedy = NEEDED_IMPORTS.get(left[0], ("a WASI call that guests do not have", "do without it"))
        raise Failure(f"the guest uses {what} (`{left[0]}`), and its world does not import it.\nWhat to do: {remedy}")
    with tempfile.TemporaryDirectory(dir=args.out.parent) as folder:
        made = pathlib.Path(folder) / "component.wasm"
        run(args.wasm_tools, "component", "new", args.core, "-o", made)
        with made.open("ab") as file:
            file.write(args.docs.read_bytes())
        run(args.wasm_tools, "validate", made)
        run(args.wasm_tools, "component", "targets", args.wit, "-w", args.world, made)
        made.replace(args.out)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(required=True)
    world = steps.add_parser("world")
    world.add_argument("--wit", type=pathlib.Path, required=True, help="the guest's own WIT: a file or a folder")
    world.add_argument("--shared", type=pathlib.Path, nargs="*", default=[], help="packages that it may use")
    world.add_argument("--wit-bindgen", type=pathlib.Path, required=True)
    world.add_argument("--out", type=pathlib.Path, required=True)
    world.set_defaults(step=make_world)
    component = steps.add_parser("component")
    component.add_argument("--core", type=pathlib.Path, required=True)
    component.add_argument("--docs", type=pathlib.Path, required=True)
    component.add_argument("--wit", type=pathlib.Path, required=True, help="the folder that the step `world` made")
    component.add_argument("--out", type=pathlib.Path, required=True)
    component.set_defaults(step=make_component)
    for step in (world, component):
        step.add_argument("--name", required=True, help="of the guest, for messages")
        step.add_argument("--world", required=True)
        step.add_argument("--wasm-tools", type=pathlib.Path, required=True)
    args = parser.parse_args()
    try:
        args.step(args)
    except Failure as failure:
        print(f"guest {args.name}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
