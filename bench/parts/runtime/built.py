"""The programs of bench/runtime, compiled for this machine and to WebAssembly, into build/bench/runtime."""

import functools
import hashlib

from parts.report import BUILD, ROOT
from parts.runtime.prepared import run, tool

SOURCES = ROOT / "bench" / "runtime"
OUT = BUILD / "bench" / "runtime"
DEPS = ROOT / ".deps"
CXX = ("-std=c++23", "-fno-exceptions", "-fno-rtti", "-DJSON_NOEXCEPTION", "-isystem", DEPS / "guest-include")
# Without wasm-opt, which clang would hand the program to, and which is too old for some instructions.
WASM = ("--target=wasm32-wasip1", f"--sysroot={DEPS / 'wasi-sysroot'}", "-Wl,--stack-first", "--no-wasm-opt")


def compiled(command, out, inputs=(SOURCES,)):
    """Runs a compiler's command that makes `out` of files in the folders `inputs`, unless the very same was done before."""
    OUT.mkdir(parents=True, exist_ok=True)
    words = [str(part) for part in command]
    files = sorted(file for folder in inputs for file in folder.rglob("*") if file.is_file())
    key = hashlib.sha256("\n".join(words).encode())
    for file in files:
        key.update(file.read_bytes())
    stamp = OUT / f"{out.name}.stamp"
    if not out.exists() or not stamp.exists() or stamp.read_text(encoding="utf-8") != key.hexdigest():
        run(*words, log=f"runtime-{out.name}")
        stamp.write_text(key.hexdigest(), encoding="utf-8")
    return out


@functools.cache
def wasm(source, name, *flags):
    out = OUT / f"{name}.wasm"
    language, compiler = ((), "clang-22") if source.endswith(".c") else (CXX, "clang++-22")
    return compiled([compiler, *WASM, *language, "-O3", *flags, SOURCES / source, "-o", out], out)


@functools.cache
def native(source, name, *flags, compiler="clang++-22"):
    out = OUT / name
    language = () if source.endswith(".c") else CXX
    return compiled([compiler, *language, *flags, SOURCES / source, "-o", out], out)


@functools.cache
def java_classes(source, name):
    out = OUT / f"{name}.class"
    return compiled([tool("javac", "default-jdk-headless"), "-d", OUT, SOURCES / source], out)
