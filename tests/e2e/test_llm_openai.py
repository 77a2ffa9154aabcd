"""The integration openai: chats and embeddings over OpenAI's API, against a strict and scripted endpoint."""

import json
import math
import time
import unittest

from llm_support import SCHEMA, TOOL, LlmCase
from standin import llm_openai


class Chat(LlmCase):
    def test_an_answer(self):
        self.llm.rule("hello", "Grüße — 你好", usage={"prompt": 20, "completion": 5, "cached": 8})
        answer = self.ask({"role": "system", "content": "Be brief."}, "hello")
        self.assertEqual(answer, {"content": "Grüße — 你好", "finish": "stop", "model": "scripted-1", "tool_calls": [],
                                  "logprobs": [], "usage": {"prompt": 20, "completion": 5, "cached": 8, "cost": None}})
        request = self.last_request()
        self.assertEqual(request["messages"], [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}])
        self.assertEqual((request["stream"], request["stream_options"]), (True, {"include_usage": True}))
        [chat] = [r for r in self.done.records if r["function"] == "complete"]
        self.assertEqual(chat["result"]["ok"]["usage"]["prompt-tokens"], 20)
        self.assertEqual(chat["to"], "integration model")

    def test_without_streaming(self):
        self.configure("streaming = false")
        self.llm.rule("", "whole", usage={"prompt": 3, "completion": 1})
        self.assertEqual(self.ask("hello")["content"], "whole")
        self.assertNotIn("stream", self.last_request())

    def test_a_server_that_does_not_stream(self):
        self.llm.rule("", "whole")
        self.llm.fault("plain")
        self.assertEqual(self.ask("hello")["content"], "whole")

    def test_all_options(self):
        self.llm.rule("", "a b")
        answer = self.ask("hello", model="scripted-1", temperature=0.7, top_p=0.9, max_tokens=50, seed=2**63 + 5,
                          stop=["END", "\n\n"], logprobs=2)
        request = self.last_request()
        self.assertEqual({name: request[name] for name in request if name not in ("messages", "stream", "stream_options")},
                         {"model": "scripted-1", "temperature": 0.7, "top_p": 0.9, "max_tokens": 50, "seed": 5,
                          "stop": ["END", "\n\n"], "logprobs": True, "top_logprobs": 2})
        self.assertEqual(answer["logprobs"], [
            {"token": "a", "logprob": -0.25, "top": [["a", -0.25], ["other1", -1.25]]},
            {"token": " b", "logprob": -0.25, "top": [[" b", -0.25], ["other1", -1.25]]}])

    def test_json_by_a_schema(self):
        self.llm.rule("", "@schema")
        answer = self.ask("how many?", schema=SCHEMA)
        self.assertEqual(json.loads(answer["content"]), {"count": 0})
        self.assertEqual(self.last_request()["response_format"], {
            "type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}})
        loose = {"type": "object", "properties": {"a": {"type": "string"}}}
        self.ask("how many?", schema=loose)
        self.assertNotIn("strict", self.last_request()["response_format"]["json_schema"])

    def test_a_json_object(self):
        self.llm.rule("", "@schema")
        self.assertEqual(self.ask("hello", json_object=True)["content"], "{}")
        self.assertEqual(self.last_request()["messages"][-1]["content"], "Answer with a JSON object.")
        self.ask("hello in JSON", json_object=True)
        self.assertEqual(len(self.last_request()["messages"]), 1)

    def test_tools_there_and_back(self):
        self.llm.rule("Sunny", "It is sunny.")
        self.llm.rule("", "Let me see.", tool_calls=[{"name": "weather", "arguments": {"city": "Bonn"}},
                                                     {"name": "weather", "arguments": {"city": "Köln"}}])
        answer = self.ask("weather?", tools=[TOOL], tool_choice="required")
        self.assertEqual(answer["finish"], "tool-calls")
        self.assertEqual(answer["content"], "Let me see.")
        self.assertEqual([json.loads(call["arguments"])["city"] for call in answer["tool_calls"]], ["Bonn", "Köln"])
        self.assertEqual(self.last_request()["tool_choice"], "required")
        again = self.ask("weather?", {"role": "assistant", "content": "", "tool_calls": answer["tool_calls"]},
                         *[{"role": "tool", "content": "Sunny", "tool_call_id": call["id"]} for call in answer["tool_calls"]],
                         tools=[TOOL])
        self.assertEqual(again["content"], "It is sunny.")
        self.assertIsNone(self.last_request()["messages"][1]["content"])

    def test_how_it_ended(self):
        self.llm.rule("cut", "1234567890", cut=True)
        self.llm.rule("filter", "no", finish="content_filter")
        self.assertEqual((self.ask("cut")["finish"], self.ask("filter")["finish"]), ("length", "content-filter"))

    def test_what_no_provider_understands(self):
        for options, why in (({"grammar": "root ::= \"a\""}, "grammar"), ({"schema": "not JSON"}, "schema"),
                             ({"tools": [{"name": "x", "parameters": "[]"}]}, "tool `x`"), ({"logprobs": 21}, "logprobs"),
                             ({"tool_choice": "required"}, "tool")):
            with self.subTest(options=options):
                said = self.failure("hello", **options)
                self.assertTrue(said.startswith("invalid: "), said)
                self.assertIn(why, said)
        self.assertEqual(self.llm.log, [])

    def test_what_the_provider_refuses(self):
        self.assertRegex(self.failure("hello", temperature=3), "invalid: .*400.*temperature")
        self.assertRegex(self.failure("hello", model="other"), "invalid: .*404.*`other`")

    def test_costs(self):
        self.configure('price-prompt = "2.50"\nprice-cached = "1.25"\nprice-completion = 10')
        self.llm.rule("", "x", usage={"prompt": 1000, "completion": 100, "cached": 400})
        self.assertEqual(self.ask("hello")["usage"]["cost"], 600 * 2.5 + 400 * 1.25 + 100 * 10)
        self.assertIn('"cost-micros":', self.done.trace)

    def test_usage_that_is_not_told_is_estimated(self):
        self.llm.rule("", "some words")
        self.llm.fault("no-usage")
        usage = self.ask("hello there")["usage"]
        self.assertGreater(min(usage["prompt"], usage["completion"]), 0)

    def test_describe_and_count(self):
        self.configure("context-tokens = 8192")
        self.assertEqual(self.answer({"do": "describe"}),
                         {"name": "scripted-1", "context_tokens": 8192, "local": False, "exact_counts": False})
        self.assertEqual(self.answer({"do": "describe", "model": "other"})["context_tokens"], None)
        counts = self.answer({"do": "count", "texts": ["", "word", "The quick brown fox jumps over the lazy dog."]})
        self.assertEqual(counts[0], 0)
        self.assertEqual(counts[1], 1)
        self.assertGreaterEqual(counts[2], 10)
        self.assertEqual(self.llm.log, [])


class Streams(LlmCase):
    TEXT = "Ein Wort — and “quotes”, 你好 👋\nnew line"

    def test_any_form_of_stream(self):
        self.llm.rule("", self.TEXT)
        for fault in ({"do": "pieces", "bytes": 1}, {"do": "pieces", "bytes": 13}, {"do": "line-ends", "end": "\r\n", "comments": True},
                      {"do": "line-ends", "end": "\r"}, {"do": "content-type", "content_type": "text/plain"}):
            with self.subTest(fault=fault):
                self.llm.fault(**fault)
                answer = self.ask("hello")
                self.assertEqual(answer["content"], self.TEXT)
                self.assertEqual(self.llm.log[-1]["fault"], fault["do"])

    def test_a_cut_stream_is_asked_for_once_more(self):
        self.llm.rule("", self.TEXT)
        for kind in ("no-end", "cut-stream", "half"):
            with self.subTest(kind=kind):
                self.llm.log.clear()
                self.llm.fault(kind)
                self.assertEqual(self.ask("hello")["content"], self.TEXT)
                self.assertEqual(len(self.llm.log), 2)

    def test_a_stream_that_is_always_cut(self):
        self.llm.rule("", self.TEXT)
        self.llm.fault("cut-stream", times=None)
        self.assertRegex(self.failure(), "unavailable: .*cut")
        self.assertEqual(len(self.llm.log), 2)

    def test_an_error_in_the_middle(self):
        self.llm.rule("", self.TEXT)
        self.llm.fault("error-event", message="the server is overloaded")
        self.assertEqual(self.ask("hello")["content"], self.TEXT)
        self.llm.fault("error-event", times=None, message="the server is overloaded")
        self.assertRegex(self.failure(), "unavailable: .*overloaded")


class Trouble(LlmCase):
    def setUp(self):
        super().setUp()
        self.llm.rule("", "well")

    def test_a_rate_limit_is_waited_for(self):
        for headers in ({"retry-after": "1"}, {"retry-after": "0.2", "retry-after-ms": "250"}, {}):
            with self.subTest(headers=headers):
                self.llm.log.clear()
                self.llm.fault("status", status=429, headers=headers, times=2)
                self.assertEqual(self.ask("hello")["content"], "well")
                starts = [entry["time"] for entry in self.llm.log]
                self.assertEqual(len(starts), 3)
                if headers.get("retry-after") == "1":
                    self.assertGreaterEqual(starts[1] - starts[0], 1)
                elif headers:
                    self.assertGreaterEqual(starts[1] - starts[0], 0.25)

    def test_a_rate_limit_that_takes_too_long(self):
        self.configure("max-wait-seconds = 5")
        self.llm.fault("status", status=429, headers={"retry-after": "77"}, times=None)
        self.assertEqual(self.failure(), "rate-limited: 77")
        self.assertEqual(len(self.llm.log), 1)

    def test_a_date_to_wait_for(self):
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 1000))
        self.llm.fault("status", status=429, headers={"retry-after": date})
        said = self.failure()
        self.assertTrue(900 < int(said.removeprefix("rate-limited: ")) <= 1000, said)

    def test_a_quota_is_not_waited_for(self):
        self.llm.fault("status", status=429, code="insufficient_quota", message="You exceeded your current quota.", times=None)
        self.assertRegex(self.failure(), "refused: .*quota")
        self.assertEqual(len(self.llm.log), 1)

    def test_servers_in_trouble(self):
        for status in (500, 502, 503, 529):
            with self.subTest(status=status):
                self.llm.log.clear()
                self.llm.fault("status", status=status, times=3)
                self.assertEqual(self.ask("hello")["content"], "well")
                self.assertEqual(len(self.llm.log), 4)
        self.llm.fault("status", status=503, times=None)
        self.assertRegex(self.failure(), "unavailable: .*503")

    def test_a_broken_connection_is_tried_once_more(self):
        for kind in ("drop", "garbage"):
            with self.subTest(kind=kind):
                self.llm.log.clear()
                self.llm.fault(kind, times=None)
                self.assertRegex(self.failure(), "^unavailable: ")
                self.assertLessEqual(len(self.llm.log), 2)
                self.llm.script.rules = [rule for rule in self.llm.script.rules if "fault" not in rule]
        self.llm.fault("drop")
        self.assertEqual(self.ask("hello")["content"], "well")

    def test_nobody_listens(self):
        self.configure(url="http://127.0.0.1:9")
        self.assertRegex(self.failure(), "^unavailable: ")

    def test_refusals(self):
        for status, kind in ((401, "refused"), (403, "refused"), (402, "refused"), (404, "invalid"), (400, "invalid"),
                             (422, "invalid"), (413, "context-too-long")):
            with self.subTest(status=status):
                self.llm.log.clear()
                self.llm.fault("status", status=status, message="because of this")
                said = self.failure()
                self.assertTrue(said.startswith(kind), said)
                self.assertEqual(len(self.llm.log), 1)
                if kind != "context-too-long":
                    self.assertIn("because of this", said)

    def test_a_prompt_that_is_too_long(self):
        self.llm.context = 1000
        self.assertRegex(self.failure("word " * 2000), r"^context-too-long: 2500 of 1000$")

    def test_the_other_field_for_the_limit(self):
        self.llm.unsupported = {"max_tokens"}
        self.assertEqual(self.ask("hello", max_tokens=5)["content"], "well")
        self.assertEqual(self.last_request()["max_completion_tokens"], 5)
        self.llm.unsupported = {"max_completion_tokens", "stream_options"}
        self.configure('max-tokens-field = "max_completion_tokens"')
        self.assertEqual(self.ask("hello", max_tokens=5)["content"], "well")
        self.assertEqual(self.last_request()["max_tokens"], 5)

    def test_answers_that_are_none(self):
        for fault in ({"do": "html"}, {"do": "text", "text": ""}, {"do": "text", "text": "{}"}, {"do": "text", "text": "[1]"},
                      {"do": "text", "text": '{"choices": []}'}, {"do": "text", "text": '{"choices": [7]}'},
                      {"do": "text", "text": '{"choices": [{"message": "x"}]} trailing'},
                      {"do": "text", "text": "data: {\"choices\": \n\ndata: [DONE]\n\n"}, {"do": "text", "text": "data: [DONE]\n\n"},
                      {"do": "text", "text": "[" * 5000}, {"do": "status", "status": 204, "body": ""}):
            with self.subTest(fault=fault):
                self.llm.fault(**fault)
                self.assertRegex(self.failure(), "^unavailable: ")

    def test_a_redirect_is_not_followed(self):
        self.llm.fault("redirect", location="https://evil.example/v1/chat/completions?key=1")
        said = self.failure()
        self.assertRegex(said, "^invalid: .*evil.example")
        self.assertNotIn("key=1", said)
        self.assertEqual(len(self.llm.log), 1)

    def test_an_answer_larger_than_allowed(self):
        self.configure(replaced={"timeout-s = 30": "timeout-s = 30\nresponse-bytes = 100000"})
        self.llm.fault("huge", bytes=300_000)
        self.assertRegex(self.failure(), "^unavailable: .*100000 bytes")

    def test_a_large_answer(self):
        self.llm.fault("huge", bytes=300_000)
        self.assertEqual(len(self.ask("hello")["content"]), 300_000)

    def test_a_server_that_hangs(self):
        self.configure(timeout=1)
        self.llm.fault("hang", seconds=60, times=None)
        self.assertEqual(self.failure(), "timeout")
        self.assertEqual(len(self.llm.log), 1)


class Together(LlmCase):
    def test_each_answers_or_fails_alone(self):
        self.llm.rule(r"^number 3$", "", fault={"do": "status", "status": 500})
        self.llm.rule(r"^number 5$", "", fault={"do": "status", "status": 400, "message": "not this"})
        self.llm.rule("", lambda prompt: f"to {prompt.last}")
        self.llm.fault("status", "number 1$", status=503, times=1)
        answers = self.answer({"do": "ask-all", "requests": [{"messages": [f"number {i}"]} for i in range(8)]})
        for i, answer in enumerate(answers):
            with self.subTest(i=i):
                if i == 3:
                    self.assertRegex(answer["error"], "unavailable: .*500")
                elif i == 5:
                    self.assertRegex(answer["error"], "invalid: .*not this")
                else:
                    self.assertEqual(answer["content"], f"to number {i}")
        asked = [json.loads(entry["body"])["messages"][0]["content"] for entry in self.llm.log]
        # Only what failed is sent again: 1 once, 3 as often as the settings say, the others not.
        self.assertEqual({i: asked.count(f"number {i}") for i in range(8)},
                         {0: 1, 1: 2, 2: 1, 3: 4, 4: 1, 5: 1, 6: 1, 7: 1})
        self.assertEqual([r["function"] for r in self.done.records if r["interface"].startswith("sluice:http")][0], "send-all")

    def test_no_requests(self):
        self.assertEqual(self.answer({"do": "ask-all", "requests": []}), [])

    def test_many_side_by_side(self):
        self.llm.rule("", lambda prompt: prompt.last, delay=0.3)
        answers = self.answer({"do": "ask-all", "requests": [{"messages": [f"n{i}"]} for i in range(32)]})
        self.assertEqual([answer["content"] for answer in answers], [f"n{i}" for i in range(32)])
        self.assertGreater(self.llm.active_max, 4)
        self.assertLessEqual(self.llm.active_max, 16)


class Embeddings(LlmCase):
    def embed(self, texts):
        return self.answer({"do": "embed", "texts": texts})

    def test_vectors_in_order_and_of_length_one(self):
        texts = [f"text {i}" for i in range(300)]
        got = self.embed(texts)
        self.assertEqual((len(got["vectors"]), got["model"]), (300, "scripted-1"))
        for text, vector in zip(texts, got["vectors"]):
            raw = llm_openai.vector_of(text)
            length = math.sqrt(sum(x * x for x in raw))
            for mine, theirs in zip(vector, raw, strict=True):
                self.assertAlmostEqual(mine, theirs / length, places=5)
        self.assertEqual(len(self.llm.log), 2)

    def test_no_texts(self):
        self.assertEqual(self.embed([])["vectors"], [])
        self.assertEqual(self.llm.log, [])

    def test_bad_answers(self):
        one = {"index": 0, "embedding": [1.0, 2.0]}
        for body in ({}, {"data": []}, {"data": [one, one]}, {"data": [one, {"index": 2, "embedding": [1]}]},
                     {"data": [one, {"index": 1, "embedding": [1.0]}]}, {"data": [one, {"index": 1, "embedding": [0, 0]}]},
                     {"data": [one, {"index": 1, "embedding": ["a", "b"]}]}):
            with self.subTest(body=body):
                self.llm.fault("text", text=json.dumps(body))
                done = self.command({"do": "embed", "texts": ["a", "b"]})
                self.assertIn("llm: unavailable: not an answer", done.err)

    def test_the_model_for_embeddings(self):
        self.configure('embedding-model = "scripted-1"', replaced={'\nmodel = "scripted-1"': '\nmodel = "chatty"'})
        self.assertEqual(len(self.embed(["a"])["vectors"]), 1)
        done = self.command({"do": "embed", "texts": ["a", ""]})
        self.assertIn("invalid", done.err)


if __name__ == "__main__":
    unittest.main()
