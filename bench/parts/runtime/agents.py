"""Eight agents that compute, at once: Python's threads share one interpreter lock, its processes share nothing, and
Sluice's instances share the code."""

import os
import sys

from parts.report import Row, step
from parts.rounds import Rounds
from parts.runtime import built
from parts.runtime.prepared import PYTHON
from parts.runtime.timing import output, sluice, together

AGENTS = 8
IN_PYTHON = 20  # texts compared by each: some seconds
IN_WASM = 2000


def measure(options):
    program = built.wasm("agent.cc", "agent")
    script = built.SOURCES / "agent.py"
    if sorted(output(PYTHON, script, "threads", 2, 2).split("\n")) != sorted(
            output(*sluice("--instances", 2, program, 2, "{instance}")).split("\n")):
        sys.exit("the agents in Python and in C++ disagree")
    commands = {"threads": (IN_PYTHON, [PYTHON, script, "threads", IN_PYTHON, AGENTS]),
                "processes": (IN_PYTHON, [PYTHON, script, "processes", IN_PYTHON, AGENTS]),
                "ours": (IN_WASM, sluice("--instances", AGENTS, program, IN_WASM, "{instance}"))}
    found = Rounds()
    for number in range(options.rounds):
        step(f"{AGENTS} agents at once, round {number + 1} of {options.rounds}")
        for name, (count, command) in commands.items():
            took, memory = together(*command)
            found.add(**{name: AGENTS * count / took, f"{name}_memory": memory})
    names = {"threads": "Python, threads", "processes": "Python, processes", "ours": "Sluice"}
    rows = []
    for name, shown in names.items():
        rows += [Row(f"{AGENTS} agents on {os.cpu_count()} cores, {shown}: texts compared", found.median(name), "/s"),
                 Row("  memory of all", found.median(f"{name}_memory"), "MiB")]
    return rows + [Row("  Sluice ÷ Python's threads", found.ratio("ours", "threads")),
                   Row("  Sluice ÷ Python's processes", found.ratio("ours", "processes")),
                   Row("  memory of Python's processes ÷ Sluice's", found.ratio("processes_memory", "ours_memory"))]
