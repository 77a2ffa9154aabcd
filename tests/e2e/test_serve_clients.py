"""`sluice serve` and the official clients of OpenAI's API, for Python and for Node: what they send is understood, and what
they get they can read."""

import json
import os
import signal
import subprocess
import unittest

from serve_support import CHAT, EMBEDDER, NUMBERS, ServeCase, chat, user
from support import ROOT

CLIENTS = ROOT / ".deps" / "clients"
KEY = "sk-clients-MARKER"
TOOL = {"type": "function", "function": {"name": "get_weather", "strict": True, "parameters": {
    "type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}, "required": ["city"],
    "additionalProperties": False}}}
# A value of each field that is not taken for absent.
VALUES = {
    "messages": [user("Hi")], "model": CHAT, "prompt": "Hi", "input": "Hi", "audio": {"voice": "x", "format": "wav"},
    "frequency_penalty": 0.5, "function_call": "auto", "functions": [{"name": "f"}], "logit_bias": {"5": 1},
    "logprobs": True, "max_completion_tokens": 4, "max_tokens": 4, "metadata": {"a": "b"}, "modalities": ["audio"],
    "moderation": {"model": "x"}, "n": 2, "parallel_tool_calls": False, "prediction": {"type": "content", "content": "x"},
    "presence_penalty": 0.5, "prompt_cache_key": "k", "prompt_cache_options": {"mode": "implicit"},
    "prompt_cache_retention": "24h", "reasoning_effort": "low", "response_format": {"type": "text"},
    "safety_identifier": "me", "seed": 5, "service_tier": "flex", "stop": ["x"], "store": True, "stream": False,
    "stream_options": {"include_usage": True}, "temperature": 0.5, "tool_choice": "none", "tools": [TOOL],
    "top_logprobs": 2, "top_p": 0.5, "user": "me", "verbosity": "low", "web_search_options": {}, "best_of": 2,
    "echo": True, "suffix": "x", "dimensions": NUMBERS, "encoding_format": "float"}
NEEDS = {"top_logprobs": {"logprobs": True}, "stream_options": {"stream": True}, "tool_choice": {"tools": [TOOL]}}
HONOURED = {
    "chat": {"frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "messages", "model", "n",
             "parallel_tool_calls", "presence_penalty", "prompt_cache_key", "response_format", "safety_identifier", "seed",
             "stop", "stream", "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user"},
    "text": {"echo", "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "model", "n", "presence_penalty", "prompt",
             "seed", "stop", "stream", "stream_options", "temperature", "top_p", "user"},
    "embed": {"dimensions", "encoding_format", "input", "model", "user"}}
PATHS = {"chat": "chat/completions", "text": "completions", "embed": "embeddings"}


class Client:
    """One of the programs in tests/clients, running."""

    def __init__(self, command, url, **settings):
        self.process = subprocess.Popen([*map(str, command), url, KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **settings)

    def __call__(self, do, body=None, **more):
        self.process.stdin.write(json.dumps({"do": do, "body": body, **more}).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class ClientCase(ServeCase):
    ARGUMENTS = ("--api-key-env", "SERVE_KEY")

    @classmethod
    def setUpClass(cls):
        if not (CLIENTS / "stamp").is_file():
            raise AssertionError(f"{CLIENTS} is not there: run script/bootstrap test")
        os.environ["SERVE_KEY"] = KEY
        cls.addClassCleanup(os.environ.pop, "SERVE_KEY")
        super().setUpClass()
        cls.client = cls.start()
        cls.addClassCleanup(cls.client.close)

    @classmethod
    def start(cls):
        raise NotImplementedError

    def ok(self, do, body=None, **more):
        answer = self.client(do, body, **more)
        self.assertIn("ok", answer, answer)
        return answer["ok"]

    def error(self, do, body=None, **more):
        answer = self.client(do, body, **more)
        self.assertIn("error", answer, answer)
        return answer["error"]

    def metric(self, name, **labels):
        _, _, text = self.served.request("GET", "/metrics", headers={"authorization": f"Bearer {KEY}"})
        lines = [line for line in text.decode().splitlines() if line.startswith(name)]
        return sum(float(line.split()[-1]) for line in lines if all(f'{k}="{v}"' in line for k, v in labels.items()))


class Shared:
    """The tests that both clients have to pass."""

    def test_chat(self):
        answer = self.ok("chat", chat(logprobs=True, top_logprobs=1, n=2))
        self.assertEqual((answer["object"], answer["model"], len(answer["choices"])), ("chat.completion", CHAT, 2))
        first, second = (choice["message"]["content"] for choice in answer["choices"])
        self.assertEqual(first, second)  # at temperature 0
        self.assertEqual(len(answer["choices"][0]["logprobs"]["content"]), 12)
        self.assertEqual(answer["usage"]["completion_tokens"], 24)
        self.assertIn("cached_tokens", answer["usage"]["prompt_tokens_details"])

    def test_stream(self):
        whole = self.ok("chat", chat())["choices"][0]["message"]["content"]
        chunks = self.ok("stream", chat(stream_options={"include_usage": True}))
        self.assertEqual("".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]), whole)
        self.assertEqual(chunks[-1]["usage"]["completion_tokens"], 12)
        stop = whole.split(" ")[2]
        final = self.ok("accumulate", chat(stop=stop))  # one that runs into its limit is an error to some helpers
        self.assertEqual(final["choices"][0]["message"]["content"], whole[:whole.index(stop)])
        self.assertEqual(final["choices"][0]["finish_reason"], "stop")

    def test_a_stream_that_is_left(self):
        before = self.metric("sluice_model_requests_total", model=CHAT, outcome="cancelled")
        self.assertEqual(len(self.ok("stream", chat(max_tokens=4000, logit_bias={"2": -100}), stop_after=3)), 3)
        self.wait_for(lambda: self.metric("sluice_model_requests_total", model=CHAT, outcome="cancelled") == before + 1,
                      "the cancelled request")

    def test_structured_output(self):
        for seed in range(3):
            place = self.ok("parse", chat("A city with its time zone.", temperature=1, seed=seed, max_tokens=300))
            self.assertEqual(set(place), {"city", "zone", "is_open"})
            self.assertIsInstance(place["zone"], int)
            self.assertIsInstance(place["is_open"], bool)

    def test_tool_calls(self):
        asked = chat("The weather in Paris?", tools=[TOOL], tool_choice="required", parallel_tool_calls=False, max_tokens=200)
        message = self.ok("chat", asked)["choices"][0]["message"]
        [call] = message["tool_calls"]
        self.assertEqual(call["function"]["name"], "get_weather")
        self.assertIn("city", json.loads(call["function"]["arguments"]))
        streamed = self.ok("accumulate", asked)["choices"][0]
        self.assertEqual(streamed["finish_reason"], "tool_calls")
        self.assertEqual(streamed["message"]["tool_calls"][0]["function"]["arguments"], call["function"]["arguments"])
        # The message goes back as the client gave it, but for what it does not send itself.
        said = {key: value for key, value in message.items() if value is not None and key != "parsed"}
        result = {"role": "tool", "tool_call_id": call["id"], "content": "Sunny, 21 degrees."}
        told = self.ok("chat", chat(messages=[user("The weather in Paris?"), said, result], tools=[TOOL], tool_choice="none"))
        self.assertTrue(told["choices"][0]["message"]["content"])

    def test_completions(self):
        body = {"model": CHAT, "prompt": ["Once", "Twice"], "max_tokens": 5, "temperature": 0, "logprobs": 1}
        answer = self.ok("text", body)
        self.assertEqual([choice["index"] for choice in answer["choices"]], [0, 1])
        self.assertEqual(len(answer["choices"][0]["logprobs"]["tokens"]), 5)

    def test_embeddings(self):
        # Without a format the clients ask for base64 and make numbers of it.
        packed = self.ok("embed", {"model": EMBEDDER, "input": ["one text", "another"]})
        plain = self.ok("embed", {"model": EMBEDDER, "input": ["one text", "another"], "encoding_format": "float"})
        self.assertEqual([len(item["embedding"]) for item in packed["data"]], [NUMBERS, NUMBERS])
        for a, b in zip(packed["data"][1]["embedding"], plain["data"][1]["embedding"]):
            self.assertAlmostEqual(a, b, places=3)
        self.assertEqual(packed["usage"], plain["usage"])

    def test_models(self):
        self.assertEqual([model["id"] for model in self.ok("models")], [EMBEDDER, CHAT])
        self.assertEqual(self.ok("model", id=CHAT)["id"], CHAT)
        self.assertEqual(self.error("model", id="gpt-9")["status"], 404)

    def test_errors(self):
        for body, status, kind, code, param in (
                (chat(model="gpt-9"), 404, "NotFoundError", "model_not_found", "model"),
                (chat(temperature=9), 400, "BadRequestError", "invalid_value", "temperature"),
                (chat(reasoning_effort="low"), 400, "BadRequestError", "unsupported_parameter", "reasoning_effort"),
                (chat("word " * 9000), 400, "BadRequestError", "context_length_exceeded", "messages"),
                (chat(response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "strange"}}}),
                 400, "BadRequestError", None, "response_format")):
            for do in ("chat", "stream"):
                with self.subTest(do=do, code=code):
                    error = self.error(do, body)
                    self.assertEqual((error["status"], error["class"], error["code"], error["param"]), (status, kind, code, param))
                    self.assertEqual(error["type"], "invalid_request_error")
                    self.assertTrue(error["message"])

    def test_a_wrong_key(self):
        global KEY
        right, KEY = KEY, "sk-wrong"
        try:
            client = self.start()
        finally:
            KEY = right
        self.addCleanup(client.close)
        error = client("chat", chat())["error"]
        self.assertEqual((error["status"], error["class"], error["code"]), (401, "AuthenticationError", "invalid_api_key"))

    def test_a_worker_that_dies_in_a_stream(self):
        def kill():
            self.wait_for(lambda: self.metric("sluice_model_queue", model=CHAT, state="running") == 1, "a start")
            for pid in self.served.workers():
                os.kill(pid, signal.SIGKILL)

        client, process = self.client, self.client.process
        process.stdin.write(json.dumps({"do": "stream", "body": chat(max_tokens=8000, logit_bias={"2": -100})}).encode() + b"\n")
        process.stdin.flush()
        kill()
        error = json.loads(process.stdout.readline())["error"]
        self.assertEqual(error["code"], "model_unavailable")
        self.assertIn("worker ended", error["message"])
        self.assertIn("ok", client("chat", chat()))


class Python(Shared, ClientCase):
    @classmethod
    def start(cls):
        # Debian's own: the wheels are for its version.
        return Client(["/usr/bin/python3", ROOT / "tests/clients/openai_client.py"], cls.served.url,
                      env={**os.environ, "PYTHONPATH": str(CLIENTS / "python"), "PYTHONDONTWRITEBYTECODE": "1"})

    def test_every_field_that_the_client_knows(self):
        """Each is honoured, or refused by its name."""
        headers = {"authorization": f"Bearer {KEY}"}
        base = {"chat": chat(max_tokens=2), "text": {"model": CHAT, "prompt": "Hi", "max_tokens": 2},
                "embed": {"model": EMBEDDER, "input": "Hi"}}
        for kind, path in PATHS.items():
            fields = self.ok("fields", of=kind)
            self.assertGreaterEqual(set(fields), HONOURED[kind])
            for field in fields:
                self.assertIn(f"`{field}`", (ROOT / "docs/serve.md").read_text(), "docs/serve.md does not tell of a field")
            for field in fields:
                with self.subTest(kind=kind, field=field):
                    body = {**base[kind], **NEEDS.get(field, {})}
                    if field not in ("model", "messages", "prompt", "input"):
                        body[field] = VALUES[field]
                    if field == "max_completion_tokens":
                        del body["max_tokens"]
                    if kind == "text" and field == "logprobs":
                        body[field] = 2
                    status, _, answer = self.served.request("POST", f"/v1/{path}", body, headers)
                    if field in HONOURED[kind]:
                        self.assertEqual(status, 200, answer)
                    else:
                        self.assertEqual((status, answer["error"]["param"]), (400, field), answer)
                        self.assertIn(answer["error"]["code"], ("unsupported_parameter", "unsupported_value"))


class Node(Shared, ClientCase):
    @classmethod
    def start(cls):
        return Client([CLIENTS / "bin/node", ROOT / "tests/clients/openai_client.mjs"], cls.served.url, cwd=CLIENTS)


if __name__ == "__main__":
    unittest.main()
