"""The stand-in for language models is itself tested: an end-to-end test is worth only as much as its strictness."""

import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from standin.llm import LlmStandIn  # noqa: E402
from standin.llm_script import Say, least  # noqa: E402

USER = [{"role": "user", "content": "hello"}]
CALL = {"role": "assistant", "content": None,
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "x"}]}
OWN = {"name": "f", "input_schema": {"type": "object"}}


class StandInCase(unittest.TestCase):
    def setUp(self):
        self.llm = LlmStandIn().start()
        self.addCleanup(self.llm.stop)

    def post(self, path, body, headers=None):
        """(status, body as text); raises where the connection breaks."""
        connection = http.client.HTTPConnection(self.llm.url.split("//")[1], timeout=20)
        try:
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request("POST", path, text, {"content-type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def chat(self, **fields):
        return self.post("/v1/chat/completions", {"model": "scripted-1", "messages": USER, **fields})

    def message(self, **fields):
        return self.post("/v1/messages", {"model": "scripted-1", "messages": USER, "max_tokens": 9, **fields},
                         {"anthropic-version": "2023-06-01"})

    def said(self, answer):
        self.assertEqual(answer[0], 200, answer[1])
        return json.loads(answer[1])["choices"][0]["message"]["content"]

    def control(self, order):
        return self.post("/_control", order)


class OpenAi(StandInCase):
    def test_what_it_takes(self):
        for fields in ({}, {"temperature": 0, "top_p": 1, "max_tokens": 1, "stop": ["a"], "seed": 1, "n": 1},
                       {"stream": True, "stream_options": {"include_usage": True}}, {"logprobs": True, "top_logprobs": 20},
                       {"tools": [TOOL], "tool_choice": "required"}, {"messages": [*USER, CALL, {
                           "role": "tool", "content": "x", "tool_call_id": "1"}]},
                       {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
                       {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}}):
            with self.subTest(fields=fields):
                self.assertEqual(self.chat(**fields)[0], 200)

    def test_what_it_refuses(self):
        strict = {"name": "a", "strict": True, "schema": {"type": "object", "properties": {"b": {}}}}
        for fields, why in (
                ({"unknown": 1}, "unknown"), ({"temperature": 2.1}, "temperature"), ({"temperature": "1"}, "temperature"),
                ({"max_tokens": 0}, "max_tokens"), ({"max_tokens": True}, "max_tokens"), ({"stop": ["a"] * 5}, "stop"),
                ({"stream_options": {"include_usage": True}}, "stream_options"), ({"top_logprobs": 1}, "top_logprobs"),
                ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"), ({"tool_choice": "auto"}, "tool_choice"),
                ({"tools": []}, "tools"), ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "name"),
                ({"messages": []}, "messages"), ({"messages": [{"role": "robot", "content": ""}]}, "Supported values"),
                ({"messages": [{"role": "user"}]}, "content"), ({"messages": [*USER, CALL, *USER]}, "tool_call_id"),
                ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]}, "role 'tool'"),
                ({"response_format": {"type": "json_object"}}, "json"), ({"seed": 2**63}, "seed"),
                ({"response_format": {"type": "json_schema", "json_schema": strict}}, "additionalProperties"),
                ({"response_format": {"type": "grammar"}}, "Supported values"), ({"model": None}, "model")):
            with self.subTest(fields=fields):
                status, body = self.chat(**fields)
                self.assertEqual(status, 400, body)
                self.assertIn(why, json.loads(body)["error"]["message"])

    def test_who_asks_and_for_what(self):
        self.assertEqual(self.chat(model="other")[0], 404)
        self.llm.key = "k"
        self.assertEqual(self.chat()[0], 401)
        self.assertEqual(self.post("/v1/chat/completions", {"model": "scripted-1", "messages": USER},
                                   {"authorization": "Bearer k"})[0], 200)
        self.assertEqual(self.post("/v1/nothing", {})[0], 404)
        self.llm.key = None
        self.assertEqual(self.post("/v1/chat/completions", b"{")[0], 400)
        self.assertEqual(self.post("/v1/chat/completions", {}, {"content-type": "text/plain"})[0], 415)
        self.llm.context = 1
        self.assertIn("context_length_exceeded", self.chat()[1])

    def test_embeddings(self):
        status, body = self.post("/v1/embeddings", {"model": "scripted-1", "input": ["a", "b"]})
        self.assertEqual((status, [item["index"] for item in json.loads(body)["data"]]), (200, [1, 0]))
        for fields in ({"input": []}, {"input": [""]}, {"input": 7}, {"input": "a", "encoding_format": "int"}):
            self.assertEqual(self.post("/v1/embeddings", {"model": "scripted-1", **fields})[0], 400, fields)


class Anthropic(StandInCase):
    def test_what_it_takes(self):
        for fields in ({}, {"system": "s", "temperature": 1, "stop_sequences": ["x"], "stream": True},
                       {"tools": [OWN], "tool_choice": {"type": "tool", "name": "f"}},
                       {"messages": [*USER, USE, RESULT], "tools": [OWN]},
                       {"messages": [*USER, {"role": "assistant", "content": "I"}]}):
            with self.subTest(fields=fields):
                self.assertEqual(self.message(**fields)[0], 200, self.message(**fields))

    def test_what_it_refuses(self):
        for fields in ({"unknown": 1}, {"max_tokens": None}, {"temperature": 1.5}, {"seed": 1}, {"messages": []},
                       {"messages": [*USER, *USER]}, {"messages": [{"role": "assistant", "content": "a"}]},
                       {"messages": [{"role": "system", "content": "a"}]}, {"messages": [{"role": "user", "content": ""}]},
                       {"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, {"stop_sequences": [" "]},
                       {"messages": [*USER, USE, RESULT]}, {"messages": [*USER, USE, *USER], "tools": [OWN]},
                       {"messages": [*USER, {"role": "assistant", "content": "a "}]}, {"tools": [OWN, OWN]},
                       {"tools": [{"name": "f", "input_schema": {}}]}, {"tool_choice": {"type": "any"}},
                       {"tools": [OWN], "tool_choice": {"type": "tool"}}, {"tools": [OWN], "tool_choice": {"type": "tool", "name": "g"}},
                       {"messages": [*USER, USE, {"role": "user", "content": [{"type": "text", "text": "a"}, *RESULT["content"]]}],
                        "tools": [OWN]}):
            with self.subTest(fields=fields):
                self.assertEqual(self.message(**fields)[0], 400)
        self.assertEqual(self.post("/v1/messages", {"model": "scripted-1", "messages": USER, "max_tokens": 9})[0], 400)


class Scripts(StandInCase):
    def test_rules_in_order(self):
        self.llm.rule("hel+o", "first", times=1)
        self.llm.rule("hello", "spared", skip=1, times=1)
        self.llm.rule("", lambda prompt: {"n": prompt.hits, "last": prompt.last})
        self.assertEqual([self.said(self.chat()) for _ in range(4)],
                         ["first", '{"n": 0, "last": "hello"}', "spared", '{"n": 1, "last": "hello"}'])
        self.assertEqual([entry["rule"] for entry in self.llm.log], ["hel+o", "", "hello", ""])
        self.llm.script.rules.clear()
        self.assertEqual(self.said(self.chat()), "No rule fits.")

    def test_what_rules_say(self):
        self.llm.rule("echo", "@echo")
        self.llm.rule("say", lambda prompt: Say("x", finish="length", usage={"prompt": 7}))
        self.assertEqual(self.said(self.chat(messages=[{"role": "user", "content": "echo this"}])), "echo this")
        answer = json.loads(self.chat(messages=[{"role": "user", "content": "say"}])[1])
        self.assertEqual((answer["choices"][0]["finish_reason"], answer["usage"]["prompt_tokens"]), ("length", 7))
        self.assertEqual(least({"type": "object", "required": ["a", "b", "c"], "properties": {
            "a": {"enum": ["x", "y"]}, "b": {"type": "array", "minItems": 1, "items": {"type": "boolean"}}, "c": {"const": 3}}}),
            {"a": "x", "b": [False], "c": 3})

    def test_faults(self):
        self.llm.rule("", "a good answer")
        self.llm.fault("status", status=503, headers={"x-a": "b"}, times=2)
        self.assertEqual([self.chat()[0] for _ in range(3)], [503, 503, 200])
        for kind in ("drop", "half", "garbage"):
            self.llm.fault(kind)
            with self.assertRaises((http.client.HTTPException, OSError), msg=kind):
                self.chat(stream=True)
        self.llm.fault("hang", seconds=0.5)
        start = time.monotonic()
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.chat()
        self.assertGreater(time.monotonic() - start, 0.4)
        self.llm.fault("no-end")
        self.assertNotIn("[DONE]", self.chat(stream=True)[1])
        self.llm.fault("plain")
        self.assertEqual(self.said(self.chat(stream=True)), "a good answer")
        self.llm.fault("huge", bytes=100_000)
        self.assertEqual(len(self.said(self.chat())), 100_000)
        self.llm.fault("error-event", events=1)
        self.assertIn('"error"', self.chat(stream=True)[1])
        self.llm.fault("html", match="other prompts")
        self.assertEqual(self.said(self.chat()), "a good answer")

    def test_as_a_program(self):
        script = {"rules": [{"match": "hello", "answer": {"a": 1}}], "settings": {"key": "k"}}
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "script.json").write_text(json.dumps(script))
        with subprocess.Popen([sys.executable, str(ROOT / "tests/standin/llm.py"), "--script", str(folder / "script.json")],
                              stdout=subprocess.PIPE, text=True) as program:
            self.addCleanup(program.kill)
            url = program.stdout.readline().strip()
            connection = http.client.HTTPConnection(url.split("//")[1], timeout=20)
            connection.request("POST", "/v1/chat/completions", json.dumps({"model": "scripted-1", "messages": USER}),
                               {"content-type": "application/json", "authorization": "Bearer k"})
            self.assertEqual(json.loads(connection.getresponse().read())["choices"][0]["message"]["content"], '{"a": 1}')
            connection.request("GET", "/_log")
            self.assertEqual(len(json.loads(connection.getresponse().read())), 1)
            connection.close()
            program.terminate()

    def test_control(self):
        self.assertEqual(self.control({"rule": {"match": "", "answer": "new"}}), (200, '{"rules": 1}'))
        self.assertEqual(self.said(self.chat()), "new")
        for order in ({"rules": [{"fault": {"do": "dance"}}]}, {"settings": {"colour": 1}}, {"nothing": 1}):
            self.assertEqual(self.control(order)[0], 400, order)


if __name__ == "__main__":
    unittest.main()
