"""`sluice:llm` answered by a model of this machine: a guest's links lead to `model:NAME`."""

import json
import shutil
import unittest

from llm_support import COMPONENTS, LINKS, SCHEMA, TOOL
from serve_support import CHAT, EMBEDDER, NUMBERS, model_file
from support import HOOK_SECRET, Case, Server, webhooks

MANIFEST = """
[app]
name = "ask"

[function.ask]
component = "commandable-llm.wasm"
[function.ask.links]
"sluice:llm/chat" = CHAT_LINK
"sluice:llm/embeddings" = "model:minilm"
"wasi:random/random" = "random"
"sluice:kv/store" = "kv"
LINKS

[model.local]
catalogue = "smollm2"
context-tokens = 256
"""
TRIGGER = """
[trigger.hook]
kind = "github"
secret = { env = "GITHUB_WEBHOOK_SECRET" }
events = ["ping"]
function = "ask"
"""
GREEDY = {"temperature": 0.0, "max_tokens": 12}


class Local(Case):
    def setUp(self):
        super().setUp()
        self.app = self.folder / "app"
        self.app.mkdir()
        shutil.copy(COMPONENTS / "commandable-llm.wasm", self.app)
        self.configure()

    def problem(self, **replaced):
        self.configure(**replaced)
        done = self.sluice("check", self.app, env={"XDG_DATA_HOME": str(self.folder / "data")})
        self.assertEqual(done.returncode, 2, done.out)
        return done.out + done.err

    def test_what_cannot_work_is_told_before_anything_runs(self):
        self.assertIn("it embeds texts and does not chat", self.problem(link='"model:minilm"'))
        self.assertIn("it needs", self.problem(**{"context-tokens = 256": "context-tokens = 256\nmemory-mib = 16"}))
        self.configure(**{'"sluice:llm/embeddings" = "model:minilm"': '"sluice:llm/embeddings" = "model:local"'})
        done = self.sluice("check", self.app)
        self.assertIn("it chats and does not embed texts", done.out + done.err)

    def configure(self, link='"model:local"', **replaced):
        text = MANIFEST.replace("CHAT_LINK", link).replace("LINKS", LINKS)
        for old, new in replaced.items():
            text = text.replace(old.replace("_", "-"), new)
        self.write("app/sluice.toml", text)

    def command(self, command):
        trace = self.folder / "trace.jsonl"
        trace.unlink(missing_ok=True)
        done = self.sluice("invoke", self.app, "--data-file", "-", "--trace", trace, input=json.dumps(command),
                           env={"XDG_DATA_HOME": str(self.folder / "data")})
        done.records = [json.loads(line) for line in trace.read_text().splitlines()] if trace.exists() else []
        return done

    def answer(self, command):
        self.done = self.command(command)
        self.assertEqual(self.done.returncode, 0, self.done.err)
        return json.loads(self.done.out)

    def ask(self, *messages, **options):
        return self.answer({"do": "ask", "messages": list(messages), "options": {**GREEDY, **options}})

    def failure(self, command):
        self.done = self.command(command)
        self.assertEqual(self.done.returncode, 1, (self.done.out, self.done.err))
        return self.done.err

    def records(self, function):
        return [record for record in self.done.records if record["function"] == function]

    def test_a_chat_and_its_record(self):
        answer = self.ask("Count: one, two, three,")
        self.assertTrue(answer["content"])
        self.assertEqual((answer["finish"], answer["model"]), ("length", "local"))
        usage = answer["usage"]
        self.assertEqual((usage["completion"], usage["cost"]), (12, None))
        self.assertGreater(usage["prompt"], 10)
        [record] = self.records("complete")
        self.assertEqual((record["to"], record["outcome"], record["caller"]), ("model local", "answered", "function ask"))
        self.assertEqual((record["tokens"]["prompt"], record["tokens"]["completion"]), (usage["prompt"], 12))
        self.assertEqual(record["result"]["ok"]["message"]["content"], answer["content"])
        self.assertEqual(record["arguments"]["messages"][0]["content"], "Count: one, two, three,")

    def test_a_model_of_the_catalogue_without_a_section(self):
        self.configure(f'"model:{CHAT}"')
        self.assertEqual(self.ask("Hi")["model"], CHAT)

    def test_a_model_by_its_file(self):
        file = model_file(CHAT)
        self.configure(**{'catalogue = "smollm2"': f'backend = "ggml"\npath = "{file}"\nsha256 = "{"0" * 64}"'})
        done = self.command({"do": "describe"})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("sha256", done.err)

    def test_forms_tools_and_options(self):
        said = self.ask("How many?", schema=SCHEMA, max_tokens=200)
        self.assertIsInstance(json.loads(said["content"])["count"], int)
        self.assertIn(self.ask("Well?", grammar='root ::= "yes" | "no"')["content"], ("yes", "no"))
        called = self.ask("The weather in Rome?", tools=[TOOL], tool_choice="required", max_tokens=220)
        self.assertEqual(called["finish"], "tool-calls", called)
        for call in called["tool_calls"]:
            self.assertEqual(call["name"], "weather")
            self.assertIn("city", json.loads(call["arguments"]))
        drawn = [self.ask("A story.", temperature=1.5, seed=seed)["content"] for seed in (5, 5, 6)]
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(drawn[0], drawn[2])
        logprobs = self.ask("Hi", logprobs=2)["logprobs"]
        self.assertEqual([len(token["top"]) for token in logprobs], [2] * len(logprobs))

    def test_many_at_once(self):
        requests = [{"messages": [f"Say {n}."], "options": {**GREEDY, "grammar": f'root ::= "number {n}"'}} for n in range(16)]
        answers = self.answer({"do": "ask-all", "requests": requests})
        self.assertEqual([one["content"] for one in answers], [f"number {n}" for n in range(16)])
        [record] = self.records("complete-all")
        self.assertEqual(record["tokens"]["completion"], sum(one["usage"]["completion"] for one in answers))

    def test_embeddings_counts_and_what_it_is(self):
        embedded = self.answer({"do": "embed", "texts": ["a cat", "a kitten", "a tax"]})
        vectors = embedded["vectors"] if isinstance(embedded, dict) else embedded
        self.assertEqual([len(vector) for vector in vectors], [NUMBERS] * 3)
        self.assertEqual(self.records("embed")[0]["to"], f"model {EMBEDDER}")
        self.assertEqual(self.answer({"do": "count", "texts": ["", "one two three"]})[0], 0)
        self.assertEqual(self.answer({"do": "describe"}),
                         {"name": "local", "context_tokens": 256, "local": True, "exact_counts": True})

    def test_the_budget_of_tokens(self):
        self.configure('{ to = "model:local", budget = { tokens = 100 } }')
        ask = {"do": "ask", "messages": ["Hi"], "options": {**GREEDY, "max_tokens": 30}}
        self.assertIn("100", self.failure({"do": "sequence", "steps": [ask] * 10}))
        outcomes = [record["outcome"] for record in self.records("complete")]
        self.assertEqual(outcomes[-1], "refused")
        self.assertGreater(len(outcomes), 1)
        self.assertEqual(set(outcomes[:-1]), {"answered"})
        self.assertIn("tokens", self.records("complete")[-1]["error"])

    def test_errors(self):
        def said(**command):
            return self.failure({"do": "ask", "messages": ["Hi"], **command})

        self.assertRegex(said(messages=["word " * 400]), r"context-too-long: 4\d\d of 256")
        self.assertIn("invalid: ", said(options={"grammar": "root ::= ("}))
        self.assertIn("invalid: ", said(options={"schema": {"type": "strange"}}))
        self.assertIn("invalid: ", said(options={"temperature": -1}))
        self.assertIn("local", said(options={"model": "gpt-9"}))
        self.assertIn("invalid: ", said(messages=[]))

    def test_links_that_lead_nowhere(self):
        self.configure('"model:gpt-9"')
        done = self.command({"do": "describe"})
        self.assertEqual(done.returncode, 2, done.err)
        self.assertIn("gpt-9", done.err)
        self.assertIn("sluice.toml:", done.err)

    def test_a_run_that_ends_takes_its_requests_along(self):
        self.configure(**{"[function.ask.links]": "limits = { time-limit-s = 2 }\n[function.ask.links]",
                          "context-tokens = 256": "context-tokens = 8192"})
        done = self.command({"do": "ask", "messages": ["Write."], "options": {"max_tokens": 8000, "grammar": 'root ::= "a"{8000}'}})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("time", done.err)

    def test_events_start_runs_that_share_it(self):
        self.write("app/sluice.toml", (self.app / "sluice.toml").read_text() + TRIGGER)
        trace = self.folder / "trace.jsonl"
        server = Server(self, self.app, "--trace", trace, env={"XDG_DATA_HOME": str(self.folder / "data")})
        for n in range(8):
            body = {"do": "ask", "messages": [f"Say {n}."], "options": {**GREEDY, "grammar": f'root ::= "number {n}"'}}
            answer = webhooks.send(server.hook("ask", "hook"), "ping", json.dumps(body).encode(), HOOK_SECRET)
            self.assertEqual(answer["status"], 202, answer)
        self.wait_for(lambda: trace.exists() and trace.read_text().count('"function":"complete"') == 8, "eight answers")
        self.assertEqual(server.stop(), 0, server.text())
        records = [json.loads(line) for line in trace.read_text().splitlines()]
        chats = [record for record in records if record["function"] == "complete"]
        self.assertEqual({record["to"] for record in chats}, {"model local"})
        self.assertEqual(len({record["run"] for record in chats}), 8)
        for record in chats:
            asked = record["arguments"]["messages"][0]["content"]
            said = record["result"]["ok"]["message"]["content"]
            self.assertEqual(said, "number " + asked.removeprefix("Say ").removesuffix("."))


if __name__ == "__main__":
    unittest.main()
