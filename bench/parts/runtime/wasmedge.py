"""The same modules in WasmEdge of Debian 13: its default mode, which interprets, and after `wasmedge compile`."""

import math
import re
import shutil
import sys

from parts.report import Row, step
from parts.rounds import Rounds
from parts.runtime import built, prepared
from parts.runtime.timing import first_line_s, output, seconds, sluice

# Each program with an amount of work for compiled code, and one for the interpreter.
PROGRAMS = {"matmul": (("matmul.cc", "-msimd128"), 1536, 128), "sort": (("programs/sort.cc",), 600_000, 20_000),
            "sha256": (("programs/sha256.cc",), 80, 1), "json": (("programs/json.cc",), 80, 1),
            "regex": (("programs/regex.cc",), 6000, 100), "mandelbrot": (("programs/mandelbrot.cc",), 1500, 100),
            "nbody": (("programs/nbody.cc",), 6_000_000, 50_000)}


def results(text):
    """What a program computed: the product's line begins with its own time."""
    return text.split()[-1]


class WasmEdge:
    def __init__(self):
        self.root = prepared.wasmedge()
        prepared.need_root()
        shutil.rmtree(self.root / "bench", ignore_errors=True)
        (self.root / "bench").mkdir()
        self.chroot = prepared.tool("chroot", "coreutils")

    def program(self, *arguments):
        return [self.chroot, self.root, "/usr/bin/wasmedge", *arguments]

    def add(self, module):
        shutil.copy(module, self.root / "bench")
        return f"/bench/{module.name}"

    def compile(self, inside):
        out = inside.replace(".wasm", ".so")
        return out, seconds(*self.program("compile", inside, out))

    def version(self):
        return re.search(r"[\d.]+", output(*self.program("--version")))[0]


def at_root(*command):
    """So that both are started by the same."""
    return [prepared.tool("chroot", "coreutils"), "/", *command]


def start(theirs, rounds):
    module = built.wasm("hello.c", "hello")
    inside = theirs.add(module)
    ahead, _ = theirs.compile(inside)
    commands = {"ours": at_root(*sluice(module)), "default": theirs.program(inside), "compiled": theirs.program(ahead)}
    found = Rounds()
    for number in range(rounds * 6 + 1):
        figures = {name: first_line_s(*command) * 1000 for name, command in commands.items()}
        if number:
            found.add(**figures)
    return [Row("hello, sluice run, code in the cache", found.median("ours"), "ms"),
            Row(f"hello, WasmEdge {theirs.version()}", found.median("default"), "ms"),
            Row("hello, WasmEdge, compiled", found.median("compiled"), "ms"),
            Row("  WasmEdge's time, the faster one ÷ Sluice's", min(found.ratio("default", "ours"),
                                                                     found.ratio("compiled", "ours")), "", ">=", 1.0)]


def mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def measure(options):
    theirs = WasmEdge()
    step("the start of WasmEdge")
    rows = start(theirs, options.rounds)
    compiled, interpreted, compile_s, first_s = {}, {}, {}, {}
    for name, ((source, *flags), much, little) in PROGRAMS.items():
        step(f"{name}, here and in WasmEdge")
        module = built.wasm(source, f"edge-{name}", *flags)
        inside = theirs.add(module)
        ahead, compile_s[name] = theirs.compile(inside)
        with prepared.fresh_cache() as environment:
            first_s[name] = seconds(*sluice(module, 0), env=environment)
        if results(output(*theirs.program(ahead, much))) != results(output(*sluice(module, much))):
            sys.exit(f"{name}: WasmEdge and Sluice disagree")
        found = Rounds()
        for _ in range(options.rounds):
            found.add(ours=seconds(*sluice(module, much)), theirs=seconds(*theirs.program(ahead, much)))
        compiled[name] = found.ratio("ours", "theirs")
        interpreted[name] = (seconds(*theirs.program(inside, little)) / seconds(*sluice(module, little)))
        rows += [Row(f"{name}: sluice run, from start to end", found.median("ours") * 1000, "ms"),
                 Row("  ÷ WasmEdge, compiled", compiled[name]),
                 Row("  WasmEdge's default mode ÷ sluice run (less work)", interpreted[name])]
    return rows + [Row(f"{len(PROGRAMS)} programs, time ÷ WasmEdge's, compiled: geometric mean", mean(compiled.values()), "", "<=", 1.25),
                   Row("WasmEdge's default mode ÷ sluice run: geometric mean", mean(interpreted.values()), "", ">=", 5),
                   Row("wasmedge compile, all programs", sum(compile_s.values()), "s"),
                   Row("first starts of sluice run, which compile, all programs", sum(first_s.values()), "s")]
