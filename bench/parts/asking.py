"""An app whose function asks a local model over sluice:llm/chat: the test guest `commandable-chat`, as one run or many."""

import hashlib
import hmac
import http.client
import json
import shutil
import subprocess
import sys
import time
from datetime import datetime

from parts import llama
from parts.program import SECRET, folder, metric, up
from parts.report import BUILD, SLUICE

MANIFEST = """
[app]
name = "ask"

[function.ask]
component = "commandable-chat.wasm"
concurrency = 64
limits = { time-limit-s = 3600, cpu-ms = 600000 }

[function.ask.links]
"wasi:logging/logging" = "log"
"wasi:config/store" = "config"
"wasi:clocks/wall-clock" = "clock"
"wasi:random/random" = "random"
"sluice:kv/store" = "kv"
"sluice:time/timer" = "timer"
"sluice:llm/chat" = "model:bench"

[model.bench]
backend = "ggml"
path = "PATH"
sha256 = "SHA256"
context-tokens = 2048
parallel = PARALLEL
threads = THREADS
memory-mib = MEMORY

[trigger.hook]
kind = "github"
secret = { env = "GITHUB_WEBHOOK_SECRET" }
events = ["ping"]
function = "ask"
"""


def install(path, model, threads, parallel):
    """Writes the app into the folder `path`."""
    shutil.copy(BUILD / "components" / "commandable-chat.wasm", path)
    shutil.copy(model, path / "model.gguf")
    text = MANIFEST
    values = {"PATH": "model.gguf", "SHA256": hashlib.sha256(model.read_bytes()).hexdigest(),
              "THREADS": threads, "PARALLEL": parallel, "MEMORY": llama.MEMORY_MIB}
    for name, value in values.items():
        text = text.replace(name, str(value))
    (path / "sluice.toml").write_text(text, encoding="utf-8")


def question(text, tokens, **options):
    """A command for the guest; `text` may be messages."""
    messages = [text] if isinstance(text, str) else text
    return {"do": "ask", "messages": messages, "options": {"max_tokens": tokens, "temperature": 0, **options}}


def run_once(app, commands):
    """One run that asks one question after the other: the records of its calls of the model."""
    trace = app / "trace.jsonl"
    trace.unlink(missing_ok=True)
    done = subprocess.run([SLUICE, "invoke", app, "--data-file", "-", "--trace", trace], capture_output=True, text=True,
                          input=json.dumps({"do": "sequence", "steps": commands}), check=False)
    if done.returncode != 0:
        sys.exit(f"the run failed:\n{done.stderr}")
    records = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    return [record for record in records if record["interface"].startswith("sluice:llm/chat")]


class Runs:
    """`sluice up` with the app; each command becomes a run of its own."""

    def __init__(self, app, address):
        self.app, self.address, self.sent = app, address, 0

    def delivery(self, command):
        body = json.dumps(command).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.sent += 1
        return body, {"Content-Type": "application/json", "X-GitHub-Event": "ping",
                      "X-GitHub-Delivery": f"bench-{self.sent}", "X-Hub-Signature-256": f"sha256={signature}"}

    def together(self, commands):
        """Runs all of them side by side: tokens generated a second, from the first event to the last answer's end.

        Who computes needs every core: nothing is asked meanwhile, and what it took is read from the records."""
        ended = metric(self.address, "sluice_run_seconds_count")
        before = len(self.records())
        deliveries = [self.delivery(command) for command in commands]
        connection = http.client.HTTPConnection(self.address, timeout=60)
        start = time.time()
        for body, headers in deliveries:
            connection.request("POST", "/hooks/ask/hook", body, headers)
            response = connection.getresponse()
            response.read()
            if response.status != 202:
                sys.exit(f"a delivery was answered with {response.status}")
        connection.close()
        while metric(self.address, "sluice_run_seconds_count") < ended + len(commands):
            time.sleep(0.25)
        records = self.records()[before:]
        end = max(datetime.fromisoformat(record["began"]).timestamp() + record["ms"] / 1000 for record in records)
        return sum(record["tokens"]["completion"] for record in records) / (end - start)

    def records(self):
        """Of the model's answers."""
        lines = (self.app / "up.jsonl").read_text(encoding="utf-8").splitlines()
        return [record for record in map(json.loads, lines) if "tokens" in record]


class Serving:
    """`with Serving(…) as runs`"""

    def __init__(self, model, threads, parallel):
        self.settings = (model, threads, parallel)

    def __enter__(self):
        self.folder = folder()
        app = self.folder.__enter__()
        install(app, *self.settings)
        self.up = up(app, "--trace", app / "up.jsonl")
        address, _ = self.up.__enter__()
        return Runs(app, address)

    def __exit__(self, *why):
        self.up.__exit__(*why)
        self.folder.__exit__(*why)
