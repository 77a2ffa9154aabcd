"""The same bot, which reviews pull requests: what Python with its container takes on disk and in memory, and what Sluice
does. Both have answered one webhook."""

import contextlib
import hashlib
import hmac
import http.client
import os
import subprocess
import sys

from parts.program import SECRET, up
from parts.report import BUILD, Row, step
from parts.runtime import built, prepared
from parts.runtime.container import Container
from parts.runtime.timing import family, resident_mib, stop, words
from parts.sizes import folder_bytes, sizes


@contextlib.contextmanager
def ready(command, environment=None, ended_by=lambda: None):
    process = subprocess.Popen(words(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    try:
        line = process.stdout.readline()
        if line.strip() != "ready: 202":
            sys.exit(f"the bot in Python did not start: {line}")
        yield process.pid
    finally:
        ended_by()
        stop(process)


def python_memory():
    with ready([prepared.PYTHON, built.SOURCES / "bot.py"], {"PYTHONPATH": str(prepared.bot_packages())}) as pid:
        return resident_mib(pid)


def container_memory():
    with Container(built.SOURCES, "python3", "/bench/bot.py") as container:
        with ready(container.command(), ended_by=container.end) as pid:
            return resident_mib(pid)


def our_memory():
    app = BUILD / "apps" / "code-review"
    body = b'{"zen": "Half measures are as bad as nothing at all."}'
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    with up(app) as (address, _):
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.request("POST", "/hooks/code-review/pull-requests", body,
                           {"Content-Type": "application/json", "X-GitHub-Event": "ping", "X-GitHub-Delivery": "1",
                            "X-Hub-Signature-256": f"sha256={signature}"})
        status = connection.getresponse().status
        connection.close()
        if status >= 300:
            sys.exit(f"sluice answered the ping with {status}")
        others = family(os.getpid())[1:]
        return sum(resident_mib(pid, alone=True) for pid in others)


def try_row(what, unit, measure):
    step(what)
    try:
        return Row(what, measure(), unit)
    except prepared.NotMeasured as none:
        return Row(what, None, unit, why=str(none))


def measure(_):
    shipped, everything, components = sizes()
    return [try_row("on disk: container's root with Python and the bot's packages", "MB",
                    lambda: folder_bytes(prepared.container()) / 1e6),
            try_row("  of that, the bot's packages", "MB", lambda: folder_bytes(prepared.bot_packages()) / 1e6),
            Row("on disk: sluice with its engine, and the app's components", shipped + components, "MB"),
            Row("  with every shared library of the system that it loads", everything + components, "MB"),
            try_row("in memory: the bot in Python, in its container (runc included)", "MiB", container_memory),
            try_row("in memory: the bot in Python", "MiB", python_memory),
            try_row("in memory: the bot in Sluice", "MiB", our_memory)]
