"""The integration anthropic: chats over Anthropic's Messages API, against a strict and scripted endpoint."""

import json
import unittest

from llm_support import KEY, SCHEMA, TOOL, LlmCase
from support import encodings


class AnthropicCase(LlmCase):
    KIND = "anthropic"


class Chat(AnthropicCase):
    def test_an_answer(self):
        self.llm.rule("hello", "Grüße — 你好", usage={"prompt": 20, "completion": 5, "cached": 8})
        answer = self.ask({"role": "system", "content": "Be brief."}, {"role": "system", "content": "Be kind."}, "hello")
        self.assertEqual(answer, {"content": "Grüße — 你好", "finish": "stop", "model": "scripted-1", "tool_calls": [],
                                  "logprobs": [], "usage": {"prompt": 20, "completion": 5, "cached": 8, "cost": None}})
        self.assertEqual(self.last_request(), {
            "model": "scripted-1", "system": "Be brief.\n\nBe kind.", "max_tokens": 4096, "stream": True,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]})
        headers = dict(self.llm.log[0]["headers"])
        self.assertEqual((headers["x-api-key"], headers["anthropic-version"]), (KEY, "2023-06-01"))
        [chat] = [r for r in self.done.records if r["function"] == "complete"]
        self.assertEqual(chat["result"]["ok"]["usage"]["cached-tokens"], 8)

    def test_without_streaming(self):
        self.configure("streaming = false\nmax-tokens = 77")
        self.llm.rule("", "whole", tool_calls=[{"name": "weather", "arguments": {"city": "Bonn"}}])
        answer = self.ask("hello", tools=[TOOL])
        self.assertEqual((answer["content"], answer["tool_calls"][0]["arguments"]), ("whole", '{"city":"Bonn"}'))
        self.assertNotIn("stream", self.last_request())
        self.assertEqual(self.last_request()["max_tokens"], 77)

    def test_all_options(self):
        self.llm.rule("", "x")
        self.ask("hello", temperature=0.7, top_p=0.9, max_tokens=50, seed=1, stop=["END"])
        request = self.last_request()
        self.assertEqual({name: request[name] for name in request if name not in ("messages", "stream")},
                         {"model": "scripted-1", "temperature": 0.7, "top_p": 0.9, "max_tokens": 50, "stop_sequences": ["END"]})

    def test_json_by_a_schema(self):
        self.llm.rule("", "@schema")
        answer = self.ask("how many?", schema=SCHEMA)
        self.assertEqual((answer["content"], answer["finish"], answer["tool_calls"]), ('{"count":0}', "stop", []))
        self.assertEqual(self.last_request()["tool_choice"],
                         {"type": "tool", "name": "answer", "disable_parallel_tool_use": True})
        self.assertEqual(self.ask("a list?", schema={"type": "array", "items": {"type": "integer"}, "minItems": 2})["content"],
                         "[0,0]")
        self.assertEqual(json.loads(self.ask("any", json_object=True)["content"]), {})

    def test_json_that_is_cut_or_none(self):
        self.llm.rule("cut", {"findings": ["a", "b", "c"]}, cut=True)
        answer = self.ask("cut", schema=SCHEMA)
        self.assertEqual((answer["finish"], answer["content"]), ("length", '{"findings": ['))
        self.llm.rule("broken", '{"count": 1')
        self.assertRegex(self.failure("broken", schema=SCHEMA), "^unavailable: .*JSON")
        # It says something instead of using the tool.
        self.llm.rule("stubborn", fault={"do": "text", "text": json.dumps(
            {"type": "message", "model": "scripted-1", "content": [{"type": "text", "text": "I won't."}],
             "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}})})
        self.assertRegex(self.failure("stubborn", schema=SCHEMA), "^unavailable: .*JSON")

    def test_json_beside_tools(self):
        self.llm.rule("Sunny", tool_calls=[{"name": "answer_", "arguments": {"count": 4}}])
        self.llm.rule("", tool_calls=[{"name": "weather", "arguments": {"city": "Bonn"}}])
        tools = [TOOL, {"name": "answer", "description": "", "parameters": "{}"}]
        answer = self.ask("weather?", schema=SCHEMA, tools=tools)
        self.assertEqual((answer["finish"], len(answer["tool_calls"])), ("tool-calls", 1))
        self.assertEqual(self.last_request()["tool_choice"], {"type": "any"})
        result = {"role": "tool", "content": "Sunny", "tool_call_id": answer["tool_calls"][0]["id"]}
        self.assertEqual(self.ask("weather?", {"role": "assistant", "tool_calls": answer["tool_calls"]}, result, schema=SCHEMA,
                                  tools=tools)["content"], '{"count":4}')

    def test_tools_there_and_back(self):
        self.llm.rule("Sunny", "It is sunny.")
        self.llm.rule("", "Let me see.", tool_calls=[{"name": "weather", "arguments": {"city": "Bonn"}},
                                                     {"name": "weather", "arguments": {}, "id": "2"}])
        answer = self.ask("weather?", tools=[TOOL], tool_choice="required")
        self.assertEqual([call["arguments"] for call in answer["tool_calls"]], ['{"city": "Bonn"}', "{}"])
        self.assertEqual((answer["content"], answer["finish"]), ("Let me see.", "tool-calls"))
        self.assertEqual(self.last_request()["tool_choice"], {"type": "any"})
        calls = [{**call, "id": f"call.{i}:ü"} for i, call in enumerate(answer["tool_calls"])]  # as others may have them
        turn = ["weather?", {"role": "assistant", "content": "Let me see.", "tool_calls": calls},
                *[{"role": "tool", "content": "Sunny", "tool_call_id": call["id"]} for call in calls], "And?"]
        self.assertEqual(self.ask(*turn, tools=[TOOL])["content"], "It is sunny.")
        self.assertEqual([block["type"] for block in self.last_request()["messages"][2]["content"]],
                         ["tool_result", "tool_result", "text"])
        # The tools are not offered any more.
        self.assertEqual(self.ask(*turn)["content"], "It is sunny.")
        self.assertEqual(self.last_request()["tool_choice"], {"type": "none"})

    def test_roles_in_any_order(self):
        self.llm.rule("", "well")
        chats = [["a", "b", {"role": "assistant", "content": "c"}, {"role": "assistant", "content": "d "}],
                 [{"role": "assistant", "content": "I begin."}, "a"], [{"role": "system", "content": "only"}],
                 ["a", {"role": "assistant", "content": "  "}, "", "b"], [" \n"]]
        for chat in chats:
            with self.subTest(chat=chat):
                self.assertEqual(self.ask(*chat)["content"], "well")  # the endpoint is strict about it

    def test_how_it_ended(self):
        self.llm.rule("cut", "1234567890", cut=True)
        self.llm.rule("filter", "no", finish="content_filter")
        self.assertEqual((self.ask("cut")["finish"], self.ask("filter")["finish"]), ("length", "content-filter"))

    def test_what_it_has_not(self):
        for options, why in (({"grammar": "root ::= \"a\""}, "grammar"), ({"logprobs": 1}, "log prob"), ({"schema": "[1"}, "schema"),
                             ({"tool_choice": "required"}, "tool")):
            with self.subTest(options=options):
                said = self.failure("hello", **options)
                self.assertTrue(said.startswith("invalid: "), said)
                self.assertIn(why, said)
        self.assertEqual(self.llm.log, [])

    def test_costs(self):
        self.configure('price-prompt = 3\nprice-cached = "0.30"\nprice-completion = 15')
        self.llm.rule("", "x", usage={"prompt": 1000, "completion": 100, "cached": 400})
        self.assertEqual(self.ask("hello")["usage"]["cost"], 600 * 3 + 120 + 100 * 15)

    def test_the_example_of_the_readme(self):
        self.assertIn("api.anthropic.com", self.check_example("ANTHROPIC_API_KEY"))


class Trouble(AnthropicCase):
    TEXT = "Ein Wort — and “quotes”, 你好 👋\nnew line"

    def setUp(self):
        super().setUp()
        self.llm.rule("", self.TEXT)

    def test_any_form_of_stream(self):
        for fault in ({"do": "pieces", "bytes": 1}, {"do": "line-ends", "end": "\r\n", "comments": True},
                      {"do": "line-ends", "end": "\r"}, {"do": "plain"}):
            with self.subTest(fault=fault):
                self.llm.fault(**fault)
                self.assertEqual(self.ask("hello")["content"], self.TEXT)

    def test_a_cut_stream(self):
        for kind in ("no-end", "cut-stream", "half", "drop"):
            with self.subTest(kind=kind):
                self.llm.log.clear()
                self.llm.fault(kind)
                self.assertEqual(self.ask("hello")["content"], self.TEXT)
                self.assertEqual(len(self.llm.log), 2)
        self.llm.fault("cut-stream", times=None, events=3)
        self.assertRegex(self.failure(), "unavailable: .*cut")

    def test_overloaded_in_the_middle(self):
        self.llm.fault("error-event", code="overloaded_error", message="Overloaded", times=3, events=4)
        self.assertEqual(self.ask("hello")["content"], self.TEXT)
        self.assertEqual(len(self.llm.log), 4)
        self.llm.fault("error-event", code="invalid_request_error", message="not this", times=None)
        self.assertRegex(self.failure(), "invalid: .*not this")

    def test_trouble_that_passes(self):
        for status, headers in ((529, {}), (500, {}), (429, {"retry-after": "1"})):
            with self.subTest(status=status):
                self.llm.fault("status", status=status, headers=headers)
                self.assertEqual(self.ask("hello")["content"], self.TEXT)
        self.configure("max-wait-seconds = 1")
        self.llm.fault("status", status=429, headers={"retry-after": "30"})
        self.assertEqual(self.failure(), "rate-limited: 30")

    def test_refusals(self):
        for status, kind in ((401, "refused"), (403, "refused"), (404, "invalid"), (400, "invalid"), (413, "context-too-long")):
            with self.subTest(status=status):
                self.llm.log.clear()
                self.llm.fault("status", status=status, message="because of this")
                said = self.failure()
                self.assertTrue(said.startswith(kind), said)
                self.assertEqual(len(self.llm.log), 1)
        self.llm.fault("status", status=400, message="Your credit balance is too low to access the Anthropic API.")
        self.assertRegex(self.failure(), "refused: .*credit")

    def test_a_prompt_that_is_too_long(self):
        self.llm.context = 1000
        self.assertEqual(self.failure("word " * 2000), "context-too-long: 2500 of 1000")
        self.llm.fault("status", status=400, message="input length and `max_tokens` exceed context limit: 188240 + 21333 > "
                                                     "200000, decrease input length or `max_tokens` and try again")
        self.assertEqual(self.failure(), "context-too-long: 209573 of 200000")

    def test_answers_that_are_none(self):
        for text in ("", "{}", "<html>", '{"type": "message", "content": 7', 'event: x\ndata: {"type"\n\n', "data: 1\n\n",
                     'data: {"type": "content_block_delta", "index": 4, "delta": {"type": "text_delta", "text": "x"}}\n\n'):
            with self.subTest(text=text):
                self.llm.fault("text", text=text)
                self.assertRegex(self.failure(), "^unavailable: ")

    def test_the_key_is_told_nowhere(self):
        self.llm.script.rules.clear()
        self.llm.rule("", lambda prompt: " ".join(encodings(KEY).values()))
        answer = self.ask("hello")
        for form, text in encodings(KEY).items():
            for place in (json.dumps(answer), self.done.trace, self.done.err, self.done.out):
                self.assertNotIn(text, place, form)


class Together(AnthropicCase):
    def test_each_answers_or_fails_alone(self):
        self.llm.rule("^number 3$", fault={"do": "status", "status": 529})
        self.llm.rule("", lambda prompt: f"to {prompt.last}")
        answers = self.answer({"do": "ask-all", "requests": [{"messages": [f"number {i}"]} for i in range(6)]})
        self.assertRegex(answers[3].get("error", ""), "unavailable: .*529")
        self.assertEqual([a.get("content") for a in answers], [None if i == 3 else f"to number {i}" for i in range(6)])


if __name__ == "__main__":
    unittest.main()
