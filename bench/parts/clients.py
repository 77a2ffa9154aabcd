"""Clients of a chat endpoint of OpenAI's kind, so many side by side: tokens a second, time to the first one."""

import http.client
import json
import statistics
import sys
import threading
import time
from dataclasses import dataclass


@dataclass
class Answer:
    tokens: int
    first_s: float  # from the request to the first text
    text: str


def ask(address, body):
    """One streamed answer."""
    body = {**body, "model": "bench", "stream": True, "stream_options": {"include_usage": True}}
    connection = http.client.HTTPConnection(address, timeout=600)
    start = time.monotonic()
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    if response.status != 200:
        raise ConnectionError(f"{address} answered {response.status}: {response.read().decode(errors='replace')}")
    first, tokens, text = None, 0, []
    for line in response:
        if not line.startswith(b"data: {"):
            continue
        event = json.loads(line[6:])
        if "error" in event:
            raise ConnectionError(f"{address} ended an answer: {event['error']}")
        if event.get("usage"):
            tokens = event["usage"]["completion_tokens"]
        for choice in event["choices"]:
            if choice["delta"].get("content"):
                first = first or time.monotonic() - start
                text.append(choice["delta"]["content"])
    connection.close()
    return Answer(tokens, first or time.monotonic() - start, "".join(text))


@dataclass
class Load:
    tokens_per_second: float
    first_s: float  # median
    answers: list


def load(address, clients, bodies):
    """`clients` threads take the bodies one after the other, until all are answered."""
    waiting, answers, failures, lock = list(reversed(bodies)), [], [], threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                body = waiting.pop()
            try:
                answer = ask(address, body)
            except (OSError, http.client.HTTPException) as error:
                failures.append(error)
                return
            with lock:
                answers.append(answer)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - start
    if failures:
        sys.exit(f"{len(bodies) - len(answers)} of {len(bodies)} requests were not answered: {failures[0]}")
    return Load(sum(answer.tokens for answer in answers) / took,
                statistics.median(answer.first_s for answer in answers), answers)
