"""The figures of the spine, each beside its target: `script/bench spine [--json FILE]`.

What happens inside one process is measured by `build/bench/spine_inside`; this program measures what users see of
`build/sluice`, and prints both. Medians of several rounds; docs/benchmarks.md says what each row is.
"""

import hashlib
import hmac
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

from parts.program import SECRET, folder, inside, metric, start_ms, up
from parts.report import BUILD, SLUICE, Row, arguments_of, report, step
from parts.sizes import sizes

BODY_BYTES = 20_000

WRK_SCRIPT = """
local sent = 0
local thread_number = 0
function setup(thread) thread:set("number", thread_number); thread_number = thread_number + 1 end
function request()
  sent = sent + 1
  wrk.headers["X-GitHub-Delivery"] = os.getenv("BENCH_ROUND") .. "-" .. number .. "-" .. sent
  return wrk.format("POST", nil, wrk.headers, wrk.body)
end
function init(args)
  local file = io.open(os.getenv("BENCH_BODY"))
  wrk.body = file:read("*a")
  file:close()
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["X-GitHub-Event"] = "pull_request"
  wrk.headers["X-Hub-Signature-256"] = os.getenv("BENCH_SIGNATURE")
end
function response(status) if status ~= 202 then print("status " .. status) end end
"""


def webhook_payload():
    """JSON of 20 KB: a real payload's head, and text in its description."""
    data = {"action": "opened", "number": 7, "pull_request": {"number": 7, "body": ""},
            "repository": {"html_url": "https://github.com/octo/app", "name": "app", "owner": {"login": "octo"}}}
    words = "Reads the whole file, not its first block alone. "
    data["pull_request"]["body"] = (words * (BODY_BYTES // len(words) + 1))[:BODY_BYTES - len(json.dumps(data))]
    return json.dumps(data).encode()


def webhooks(rounds=5, seconds=4):
    """Runs completed a second: counted by the program itself, from the first request until the last run is over."""
    figures = []
    with folder() as temporary:
        (temporary / "sluice.toml").write_text(
            '[app]\nname = "bench"\n[function.noop]\ncomponent = "noop.wasm"\n[trigger.hook]\nkind = "github"\n'
            'secret = { env = "GITHUB_WEBHOOK_SECRET" }\nevents = ["pull_request"]\nfunction = "noop"\n')
        shutil.copy(BUILD / "components" / "noop.wasm", temporary)
        body = webhook_payload()
        (temporary / "body.json").write_bytes(body)
        (temporary / "wrk.lua").write_text(WRK_SCRIPT)
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        with up(temporary) as (address, _):
            for round_number in range(rounds):
                before = metric(address, "sluice_run_seconds_count")
                start = time.monotonic()
                environment = {**os.environ, "BENCH_BODY": str(temporary / "body.json"), "BENCH_SIGNATURE": signature,
                               "BENCH_ROUND": str(round_number)}
                done = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", temporary / "wrk.lua",
                                       f"http://{address}/hooks/bench/hook"], env=environment, capture_output=True,
                                      text=True, check=True)
                if "status" in done.stdout or "Non-2xx" in done.stdout:
                    sys.exit(f"not all deliveries were taken:\n{done.stdout}")
                while metric(address, "sluice_inbox_events") > 0:
                    time.sleep(0.01)
                ran = metric(address, "sluice_run_seconds_count") - before
                figures.append(ran / (time.monotonic() - start))
    return statistics.median(figures)


def change_of(lines):
    """A diff that changes this many lines of several files, code-like."""
    text = []
    for number in range(10):
        name = f"src/part_{number}.cc"
        text += [f"diff --git a/{name} b/{name}", f"--- a/{name}", f"+++ b/{name}"]
        for hunk in range(lines // 100):
            at = hunk * 60 + 1
            text.append(f"@@ -{at},9 +{at},13 @@ int function_{hunk}(int value)")
            text += ["   int sum = 0;", "   for (int i = 0; i < value; ++i) {"]
            text += [f"-    sum += table[i] * {k};" for k in range(3)]
            text += [f"+    if (i < size_{k}) sum += lookup(table, i, {k});" for k in range(7)]
            text += ["   }", "   log(sum);", "   count(sum);", "   return sum;"]
    return "\n".join(text) + "\n"


def review_ms(rounds=9):
    with folder() as temporary:
        diff = temporary / "change.diff"
        diff.write_text(change_of(2000))
        changed = sum(1 for line in diff.read_text().splitlines() if re.match(r"[+-](?![+-])", line))
        figures = []
        for _ in range(rounds + 1):
            start = time.monotonic()
            subprocess.run([SLUICE, "review", "--diff", diff, "--format", "json"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
            figures.append((time.monotonic() - start) * 1000)
        return statistics.median(figures[1:]), changed


def figures_inside():
    figures = inside()
    for part in ("small", "many", "review"):
        if figures[part]["ended_early"]:
            print(f"note: {part}: a run ended early: {figures[part]['ended_early']}", file=sys.stderr)
    return figures


def measure():
    step("inside the process")
    figures = figures_inside()
    step("webhooks")
    per_second = webhooks()
    step("the start of sluice up")
    ready = start_ms()
    step("a review")
    review, changed = review_ms()
    shipped, everything, components = sizes()
    return [
        Row("fresh instance: JSON parsed, one host call, result, drop", figures["fresh"]["instance_us"], "µs", "<=", 40),
        Row("  the same with a function that does nothing", figures["fresh"]["noop_us"], "µs"),
        Row(f"suspended review run with {figures['review']['diff_bytes'] // 1000} KB of diff, resident",
            figures["review"]["kib_each"], "KiB", "<=", 1024),
        Row("suspended small run, resident", figures["small"]["kib_each"], "KiB", "<=", 160),
        Row("runs suspended at once (10,000 were started)", figures["many"]["waiting"], "", ">=", 10_000),
        Row("linked call into a fresh github component, refused by its own checks", figures["linked"]["per_second"], "/s",
            ">=", 25_000),
        Row(f"webhook of {BODY_BYTES // 1000} KB, signature checked, run ended", per_second, "/s", ">=", 10_000),
        Row("sluice up: from start to the first connection", ready, "ms", "<=", 60),
        Row(f"review of {changed:,} changed lines, process start to exit", review, "ms", "<=", 100),
        Row("program, stripped, with libwasmtime", shipped, "MB", "<=", 45),
        Row("  with every shared library of the system that it loads", everything, "MB"),
        Row("the review app's components", components, "MB", "<=", 1.2),
    ]


def main():
    arguments = arguments_of("spine", __doc__).parse_args()
    report("spine", measure(), arguments.json)


if __name__ == "__main__":
    main()
