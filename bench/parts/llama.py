"""The programs of the very same llama.cpp that figures of models are compared with: .deps/llama-tools."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
import tomllib

from parts.report import ROOT

MEMORY_MIB = 2048  # so that each request has a part of its own, as with llama-server
TOOLS = ROOT / ".deps" / "llama-tools" / "bin"
MODELS = ROOT / ".deps" / "models"


def model_file(name):
    return MODELS / tomllib.loads((MODELS / "models.toml").read_text(encoding="utf-8"))["model"][name]["path"]


def run(tool, *arguments):
    """What the tool prints as JSON lines."""
    done = subprocess.run([TOOLS / tool, *map(str, arguments)], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        sys.exit(f"{tool} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return lines


def bench(model, threads, prompt, generate):
    """Tokens a second: of a prompt of so many tokens, and of so many more after it."""
    shared = ("-m", model, "-t", threads, "-r", 1, "-o", "jsonl")
    first = run("llama-bench", *shared, "-p", prompt, "-n", 0)
    then = run("llama-bench", *shared, "-p", 0, "-n", generate, "-d", prompt)
    return first[0]["avg_ts"], then[0]["avg_ts"]


def batched_bench(model, threads, prompt, generate, together):
    """Tokens generated a second by so many sequences side by side, the time for their prompts included."""
    context = (prompt + generate) * together + 64
    line = run("llama-batched-bench", "-m", model, "-t", threads, "-tb", threads, "-c", context, "-npp", prompt,
               "-ntg", generate, "-npl", together, "--output-format", "jsonl")[-1]
    return generate * together / (line["t_pp"] + line["t_tg"])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def server(model, threads, parallel, context):
    """llama-server, ready to answer: its address. `context` is of each of `parallel` requests."""
    port = free_port()
    process = subprocess.Popen([TOOLS / "llama-server", "-m", model, "-t", str(threads), "-tb", str(threads), "-np",
                                str(parallel), "-c", str(context * parallel), "--host", "127.0.0.1", "--port",
                                str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not healthy(address):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("llama-server did not start")
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(60)


def healthy(address):
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
