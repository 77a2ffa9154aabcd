"""How a benchmark that drives programs reports: rows of figures, each beside its target, as a table and as JSON."""

import argparse
import json
import os
import pathlib
import platform
import sys
from dataclasses import asdict, dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD", ROOT / "build"))
SLUICE = BUILD / "sluice"


@dataclass
class Row:
    """A figure. `relation` ("<=" or ">=") and `target` are None where it is only told. `why` tells why there is none."""

    what: str
    value: float | None
    unit: str = ""
    relation: str | None = None
    target: float | None = None
    why: str = ""

    @property
    def met(self):
        if self.target is None or self.value is None:
            return None
        return self.value <= self.target if self.relation == "<=" else self.value >= self.target


def step(what):
    print(f"measuring {what} …", file=sys.stderr, flush=True)


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def number(value):
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def arguments_of(name, doc):
    """The parser of a benchmark's command line, with what all of them take."""
    parser = argparse.ArgumentParser(prog=f"script/bench {name}", description=doc,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file as well")
    return parser


def report(name, rows, json_file):
    """Prints the table. A row whose `what` begins with spaces belongs to the one above it."""
    print(f"{cpu_model()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'what':<72} {'figure':>12}      {'target':>12}")
    for row in rows:
        target = "" if row.target is None else f"{row.relation} {number(row.target)}"
        verdict = {True: "met", False: "MISSED", None: ""}[row.met]
        unit = row.unit if row.value is not None else ""
        if row.value is None:
            verdict = f"not measured: {row.why}"
        print(f"{row.what:<72} {number(row.value):>12} {unit:<4} {target:>12}  {verdict}")
    if json_file:
        shown = [{**asdict(row), "what": row.what.strip(), "met": row.met} for row in rows]
        result = {"bench": name, "cpu": cpu_model(), "cores": os.cpu_count(), "load": os.getloadavg(), "rows": shown}
        pathlib.Path(json_file).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
