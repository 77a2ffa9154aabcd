"""Runs programs and says how long they took, and how much memory they held."""

import os
import pathlib
import signal
import statistics
import subprocess
import sys
import threading
import time

from parts.report import SLUICE


def words(command):
    return [str(part) for part in command]


def output(*command, **options):
    done = subprocess.run(words(command), capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words(command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def sluice(*arguments):
    return (SLUICE, "run", *arguments)


def seconds(*command, **options):
    start = time.monotonic()
    output(*command, **options)
    return time.monotonic() - start


def first_line_s(*command, **options):
    """From the start of the program to the first line that it writes."""
    start = time.monotonic()
    process = subprocess.Popen(words(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                               bufsize=0, **options)
    line = process.stdout.readline()
    took = time.monotonic() - start
    _, errors = process.communicate()
    if not line or process.returncode != 0:
        sys.exit(f"{' '.join(words(command))} said nothing:\n{errors.decode(errors='replace')}")
    return took


def median_first_line_ms(rounds, *command, **options):
    """The first is for the page cache, and for code caches."""
    return statistics.median([first_line_s(*command, **options) * 1000 for _ in range(rounds + 1)][1:])


def family(pid):
    """A process and all that it started."""
    children = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def resident_mib(pid, alone=False):
    """What a process and all that it started hold: pages that they share count once (PSS)."""
    total = 0
    for member in [pid] if alone else family(pid):
        try:
            text = pathlib.Path(f"/proc/{member}/smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def together(*command, environment=None):
    """Seconds that the program takes, and the most memory that it held, in MiB, looked at ten times a second."""
    most, ended = [0.0], threading.Event()
    start = time.monotonic()
    process = subprocess.Popen(words(command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, **(environment or {})})

    def look():
        while not ended.wait(0.1):
            most[0] = max(most[0], resident_mib(process.pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    _, errors = process.communicate()
    took = time.monotonic() - start
    ended.set()
    watcher.join()
    if process.returncode != 0:
        sys.exit(f"{' '.join(words(command))} failed:\n{errors.decode(errors='replace')}")
    return took, most[0]


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
