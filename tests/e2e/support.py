"""What the end-to-end tests share: the program under test, app folders that point at the stand-in, a running server.

The program is `build/sluice`, or what the environment variable SLUICE names.
"""

import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from running import WAIT_SECONDS, Running  # noqa: E402
from standin import diff, webhooks  # noqa: E402
from standin.github import StandIn  # noqa: E402

SLUICE = pathlib.Path(os.environ.get("SLUICE", ROOT / "build" / "sluice")).resolve()
APP = SLUICE.parent / "apps" / "code-review"
CHANGES = ROOT / "tests" / "data" / "changes"

TOKEN = "ghp_markerMARKER+/0123456789=token"
HOOK_SECRET = "hook-marker-SECRET/+9876543210"
REPOSITORY = "octo/app"

# A change with things that a careful reviewer tells of.
RISKY = """diff --git a/app/fetch.py b/app/fetch.py
index 1111111..2222222 100644
--- a/app/fetch.py
+++ b/app/fetch.py
@@ -1,12 +1,14 @@
 import json
+import os
 import requests
 
 
 def fetch(url, query):
-    if not url.startswith("https://"):
-        raise ValueError("https only")
-    answer = requests.get(url, params=query)
+    answer = requests.get(url, params=query, verify=False)
     return json.loads(answer.text)
 
 
+def calculate(expression):
+    return eval(expression)
+
 # The end.
diff --git a/docs/fetch.md b/docs/fetch.md
index 3333333..4444444 100644
--- a/docs/fetch.md
+++ b/docs/fetch.md
@@ -1,2 +1,3 @@
 # Fetching
+It can calculate, too.
 
"""
# The same after another push: one thing mended, one line moved, nothing new.
MENDED = RISKY.replace("verify=False", "timeout=5").replace("@@ -1,12 +1,14 @@", "@@ -4,12 +4,14 @@")
HARMLESS = """diff --git a/docs/a.md b/docs/a.md
index 1111111..2222222 100644
--- a/docs/a.md
+++ b/docs/a.md
@@ -1,2 +1,3 @@
 # Title
+More words.
 The end.
"""
HEAD = "a1" * 20
HEAD_2 = "a2" * 20


def description(diff=RISKY, **pull):
    """What the stand-in knows at first: one repository with pull request 7, and some persons."""
    return {
        "users": {"alice": {}, "bob": {}, "helper[bot]": {"type": "Bot"}},
        "tokens": {TOKEN: {"login": "sluice-bot"}},
        "repositories": {REPOSITORY: {
            "permissions": {"sluice-bot": "write", "alice": "write", "bob": "read", "helper[bot]": "admin"},
            "pulls": {"7": {"title": "Fetch more", "body": "Does it.", "user": "alice", "diff": diff,
                            "head": {"ref": "topic", "sha": HEAD}, "base": {"ref": "main", "sha": "b1" * 20}, **pull}}}}}


class Case(unittest.TestCase):
    """A test with a folder of its own, and a program to test."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not os.access(SLUICE, os.X_OK):
            raise AssertionError(f"{SLUICE} is not there: run script/build, or name the program in SLUICE")

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def sluice(self, *arguments, input=None, cwd=None, env=None, timeout=WAIT_SECONDS):
        """Runs the program to its end. Standard input is empty unless given (text or bytes)."""
        given = input.encode() if isinstance(input, str) else input
        done = subprocess.run([str(SLUICE), *map(str, arguments)], input=given if given is not None else b"",
                              capture_output=True, cwd=cwd or self.folder, timeout=timeout,
                              env={**os.environ, **(env or {})})
        done.out = done.stdout.decode("utf-8", "strict")
        done.err = done.stderr.decode("utf-8", "replace")
        return done

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def wait_for(self, condition, what):
        """The first true value of `condition()`; fails after WAIT_SECONDS."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        self.fail(f"waited {WAIT_SECONDS} s for {what}")


class Manifest:
    """The code review app's own manifest, as text, changed step by step."""

    def __init__(self):
        self.text = (APP / "sluice.toml").read_text(encoding="utf-8")

    def at(self, url):
        """Everything that is meant for api.github.com goes to `url`."""
        self.text = self.text.replace("https://api.github.com", url)
        self.text = self.text.replace('"api.github.com"', f'"{urllib.parse.urlsplit(url).netloc}"')
        return self.setting("integration.github.config", "base-url", json.dumps(url))

    def setting(self, table, key, value):
        """Sets `key` of a table to TOML text."""
        lines = self.text.split("\n")
        header = f"[{table}]"
        if header not in (line.strip() for line in lines):
            lines += ["", header]
        start = next(i for i, line in enumerate(lines) if line.strip() == header)
        end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith("[")), len(lines))
        kept = [line for line in lines[start + 1:end] if not re.match(rf'"?{re.escape(key)}"?\s*=', line.strip())]
        lines[start + 1:end] = [f"{key} = {value}", *kept]
        self.text = "\n".join(lines)
        return self

    def replace(self, old, new):
        if old not in self.text:
            raise AssertionError(f"the manifest has no {old!r}")
        self.text = self.text.replace(old, new)
        return self

    def parsed(self):
        return tomllib.loads(self.text)

    def install(self, folder):
        """An app folder with this manifest and the built components."""
        shutil.copytree(APP, folder)
        (folder / "sluice.toml").write_text(self.text, encoding="utf-8")
        return folder


def github_manifest(url):
    """The review app at the stand-in, with short waits."""
    manifest = Manifest().at(url)
    manifest.setting("integration.github.config", "retry-base-ms", "20")
    left = [line for line in manifest.text.split("\n") if "api.github.com" in line.split("#")[0]]
    if left:
        raise AssertionError(f"the manifest still names api.github.com: {left}")
    return manifest


class Server(Running):
    """`sluice up`: started, asked, stopped."""

    ADDRESS = re.compile(r"http://(127\.0\.0\.1:\d+)")

    def __init__(self, case, *arguments, env=None):
        super().__init__(SLUICE, "up", *arguments, "--listen", "127.0.0.1:0", cwd=case.folder,
                         env={"GITHUB_TOKEN": TOKEN, "GITHUB_WEBHOOK_SECRET": HOOK_SECRET, **(env or {})})
        case.addCleanup(self.stop)
        self.wait_for_address()
        case.wait_for(lambda: self.get("/healthz")[0] == 200, "/healthz")

    def hook(self, app="code-review", trigger="pull-requests"):
        return f"http://{self.address}/hooks/{app}/{trigger}"

    def get(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=WAIT_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()


class BotCase(Case):
    """A test of the review bot: the stand-in with pull request 7 of octo/app, and `sluice up` beside it."""

    CHANGE = RISKY

    def setUp(self):
        super().setUp()
        self.github = StandIn(description(self.CHANGE)).start()
        self.addCleanup(self.github.stop)

    def up(self, manifest=None, *arguments):
        manifest = manifest or github_manifest(self.github.url)
        self.app = manifest.install(self.folder / "app")
        self.trace = self.folder / "trace.jsonl"
        self.server = Server(self, self.app, "--trace", self.trace, *arguments)
        return self.server

    @property
    def pull(self):
        return self.github.pull(REPOSITORY, 7)

    def deliver(self, name="pull_request.opened", expect=202, **changes):
        answer = self.github.deliver(self.server.hook(), name, REPOSITORY, 7, HOOK_SECRET, **changes)
        self.assertEqual(answer["status"], expect, answer["body"])
        return answer["delivery"]

    def metric(self, name, labels=""):
        """The sum of a metric's values, of those whose labels hold `labels`."""
        status, text = self.server.get("/metrics")
        self.assertEqual(status, 200)
        found = re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, re.M)
        return sum(float(value) for labels_, value in found if labels in labels_)

    def runs_ended(self):
        return self.metric("sluice_run_seconds_count")

    def wait_idle(self):
        """Until nothing runs and nothing waits to be run."""
        self.wait_for(lambda: sum(self.metric("sluice_inbox_events", f'state="{state}"')
                                  for state in ("ready", "delayed", "running")) == 0,
                      f"the work to end:\n{self.server.text()}")

    def deliver_and_wait(self, name="pull_request.opened", **changes):
        before = self.runs_ended()
        delivery = self.deliver(name, **changes)
        self.wait_for(lambda: self.runs_ended() > before, f"the run for {name}:\n{self.server.text()}")
        return delivery

    def summaries(self):
        return [comment for comment in self.pull["comments"] if comment["user"] == "sluice-bot"]

    def inline(self):
        return self.pull["review_comments"]

    def writes(self):
        return [entry for entry in self.github.log if entry["method"] != "GET"]

    def assert_no_batch_refused(self):
        refused = [entry for entry in self.github.log if entry["status"] == 422]
        self.assertEqual(refused, [])


def encodings(secret):
    """A secret's text in the forms in which it may slip out."""
    raw = secret.encode()
    forms = {"raw": secret, "hex": raw.hex(), "HEX": raw.hex().upper(), "url": urllib.parse.quote(secret, safe=""),
             "url-lower": re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), urllib.parse.quote(secret, safe="")),
             "json": json.dumps(secret)[1:-1]}
    for shift in range(3):
        # Only the digits that stay the same whatever stands before and after.
        digits = base64.b64encode(b"\0" * shift + raw + b"\0\0").decode()
        forms[f"base64 at {shift}"] = digits[-(-shift * 8 // 6):(shift + len(raw)) * 8 // 6]
        forms[f"base64url at {shift}"] = forms[f"base64 at {shift}"].replace("+", "-").replace("/", "_")
    return forms
