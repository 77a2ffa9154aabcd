"""The same module, byte for byte, on x86-64 and on aarch64: `sluice` of these sources, compiled for aarch64 and run by
QEMU. That part of it which `sluice run` needs is small."""

import os
import re
import subprocess

from parts.report import BUILD, ROOT, Row, step
from parts.runtime import built, prepared
from parts.runtime.timing import output, sluice, words
from parts.runtime.wasmedge import PROGRAMS

TRIPLE = "aarch64-linux-gnu"


def apt(folder, *arguments):
    """apt for aarch64 with lists of its own: the system's are left alone."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    settings = {"APT::Architecture": "arm64", "APT::Architectures": "arm64", "Dir::State::lists": folder / "lists",
                "Dir::Cache": folder / "cache", "Dir::State::status": "/dev/null"}
    if os.geteuid() == 0:
        settings["APT::Sandbox::User"] = "root"
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    prepared.run("apt-get", "-q", *options, *arguments, log="runtime-aarch64", cwd=folder)


@prepared.once("aarch64", lambda: "libssl-dev" + prepared.pins_of("aarch64.txt")())
def libraries(folder):
    """The engine, and OpenSSL's static library with its headers, for aarch64."""
    folder.mkdir()
    prepared.run(*prepared.PIP, "download", "--no-deps", "--only-binary", ":all:", "--platform", "manylinux2014_aarch64",
                 "--require-hashes", "--dest", folder, "--requirement", prepared.PINS / "aarch64.txt",
                 log="runtime-aarch64")
    prepared.run(prepared.PYTHON, "-m", "zipfile", "-e", next(folder.glob("wasmtime-*.whl")), folder, log="runtime-aarch64")
    apt(folder, "update")
    apt(folder, "download", "libssl-dev:arm64")
    prepared.run("dpkg", "-x", next(folder.glob("libssl-dev_*.deb")), folder, log="runtime-aarch64")


def our_sources():
    """What `sluice` is linked of here: those members of the layers' libraries that its linker takes."""
    commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "sluice"], capture_output=True, text=True, check=False)
    link = commands.stdout.splitlines()[-1] if commands.stdout else ""
    if " -o sluice " not in link:
        raise prepared.NotMeasured("the build folder does not say how sluice is linked")
    traced = link.replace(" -o sluice ", f" -o {built.OUT / 'traced'} -Wl,-t,-t ")
    done = subprocess.run(traced, shell=True, cwd=BUILD, capture_output=True, text=True, check=False)
    objects = re.findall(r"src/(\w+)/(?:CMakeFiles/sluice\.dir/|lib\w+\.a\))(\w+\.cc)\.o", done.stdout)
    if done.returncode != 0 or not objects:
        raise prepared.NotMeasured("the linker does not say what sluice is linked of")
    return sorted({ROOT / "src" / layer / name for layer, name in objects})


def cross_compiled():
    compiler = prepared.tool(f"{TRIPLE}-g++", f"g++-{TRIPLE}")
    prepared.tool("qemu-aarch64", "qemu-user")
    root = libraries()
    out = built.OUT / "sluice-aarch64"
    step("sluice for aarch64, which is compiled first")
    headers = [ROOT / "src", ROOT / ".deps" / "wasmtime" / "include", root / "usr/include", root / "usr/include" / TRIPLE]
    command = [compiler, "-std=c++23", "-O2", "-fcoroutines", "-w", "-ffunction-sections", '-DSLUICE_VERSION="bench"',
               *[f"-I{folder}" for folder in headers], *our_sources(), root / "usr/lib" / TRIPLE / "libcrypto.a",
               root / "wasmtime/linux-aarch64/_libwasmtime.so", "-static-libstdc++", "-static-libgcc", "-ldl",
               "-Wl,--gc-sections,--as-needed", "-o", out]
    built.compiled(command, out, inputs=[ROOT / "src" / layer for layer in ("base", "wasm", "cli")])
    return ["qemu-aarch64", "-L", f"/usr/{TRIPLE}", "-E", f"LD_LIBRARY_PATH={root / 'wasmtime/linux-aarch64'}", out, "run"]


def measure(_):
    what = f"{len(PROGRAMS)} programs: equal output on x86-64 and on aarch64 (QEMU), same modules"
    try:
        there = cross_compiled()
    except prepared.NotMeasured as none:
        return [Row(what, None, why=str(none))]
    equal, rows = 0, []
    with prepared.fresh_cache() as environment:
        for name, ((source, *flags), _, little) in PROGRAMS.items():
            module = built.wasm(source, f"edge-{name}", *flags)
            done = subprocess.run(words([*there, module, little]), capture_output=True, text=True, env=environment, check=False)
            # The product's line begins with its own time.
            ours, theirs = output(*sluice(module, little)).split()[-1], done.stdout.split()[-1:]
            equal += theirs == [ours]
            if theirs != [ours]:
                rows.append(Row(f"  {name}: '{ours}' here, '{' '.join(theirs)}' there {done.stderr.strip()[-60:]}", 0))
    return [Row(what, equal, "", ">=", len(PROGRAMS)), *rows]
