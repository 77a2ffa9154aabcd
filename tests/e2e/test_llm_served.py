"""One question, three ways, chosen by the manifest alone: `model:NAME`, and `openai.wasm` with `sluice serve` behind it."""

import json
import shutil
import unittest

from llm_support import COMPONENTS, SCHEMA, TOOL, manifest
from serve_support import CHAT, NUMBERS, Served, model_file
from support import Case

KEY = "served-key-0123456789"
OPTIONS = {"temperature": 0.0, "max_tokens": 24, "seed": 4}


class ServedModel(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.served = Served("--model", f"{CHAT}={model_file(CHAT)}", "--model", f"minilm={model_file('minilm')}",
                            "--api-key-env", "SERVED_KEY", env={"SERVED_KEY": KEY})
        cls.addClassCleanup(cls.served.stop)

    def command(self, command, config="", key=KEY):
        app = self.folder / "app"
        app.mkdir(exist_ok=True)
        for component in ("commandable-llm.wasm", "openai.wasm"):
            shutil.copy(COMPONENTS / component, app)
        text = manifest("openai", "commandable-llm", f"http://{self.served.address}", config)
        self.write("app/sluice.toml", text.replace('model = "scripted-1"', f'model = "{CHAT}"'))
        return self.sluice("invoke", app, "--data-file", "-", input=json.dumps(command),
                           env={"MODEL_KEY": key, "XDG_DATA_HOME": str(self.folder / "data")})

    def answer(self, command, config=""):
        done = self.command(command, config)
        self.assertEqual(done.returncode, 0, (done.out, done.err))
        return json.loads(done.out)

    def ask(self, text, config="", **options):
        return self.answer({"do": "ask", "messages": [text], "options": {**OPTIONS, **options}}, config)

    def test_the_same_answer_as_by_http(self):
        said = self.ask("Name three rivers.")
        plain = self.ask("Name three rivers.", "streaming = false")
        status, answer = self.served.post("chat/completions", {
            "model": CHAT, "messages": [{"role": "user", "content": "Name three rivers."}], **OPTIONS},
            Authorization=f"Bearer {KEY}")
        self.assertEqual(status, 200, answer)
        self.assertEqual(said["content"], answer["choices"][0]["message"]["content"])
        self.assertEqual(plain["content"], said["content"])
        self.assertEqual(said["usage"]["prompt"], answer["usage"]["prompt_tokens"])
        self.assertEqual((said["model"], said["finish"]), (CHAT, "length"))

    def test_forms_tools_and_embeddings(self):
        self.assertIsInstance(json.loads(self.ask("How many?", schema=SCHEMA, max_tokens=200)["content"])["count"], int)
        called = self.ask("The weather in Rome?", tools=[TOOL], tool_choice="required", max_tokens=220)
        self.assertEqual({call["name"] for call in called["tool_calls"]}, {"weather"})
        embedded = self.answer({"do": "embed", "texts": ["a cat", "a tax"]}, 'embedding-model = "minilm"')
        vectors = embedded["vectors"] if isinstance(embedded, dict) else embedded
        self.assertEqual([len(vector) for vector in vectors], [NUMBERS] * 2)

    def test_what_goes_wrong_is_told(self):
        done = self.command({"do": "ask", "messages": ["Hello"], "options": OPTIONS}, key="another-key-0000")
        self.assertEqual(done.returncode, 1)
        self.assertIn("401", done.err)
        self.assertNotIn("another-key-0000", done.err + done.out)
        long = "word " * 9000
        done = self.command({"do": "ask", "messages": [long], "options": OPTIONS})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.err, r"context")


if __name__ == "__main__":
    unittest.main()
