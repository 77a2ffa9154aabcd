"""The figures of language models, each beside its target: `script/bench brain [--json FILE] [--rounds N]`.

Side by side in one run with programs of the very same llama.cpp, on the packaged SmolLM2, with as many threads as there
are cores. Each figure is the median of the rounds, and each ratio the median of the rounds' ratios; within a round, the
two programs take turns. docs/benchmarks.md says what each row is.
"""

import contextlib
import os
import re
import statistics
import subprocess
import sys
import time

from parts import asking, clients, llama, questions
from parts.program import start_ms
from parts.report import SLUICE, Row, arguments_of, report, step
from parts.rounds import Rounds

PARALLEL = 16
CONTEXT = 2048
ANSWER = 48  # tokens, over HTTP, where each client asks three times
RUN_ANSWER = 96


@contextlib.contextmanager
def serve(model, threads):
    """`sluice serve`, ready to answer: its address."""
    process = subprocess.Popen([SLUICE, "serve", "--model", f"bench={model}", "--listen", "127.0.0.1:0", "--threads",
                                str(threads), "--memory-mib", str(llama.MEMORY_MIB), "--parallel", str(PARALLEL), "--context-tokens", str(CONTEXT)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        # It tells of its models first.
        found = next(filter(None, (re.search(r"http://([\d.:]+)", line) for line in process.stdout)), None)
        if not found:
            sys.exit("sluice serve did not start")
        yield found[1]
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def one_run(model, threads, rounds):
    """Prompt and generation of one run over sluice:llm/chat, and by llama-bench with the same numbers of tokens."""
    found = Rounds()
    generate = RUN_ANSWER
    with asking.folder() as app:
        asking.install(app, model, threads, PARALLEL)
        for number in range(rounds):
            step(f"one run, round {number + 1} of {rounds}")
            # The first question loads the model.
            commands = [asking.question("Hello.", 1), asking.question(questions.story(2 * number, 8), 1),
                        asking.question(questions.story(2 * number + 1, 8), generate + 1)]
            _, first, second = asking.run_once(app, commands)
            prompt = first["tokens"]["prompt"]
            generated = second["tokens"]["completion"] - 1
            prompt_s = first["ms"] / 1000
            theirs = llama.bench(model, threads, prompt, generate)
            found.add(prompt=prompt / prompt_s, their_prompt=theirs[0], their_generation=theirs[1],
                      generation=generated / (second["ms"] / 1000 - prompt_s * second["tokens"]["prompt"] / prompt))
    return [Row(f"one run, prompt of {prompt} tokens", found.median("prompt"), "t/s"),
            Row("  ÷ llama-bench", found.ratio("prompt", "their_prompt"), "", ">=", 0.97),
            Row(f"one run, {generate} tokens generated", found.median("generation"), "t/s"),
            Row("  ÷ llama-bench", found.ratio("generation", "their_generation"), "", ">=", 0.97)]


def together(model, threads, rounds):
    """Runs side by side, each with a question of its own."""
    found = Rounds()
    with asking.Serving(model, threads, PARALLEL) as runs:
        warm = asking.run_once(runs.app, [asking.question(questions.story(0), 1)])[0]["tokens"]["prompt"]
        runs.together([asking.question("Hello.", 1)])
        for number in range(rounds):
            step(f"{PARALLEL} runs together, round {number + 1} of {rounds}")
            start = 1000 * (number + 1)
            alone = [runs.together([asking.question(questions.story(start + 100 + i), RUN_ANSWER)]) for i in range(3)]
            found.add(one=statistics.median(alone),
                      all=runs.together([asking.question(questions.story(start + 1 + i), RUN_ANSWER)
                                         for i in range(PARALLEL)]),
                      theirs=llama.batched_bench(model, threads, warm, RUN_ANSWER, PARALLEL))
    return [Row(f"{PARALLEL} runs together, {RUN_ANSWER} tokens each", found.median("all"), "t/s"),
            Row("  ÷ one run", found.ratio("all", "one"), "", ">=", 2.5),
            Row("  ÷ llama-batched-bench", found.ratio("all", "theirs"), "", ">=", 0.95)]


def over_http(address, other, rounds):
    rows = []
    for count in (1, 4, PARALLEL):
        found = Rounds()
        for number in range(rounds):
            step(f"{count} clients over HTTP, round {number + 1} of {rounds}")
            start = 10_000 * count + 100 * number
            bodies = [questions.chat(questions.story(start + i, 1), ANSWER) for i in range(3 * count)]
            # Who is second finds the machine as the first has left it: they change places.
            first, second = (address, other) if number % 2 == 0 else (other, address)
            loads = {where: clients.load(where, count, bodies) for where in (first, second)}
            ours, theirs = loads[address], loads[other]
            found.add(ours=ours.tokens_per_second, theirs=theirs.tokens_per_second, first=ours.first_s * 1000,
                      their_first=theirs.first_s * 1000)
        rows += [Row(f"HTTP, {count} clients: tokens generated", found.median("ours"), "t/s"),
                 Row("  ÷ llama-server", found.ratio("ours", "theirs"), "", ">=", 1.0),
                 Row(f"HTTP, {count} clients: to the first token", found.median("first"), "ms"),
                 Row("  llama-server's ÷ ours", found.ratio("their_first", "first"), "", ">=", 1.0)]
    return rows


def json_schema(address, other, rounds):
    found = Rounds()
    for number in range(rounds):
        step(f"JSON by a schema, round {number + 1} of {rounds}")
        cards = [questions.card(100 * number + i, 160) for i in range(28)]
        for name, where in (("ours", address), ("theirs", other)):
            one = clients.load(where, 1, cards[:4]).tokens_per_second
            # So many that the last ones, which are fewer than eight at a time, do not count much.
            eight = clients.load(where, 8, cards[4:])
            found.add(**{name: eight.tokens_per_second / one, f"{name}_eight": eight.tokens_per_second})
    return [Row("JSON by a schema, 8 at once", found.median("ours_eight"), "t/s"),
            Row("  ÷ one", found.median("ours"), "", ">=", 2.0),
            Row("  llama-server: 8 at once ÷ one", found.median("theirs")),
            Row("  ours ÷ llama-server, 8 at once", found.ratio("ours_eight", "theirs_eight"))]


def review(model, threads, rounds):
    """The requests of a review of 20 files, with their common beginning and without it, each on a fresh server."""
    bodies = questions.review_requests(24)
    found = Rounds()
    for number in range(rounds):
        for name, these in (("shared", bodies), ("unshared", questions.unshared(bodies))):
            step(f"the requests of a review, {name}, round {number + 1} of {rounds}")
            with serve(model, threads) as address:
                clients.ask(address, questions.chat("Hello.", 1))
                start = time.monotonic()
                clients.load(address, PARALLEL, these)
                found.add(**{name: time.monotonic() - start})
    return [Row(f"review of {questions.FILES} files, its {len(bodies)} requests", found.median("shared"), "s"),
            Row("  without a shared beginning ÷ with it", found.ratio("unshared", "shared"), "", ">=", 1.5)]


def start(before):
    """The program's start where no model is used, and beside it that of another build."""
    step("the start of sluice up")
    rows = [Row("sluice up, no model: from start to the first connection", start_ms(), "ms", "<=", 60)]
    if before:
        figures = [(start_ms(7), start_ms(7, program=before)) for _ in range(3)]
        rows.append(Row("  ÷ the program before", statistics.median(a / b for a, b in figures), "", "<=", 1.05))
    return rows


def main():
    parser = arguments_of("brain", __doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--before", metavar="PROGRAM", help="compare the start with that of this build of sluice")
    parser.add_argument("--only", default="one,together,http,json,review,start", metavar="PART,…")
    arguments = parser.parse_args()
    parts = set(arguments.only.split(","))
    model, threads, rounds = llama.model_file("smollm2"), os.cpu_count(), arguments.rounds
    rows = []
    if "start" in parts:
        rows += start(arguments.before)
    if "one" in parts:
        rows += one_run(model, threads, rounds)
    if "together" in parts:
        rows += together(model, threads, rounds)
    if parts & {"http", "json"}:
        with serve(model, threads) as address, llama.server(model, threads, PARALLEL, CONTEXT) as other:
            for where in (address, other):
                clients.ask(where, questions.chat("Hello.", 1))
            rows += over_http(address, other, rounds) if "http" in parts else []
            rows += json_schema(address, other, rounds) if "json" in parts else []
    if "review" in parts:
        rows += review(model, threads, rounds)
    report("brain", rows, arguments.json)


if __name__ == "__main__":
    main()
