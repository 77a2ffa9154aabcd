"""Tool calls through `sluice serve`, with a model whose own chat template knows of none."""

import json
import unittest

from serve_support import CHAT, ServeCase, chat, user

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city.", "strict": True,
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 30},
                                                    "unit": {"enum": ["C", "F"]}},
                   "required": ["city", "unit"], "additionalProperties": False}}}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {
    "type": "object", "properties": {"zone": {"type": "integer", "minimum": -12, "maximum": 12}}, "required": ["zone"]}}}
QUESTION = "What is the weather in Paris?"


class Tools(ServeCase):
    ARGUMENTS = ("--model", CHAT)

    def call(self, **fields):
        [choice] = self.chat(QUESTION, tools=[WEATHER, TIME], max_tokens=300, **fields)["choices"]
        return choice

    def check(self, calls):
        for call in calls:
            self.assertEqual(call["type"], "function")
            self.assertTrue(call["id"])
            arguments = json.loads(call["function"]["arguments"])
            if call["function"]["name"] == "get_weather":
                self.assertEqual(list(arguments), ["city", "unit"])
                self.assertIn(arguments["unit"], ("C", "F"))
            else:
                self.assertEqual(call["function"]["name"], "get_time")
                self.assertIn(arguments["zone"], range(-12, 13))
        self.assertEqual(len({call["id"] for call in calls}), len(calls))

    def test_a_call_is_required(self):
        choice = self.call(tool_choice="required")
        self.assertEqual((choice["finish_reason"], choice["message"]["content"]), ("tool_calls", None))
        self.check(choice["message"]["tool_calls"])

    def test_one_call_alone(self):
        for seed in range(4):
            choice = self.call(tool_choice="required", parallel_tool_calls=False, temperature=1, seed=seed)
            self.assertEqual(len(choice["message"]["tool_calls"]), 1)
            self.check(choice["message"]["tool_calls"])

    def test_a_function_by_name(self):
        named = {"type": "function", "function": {"name": "get_time"}}
        calls = self.call(tool_choice=named, parallel_tool_calls=False)["message"]["tool_calls"]
        self.assertEqual(calls[0]["function"]["name"], "get_time")
        self.check(calls)

    def test_a_model_that_is_free_to_call(self):
        choice = self.call(tool_choice="auto", stop=["\n\n\n\n"])
        if choice["finish_reason"] == "tool_calls":
            self.check(choice["message"]["tool_calls"])
        else:
            self.assertTrue(choice["message"]["content"])

    def test_no_call(self):
        choice = self.call(tool_choice="none")
        self.assertNotIn("tool_calls", choice["message"])
        self.assertEqual(choice["message"]["content"], self.said(QUESTION, max_tokens=300))

    def test_stream(self):
        body = chat(QUESTION, tools=[WEATHER], tool_choice="required", parallel_tool_calls=False, max_tokens=300)
        chunks = self.stream("chat/completions", body)
        calls = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
        self.assertEqual([call.pop("index") for call in calls], [0])
        self.check(calls)
        self.assertEqual(chunks[-1]["choices"][0]["finish_reason"], "tool_calls")
        self.assertEqual("".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks), "")

    def test_a_call_that_is_cut_off(self):
        choice = self.call(tool_choice="required")
        [cut] = self.chat(QUESTION, tools=[WEATHER, TIME], tool_choice="required", max_tokens=6)["choices"]
        self.assertEqual(cut["finish_reason"], "length")
        self.assertNotIn("tool_calls", cut["message"])
        self.assertTrue(cut["message"]["content"].startswith("{"), choice)

    def test_results(self):
        calls = self.call(tool_choice="required", parallel_tool_calls=False)["message"]["tool_calls"]
        turns = [user(QUESTION), {"role": "assistant", "content": None, "tool_calls": calls},
                 {"role": "tool", "tool_call_id": calls[0]["id"], "content": "It is 21 degrees and the sun shines."}]
        told = self.said(messages=turns, max_tokens=40)
        self.assertTrue(told)
        other = [*turns[:2], {**turns[2], "content": "It snows."}]
        self.assertNotEqual(self.said(messages=other, max_tokens=40), told)

    def test_schemas(self):
        def refused(parameters):
            tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
            return self.refused("chat/completions", chat(tools=[tool]), param="tools")

        self.assertIn("strange", refused({"type": "object", "properties": {"a": {"type": "strange"}}}))
        self.assertIn("minItems", refused({"type": "array", "items": {}, "minItems": 10**9}))


if __name__ == "__main__":
    unittest.main()
