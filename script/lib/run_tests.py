"""Runs one stage of script/test, prints its failures and writes how many tests passed, failed and were skipped.

The counts of a stage are a file STAGE.json in the folder of results; `total` adds them up.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Their own tool to name lines of the source is not installed; that of binutils is.
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:allow_addr2line=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:allow_addr2line=1",
    "TSAN_OPTIONS": "halt_on_error=1:allow_addr2line=1",
}


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def finish(args: argparse.Namespace, stage: str, counts: Counts) -> int:
    if not (counts.passed or counts.failed or counts.skipped):
        print(f"{stage}: no tests were found, which is a failure")
        counts.failed = 1
    args.results.mkdir(parents=True, exist_ok=True)
    (args.results / f"{stage}.json").write_text(json.dumps(dataclasses.asdict(counts)))
    print(f"{stage}: {counts}")
    return 1 if counts.failed else 0


# ---- unit tests: the programs that CTest knows ----


def google_test_counts(report: dict) -> Counts:
    counts = Counts()
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            if test.get("failures"):
                counts.failed += 1
            elif test.get("result") == "SKIPPED" or test.get("status") == "NOTRUN":
                counts.skipped += 1
            else:
                counts.passed += 1
    return counts


def run_program(name: str, command: list[str], reports: pathlib.Path) -> Counts:
    report = reports / f"{name}.json"
    environment = os.environ | SANITIZERS | {"GTEST_OUTPUT": f"json:{report}"}
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment,
                              cwd=reports, timeout=1200, stdin=subprocess.DEVNULL, check=False)
        status, output = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as timeout:
        status, output = "none: it ran longer than 20 minutes", str(timeout.stdout)
    counts = google_test_counts(json.loads(report.read_text())) if report.exists() else Counts()
    if status != 0 and counts.failed == 0:
        counts.failed = 1
    elif status == 0 and not report.exists():
        counts.passed = 1
    print(f"{name}: {counts} ({time.monotonic() - start:.1f} s)", flush=True)
    if counts.failed:
        failures = [line for line in output.splitlines() if "[       OK ]" not in line and "[ RUN      ]" not in line]
        print("\n".join(failures[-80:]) + f"\n{name}: exit status {status}\n", flush=True)
    return counts


def run_unit(args: argparse.Namespace) -> int:
    listing = subprocess.run(["ctest", "--test-dir", str(args.build), "--show-only=json-v1"], capture_output=True,
                             text=True, check=True)
    only = set(args.only.split(",")) if args.only else None
    total = Counts()
    with tempfile.TemporaryDirectory() as folder:
        for test in json.loads(listing.stdout)["tests"]:
            if only is None or test["name"] in only:
                total.add(run_program(test["name"], test["command"], pathlib.Path(folder)))
    return finish(args, args.name, total)


# ---- end-to-end tests ----


class Result(unittest.TextTestResult):
    """Counts what passed, and says how long each test took."""

    passed = 0

    def startTest(self, test):
        self.started = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed += 1
        super().addSuccess(test)

    def stopTest(self, test):
        print(f"  {test.id()} ({time.monotonic() - self.started:.1f} s)", flush=True)
        super().stopTest(test)


def run_e2e(args: argparse.Namespace) -> int:
    os.environ.setdefault("SLUICE", str(args.program))
    folder = ROOT / "tests" / "e2e"
    suite = unittest.TestLoader().discover(str(folder), top_level_dir=str(folder))
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    return finish(args, "e2e", Counts(result.passed + len(result.expectedFailures), failed, skipped))


# ---- fuzz targets ----


def run_fuzzer(program: pathlib.Path, seconds: int, corpus: pathlib.Path) -> Counts:
    corpus.mkdir(parents=True, exist_ok=True)
    folders = [str(corpus)]
    seeds = ROOT / "tests" / "data" / "fuzz" / program.name
    if seeds.is_dir():
        folders.append(str(seeds))
    start = time.monotonic()
    done = subprocess.run(
        [str(program), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048", "-verbosity=0",
         f"-artifact_prefix={corpus.parent}/{program.name}-", *folders],
        capture_output=True, text=True, errors="replace", env=os.environ | SANITIZERS, stdin=subprocess.DEVNULL,
        check=False)
    print(f"{program.name}: {'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - start:.1f} s)", flush=True)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-60:]), flush=True)
        return Counts(failed=1)
    return Counts(passed=1)


def run_fuzz(args: argparse.Namespace) -> int:
    total = Counts()
    for program in sorted((args.build / "fuzz").glob("fuzz_*")):
        if program.is_file() and os.access(program, os.X_OK):
            total.add(run_fuzzer(program, args.seconds, args.build / "corpus" / program.name))
    return finish(args, "fuzz", total)


# ---- rules, sums ----


def run_rules(args: argparse.Namespace) -> int:
    import house_rules  # pylint: disable=import-outside-toplevel

    counts = Counts()
    for rule in house_rules.RULES:
        problems = rule(ROOT)
        counts.add(Counts(failed=1) if problems else Counts(passed=1))
        if problems:
            print(f"{rule.__doc__.splitlines()[0]}\n  " + "\n  ".join(problems[:40]))
    return finish(args, "rules", counts)


def mark_broken(args: argparse.Namespace) -> int:
    finish(args, args.stage, Counts(failed=1))
    return 0


def print_total(args: argparse.Namespace) -> int:
    total = Counts()
    for file in sorted(args.results.glob("*.json")):
        counts = Counts(**json.loads(file.read_text()))
        print(f"  {file.stem}: {counts}")
        total.add(counts)
    print(total)
    return 1 if total.failed or not total.passed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    stages = parser.add_subparsers(required=True)
    unit = stages.add_parser("unit")
    unit.add_argument("--build", type=pathlib.Path, required=True)
    unit.add_argument("--name", default="unit", help="of the stage")
    unit.add_argument("--only", help="names of tests, with commas between")
    unit.set_defaults(run=run_unit)
    e2e = stages.add_parser("e2e")
    e2e.add_argument("--program", type=pathlib.Path, required=True)
    e2e.set_defaults(run=run_e2e)
    fuzz = stages.add_parser("fuzz")
    fuzz.add_argument("--build", type=pathlib.Path, required=True)
    fuzz.add_argument("--seconds", type=int, default=5)
    fuzz.set_defaults(run=run_fuzz)
    stages.add_parser("rules").set_defaults(run=run_rules)
    broken = stages.add_parser("broken")
    broken.add_argument("stage")
    broken.set_defaults(run=mark_broken)
    stages.add_parser("total").set_defaults(run=print_total)
    args = parser.parse_args()
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
