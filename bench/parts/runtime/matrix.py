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
    return [Row("NumPy (OpenBLAS), one core", found.median("one"), "s"),
            Row(f"NumPy (OpenBLAS), {cores} cores", found.median("all"), "s")]


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


def measure(options):
    rounds, size, cores = options.rounds, options.size, os.cpu_count()
    rows = slow(rounds)
    python = rows[0].value
    step("NumPy")
    rows += numpy(size, rounds, cores)
    scalar = built.native("matmul.cc", "matmul-scalar", "-O3", "-DMATMUL_SCALAR", "-fno-vectorize", "-fno-slp-vectorize")
    vectors = built.native("matmul.cc", "matmul-128", "-O3")
    narrow = built.native("matmul.cc", "matmul-128-avx", *NARROW)
    fused = built.native("matmul.cc", "matmul-128-fma", *NARROW, "-mfma", "-DMATMUL_FUSED")
    ours_scalar = built.wasm("matmul.cc", "matmul-scalar", "-DMATMUL_SCALAR")
    ours = built.wasm("matmul.cc", "matmul-simd", "-msimd128")
    ours_fused = built.wasm("matmul.cc", "matmul-fused", "-msimd128", "-mrelaxed-simd", "-DMATMUL_FUSED")
    loops = built.native("matmul_loops.c", "matmul_loops-clang", "-O3", compiler="clang-22")
    ours_loops = built.wasm("matmul_loops.c", "matmul_loops")
    for program in (ours_scalar, ours, ours_fused, ours_loops):
        output(*sluice(program, 8))  # compiles it
    found = Rounds()
    for number in range(rounds):
        step(f"C++ and Wasm, {size}×{size}, round {number + 1} of {rounds}")
        found.add(scalar=at(size, scalar), ours_scalar=at(size, *sluice(ours_scalar)), vectors=at(size, vectors),
                  ours=at(size, *sluice(ours)), narrow=at(size, narrow), fused=at(size, fused),
                  ours_fused=at(size, *sluice(ours_fused)), all=side_by_side(vectors, size, cores),
                  ours_all=reported(output(*sluice("--instances", cores, ours, size, "{instance}", cores))),
                  loops=at(512, loops), ours_loops=at(512, *sluice(ours_loops)))
    to_full = (SIZE / size) ** 3
    rows += [Row("C++ in tiles, scalar", found.median("scalar"), "s"),
             Row("C++ in tiles, vectors of 128 bits, -O3", found.median("vectors"), "s"),
             Row("C++ in tiles, vectors of 128 bits, -O3 -mavx2", found.median("narrow"), "s"),
             Row("C++ in tiles, vectors of 128 bits, -O3 -mavx2 -mfma", found.median("fused"), "s"),
             Row(f"C++ in tiles, vectors of 128 bits, -O3, {cores} cores", found.median("all"), "s"),
             Row("the same as Wasm, scalar", found.median("ours_scalar"), "s"),
             Row("  native's time ÷ Wasm's", found.ratio("scalar", "ours_scalar")),
             Row("the same as Wasm, SIMD", found.median("ours"), "s"),
             Row("  native's time (-O3) ÷ Wasm's", found.ratio("vectors", "ours"), "", ">=", 0.8),
             Row("  native's time (-O3 -mavx2) ÷ Wasm's", found.ratio("narrow", "ours"), "", ">=", 0.8),
             Row("  Python's time ÷ Wasm's", python / found.median("ours") / to_full, "", ">=", 1000),
             Row("the same as Wasm, relaxed SIMD (fused multiply-add)", found.median("ours_fused"), "s"),
             Row("  native's time (-mfma) ÷ Wasm's", found.ratio("fused", "ours_fused")),
             Row(f"the same as Wasm, SIMD, {cores} instances on {cores} cores", found.median("ours_all"), "s"),
             Row("  native's time on all cores ÷ Wasm's", found.ratio("all", "ours_all"), "", ">=", 0.8),
             Row("the paper's loops, 512×512: native's time (clang -O3) ÷ Wasm's", found.ratio("loops", "ours_loops"))]
    step("the app profile")
    return rows + app_profile(rounds)
