"""From the start of a program to the first line that it writes: a bot in a container, and what is left when each layer of
that is taken away."""

import os
import shutil
import statistics

from parts import program
from parts.report import ROOT, Row, step
from parts.runtime import built, prepared
from parts.runtime.container import Container
from parts.runtime.timing import first_line_s, median_first_line_ms, sluice

HELLO = 'print("hello")'


def in_container(rounds, *arguments):
    with Container(built.SOURCES, *arguments) as container:
        return statistics.median([first_line_s(*container.command()) * 1000 for _ in range(rounds + 1)][1:])


def try_row(what, measure, *target):
    step(what)
    try:
        return Row(what, measure(), "ms", *target)
    except prepared.NotMeasured as none:
        return Row(what, None, "ms", *target, why=str(none))


def imports(rounds):
    environment = {**os.environ, "PYTHONPATH": str(prepared.bot_packages())}
    return median_first_line_ms(rounds, prepared.PYTHON, built.SOURCES / "bot_imports.py", env=environment)


def node(rounds):
    ours = ROOT / ".deps" / "clients" / "bin" / "node"
    program_file = ours if ours.exists() else shutil.which("node")
    if not program_file:
        raise prepared.NotMeasured("no Node (script/bootstrap test puts one into .deps/clients)")
    return median_first_line_ms(rounds, program_file, "-e", 'console.log("hello")')


def measure(options):
    few, many = options.rounds * 2 + 1, options.rounds * 10 + 1
    native = built.native("hello.c", "hello", "-O2")
    ours = built.wasm("hello.c", "hello")
    rows = [try_row("container (runc) that starts Python with a bot's imports",
                    lambda: in_container(few, "python3", "/bench/bot_imports.py")),
            try_row("container (runc) that starts Python", lambda: in_container(few, "python3", "-c", HELLO)),
            try_row("Python with a bot's imports (httpx, requests, PyGithub, openai)", lambda: imports(few)),
            try_row("Python", lambda: median_first_line_ms(few, prepared.PYTHON, "-c", HELLO)),
            try_row("Node", lambda: node(few)),
            try_row("a native process", lambda: median_first_line_ms(many, native)),
            try_row("sluice run, code in the cache", lambda: median_first_line_ms(many, *sluice(ours)), "<=", 5)]
    step("a fresh instance in a running sluice")
    fresh = program.inside("fresh")["fresh"]
    rows.append(Row("fresh instance in a running sluice: event in, function, outcome", fresh["noop_us"], "µs"))
    rows.append(Row("  the same with JSON parsed and one host call", fresh["instance_us"], "µs"))
    bot = rows[0] if rows[0].value is not None else rows[2]
    what = "container" if bot is rows[0] else "Python"
    if bot.value is None:
        rows.append(Row("  the container's time with imports ÷ that", None, "", ">=", 10_000, why=bot.why))
    else:
        ratio = bot.value / (fresh["noop_us"] / 1000)
        rows.append(Row(f"  the {what}'s time with imports ÷ the fresh instance's", ratio, "", ">=", 10_000))
    return rows
