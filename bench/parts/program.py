"""The program as its users run it: `sluice up` on a free port, and what its metrics say."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from parts.report import BUILD, SLUICE

SECRET = "benchmark-secret"


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def up(app, *arguments, program=SLUICE):
    """`sluice up`, ready to accept: its address, and the seconds from its start to the first connection."""
    environment = {**os.environ, "GITHUB_TOKEN": "benchmark-token-000", "GITHUB_WEBHOOK_SECRET": SECRET}
    start = time.monotonic()
    process = subprocess.Popen([program, "up", app, "--listen", "127.0.0.1:0", *arguments], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://(\S+)", line)
        if not found:
            sys.exit(f"sluice up did not start: {line}")
        connection = http.client.HTTPConnection(found[1], timeout=10)
        connection.connect()
        ready = time.monotonic() - start
        connection.close()
        yield found[1], ready
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def metric(address, name):
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))


def start_ms(rounds=15, program=SLUICE):
    """Of the review app that came with the program."""
    app = pathlib.Path(program).resolve().parent / "apps" / "code-review"
    figures = []
    for _ in range(rounds):
        with up(app, program=program) as (_, ready):
            figures.append(ready * 1000)
    return statistics.median(figures)


def inside(*parts):
    """What `build/bench/spine_inside` measures within one process: all of it, or these parts."""
    done = subprocess.run([BUILD / "bench" / "spine_inside", *parts], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"spine_inside failed:\n{done.stderr}")
    return json.loads(done.stdout)
