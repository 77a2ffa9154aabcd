"""A language model asked through WASI-NN by a guest (examples/nn/chat.cc), beside the tools of the very same llama.cpp."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

from parts import llama, questions
from parts.report import BUILD, Row, step
from parts.rounds import Rounds
from parts.runtime.prepared import NotMeasured
from parts.runtime.timing import sluice, words

TOGETHER = 16
TOKENS = 96


def chat(guest, instances, tokens):
    """Seconds of `sluice run` from the first text of any instance to the end, and the tokens of each prompt."""
    settings = json.dumps({"n-predict": tokens, "temp": 0, "ignore-eos": True})
    command = sluice("--nn-preload", "default:GGML:AUTO:smollm2", "--instances", instances, guest, "default",
                     f"Story {{instance}}. {questions.story(3)}", settings)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(words(command), stdout=subprocess.PIPE, stderr=errors, bufsize=0)
        process.stdout.read(1)
        start = time.monotonic()
        while process.stdout.read(1 << 16):
            pass
        took = time.monotonic() - start
        code = process.wait()
        process.stdout.close()
        errors.seek(0)
        text = errors.read()
    # Instances that write at the same time share lines.
    answers = [json.loads(found) for found in re.findall(r"\{[^{}]*\}", text)]
    if code != 0 or [answer["output_tokens"] for answer in answers] != [tokens] * instances:
        sys.exit(f"the guest's answers are not {tokens} tokens each:\n{text[-2000:]}")
    return took, answers[0]["input_tokens"]


def tokens_per_second(guest, instances):
    """Of all tokens but the first one: the model and its first prompt are there then, other prompts are not."""
    took, prompt = chat(guest, instances, TOKENS)
    return (instances * TOKENS - 1) / took, prompt


def measure(options):
    if not (llama.TOOLS / "llama-bench").exists():
        raise NotMeasured("no tools of llama.cpp in .deps/llama-tools (script/bootstrap bench builds them)")
    guest = BUILD / "examples" / "nn" / "chat.wasm"
    model, threads = llama.model_file("smollm2"), os.cpu_count()
    chat(guest, 1, 1)
    found = Rounds()
    for number in range(options.rounds):
        step(f"a language model through WASI-NN, round {number + 1} of {options.rounds}")
        one, prompt = tokens_per_second(guest, 1)
        found.add(one=one, their_one=llama.bench(model, threads, prompt, TOKENS)[1])
        all_, _ = tokens_per_second(guest, TOGETHER)
        found.add(all=all_, their_all=llama.batched_bench(model, threads, prompt, TOKENS, TOGETHER))
    return [Row(f"WASI-NN, one instance, {TOKENS} tokens generated", found.median("one"), "t/s"),
            Row("  ÷ llama-bench", found.ratio("one", "their_one"), "", ">=", 0.97),
            Row(f"WASI-NN, {TOGETHER} instances together, {TOKENS} tokens each", found.median("all"), "t/s"),
            Row("  ÷ llama-batched-bench", found.ratio("all", "their_all"), "", ">=", 0.97),
            Row("  ÷ one instance", found.ratio("all", "one"), "", ">=", 2.5)]
