"""Two matrices multiplied, as in Leiserson et al., "There's plenty of room at the Top" (Science, 2020): from Python's
loops to vectors on all cores, natively and as Wasm."""

import os
import shutil
import statistics
import subprocess
import sys

from parts.program import folder
from parts.report import BUILD, SLUICE, Row, step
from parts.rounds import Rounds
from parts.runtime import built
from parts.runtime.prepared import PYTHON, NotMeasured, tool
from parts.runtime.timing import output, seconds, sluice, words

SIZE = 4096
LOOPS = 512  # of the loops natively and as Wasm: whole matrices
APP_SIZE = 1024  # what an app's function does within its limits
NARROW = ("-O3", "-mavx2", "-mprefer-vector-width=128")
MANIFEST = """[app]
name = "matmul"
[function.matmul]
component = "matmul.wasm"
limits = { time-limit-s = 3600, cpu-ms = 600000, memory-mib = 1024 }
"""


def reported(text):
    """Of several instances, the slowest one's seconds."""
    return max(float(line.split()[0]) for line in text.splitlines())


def at(size, *command, after=(), environment=None):
    return reported(output(*command, size, *after, env={**os.environ, **(environment or {})}))


def side_by_side(program, size, count):
    processes = [subprocess.Popen(words([program, size, share, count]), stdout=subprocess.PIPE, text=True)
                 for share in range(count)]
    texts = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        sys.exit(f"{program} failed")
    return reported("".join(texts))


def first_rows(what, rows, measure, rounds):
    """Seconds for all rows, of seconds for the first ones of the same matrices: each row takes as many steps."""
    try:
        took = statistics.median(measure(rows) for _ in range(rounds))
    except NotMeasured as none:
        return Row(f"{what}, the paper's loops", None, "s", why=str(none))
    return Row(f"{what}, the paper's loops: from {rows} of {SIZE} rows", took * SIZE / rows, "s")


def has_numpy():
    done = subprocess.run([PYTHON, "-c", "import numpy"], capture_output=True, check=False)
    return done.returncode == 0


def slow(rounds):
    def java(count):
        file = built.java_classes("Matmul.java", "Matmul")
        return at(SIZE, tool("java", "default-jre-headless"), "-cp", file.parent, "Matmul", after=[count])

    step("the paper's loops: Python, Java, C")
    loops = {level: built.native("matmul_loops.c", f"matmul_loops{level}", level, compiler="gcc") for level in ("-O0", "-O3")}
    # One row takes Python some seconds: the numbers of B are all over its memory.
    return [first_rows("Python", 1, lambda n: at(SIZE, PYTHON, built.SOURCES / "matmul_loops.py", after=[n]), min(rounds, 3)),
            first_rows("Java", 16, java, rounds),
            first_rows("C -O0", 16, lambda n: at(SIZE, loops["-O0"], after=[n]), rounds),
            first_rows("C -O3", 16, lambda n: at(SIZE, loops["-O3"], after=[n]), rounds)]


def numpy(size, rounds, cores):
    if not has_numpy():
        return [Row("NumPy", None, "s", why="no NumPy (package python3-numpy; script/bootstrap runtime installs it)")]
    found = Rounds()
    program = built.SOURCES / "matmul_numpy.py"
    for _ in range(rounds):
        found.add(one=at(size, PYTHON, program, environment={"OPENBLAS_NUM_THREADS": "1"}),
                  all=at(size, PYTHON, program, environment={"OPENBLAS_NUM_THREADS": str(cores)}))
    shown = "" if size == SIZE else f", {size}×{size}"
    return [Row(f"NumPy (OpenBLAS){shown}, one core", found.median("one"), "s"),
            Row(f"NumPy (OpenBLAS){shown}, {cores} cores", found.median("all"), "s")]


def app_profile(rounds):
    """The function of an app beside the program, with what both do beside the product taken off."""
    found = Rounds()
    program = built.wasm("matmul.cc", "matmul-simd", "-msimd128")
    with folder() as app:
        shutil.copy(BUILD / "bench" / "matmul.wasm", app)
        (app / "sluice.toml").write_text(MANIFEST, encoding="utf-8")

        def invoke(size):
            return seconds(SLUICE, "invoke", app, "--data", f'{{"n": {size}}}')

        for _ in range(rounds + 1):  # the first compiles
            found.add(app=invoke(APP_SIZE) - invoke(0),
                      run=seconds(*sluice(program, APP_SIZE)) - seconds(*sluice(program, 0)))
    found.figures = {name: values[1:] for name, values in found.figures.items()}
    return [Row(f"the app profile (epochs, canonical NaN), {APP_SIZE}×{APP_SIZE}: time ÷ sluice run's",
                found.ratio("app", "run"))]


def programs(size, cores):
    """What takes turns in each round: seconds of each, by name."""
    fast = ("-O3", "-DMATMUL_SCALAR", "-fno-vectorize", "-fno-slp-vectorize")
    native = {"scalar": built.native("matmul.cc", "matmul-scalar", *fast),
              "simd": built.native("matmul.cc", "matmul-128", "-O3"),
              "narrow": built.native("matmul.cc", "matmul-128-avx", *NARROW),
              "fused": built.native("matmul.cc", "matmul-128-fma", *NARROW, "-mfma", "-DMATMUL_FUSED")}
    wasm = {"scalar": built.wasm("matmul.cc", "matmul-scalar", "-DMATMUL_SCALAR"),
            "simd": built.wasm("matmul.cc", "matmul-simd", "-msimd128"),
            "fused": built.wasm("matmul.cc", "matmul-fused", "-msimd128", "-mrelaxed-simd", "-DMATMUL_FUSED")}
    loops = built.native("matmul_loops.c", "matmul_loops-clang", "-O3", compiler="clang-22")
    wasm_loops = built.wasm("matmul_loops.c", "matmul_loops")
    output(*sluice(wasm_loops, LOOPS))  # compiles it; the others are compiled by the check
    # The numbers are such that no sum is rounded: all must agree to the last bit.
    sums = {output(*command, 256).split()[1] for command in [*([file] for file in native.values()),
                                                             *(sluice(file) for file in wasm.values())]}
    if len(sums) != 1:
        sys.exit(f"the products differ: {sums}")
    instances = sluice("--instances", cores, wasm["simd"], size, "{instance}", cores)
    return {**{name: lambda file=file: at(size, file) for name, file in native.items()},
            **{f"wasm_{name}": lambda file=file: at(size, *sluice(file)) for name, file in wasm.items()},
            "all": lambda: side_by_side(native["simd"], size, cores), "wasm_all": lambda: reported(output(*instances)),
            "loops": lambda: at(LOOPS, loops), "wasm_loops": lambda: at(LOOPS, *sluice(wasm_loops))}


def measure(options):
    rounds, size, cores = options.rounds, options.size, os.cpu_count()
    rows = slow(rounds)
    python = rows[0].value
    step("NumPy")
    rows += numpy(size, rounds, cores)
    found, measures = Rounds(), programs(size, cores)
    for number in range(rounds):
        step(f"C++ and Wasm, {size}×{size}, round {number + 1} of {rounds}")
        # Who comes later finds the machine as others have left it: the order turns round.
        order = list(measures) if number % 2 == 0 else list(reversed(measures))
        found.add(**{name: measures[name]() for name in order})
    as_large = found.median("wasm_simd") * (SIZE / size) ** 3
    shown = "" if size == SIZE else f", {size}×{size}"
    rows += [Row(f"C++ in tiles{shown}, scalar", found.median("scalar"), "s"),
             Row(f"C++ in tiles{shown}, vectors of 128 bits, -O3", found.median("simd"), "s"),
             Row(f"C++ in tiles{shown}, vectors of 128 bits, -O3 -mavx2", found.median("narrow"), "s"),
             Row(f"C++ in tiles{shown}, vectors of 128 bits, -O3 -mavx2 -mfma", found.median("fused"), "s"),
             Row(f"C++ in tiles{shown}, vectors of 128 bits, -O3, {cores} cores", found.median("all"), "s"),
             Row("the same as Wasm, scalar", found.median("wasm_scalar"), "s"),
             Row("  native's time ÷ Wasm's", found.ratio("scalar", "wasm_scalar")),
             Row("the same as Wasm, SIMD", found.median("wasm_simd"), "s"),
             Row("  native's time (-O3) ÷ Wasm's", found.ratio("simd", "wasm_simd"), "", ">=", 0.8),
             Row("  native's time (-O3 -mavx2) ÷ Wasm's", found.ratio("narrow", "wasm_simd")),
             Row("  Python's time ÷ Wasm's", python / as_large, "", ">=", 1000),
             Row("the same as Wasm, relaxed SIMD (fused multiply-add)", found.median("wasm_fused"), "s"),
             Row("  native's time (-O3 -mavx2 -mfma) ÷ Wasm's", found.ratio("fused", "wasm_fused")),
             Row(f"the same as Wasm, SIMD, {cores} instances on {cores} cores", found.median("wasm_all"), "s"),
             Row("  native's time on all cores ÷ Wasm's", found.ratio("all", "wasm_all"), "", ">=", 0.8),
             Row(f"the paper's loops, {LOOPS}×{LOOPS}: native's time (clang -O3) ÷ Wasm's", found.ratio("loops", "wasm_loops"))]
    step("the app profile")
    return rows + app_profile(rounds)
