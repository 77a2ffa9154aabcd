"""The integration openai: its key, what it is granted, its settings."""

import json
import unittest

from llm_support import KEY, LlmCase
from support import encodings


class Secret(LlmCase):
    def test_the_key_is_sent_and_told_nowhere(self):
        self.llm.rule("", lambda prompt: " ".join(encodings(KEY).values()))  # a server that says what it was told
        answer = self.ask("hello")
        self.assertEqual(dict(self.llm.log[0]["headers"])["authorization"], f"Bearer {KEY}")
        self.llm.fault("status", status=400, message=f"your key {KEY} is strange")
        said = self.failure()
        for form, text in encodings(KEY).items():
            for place in (json.dumps(answer), said, self.done.trace, self.done.err, self.done.out):
                self.assertNotIn(text, place, form)
        self.assertIn("[secret:model.key]", said)

    def test_a_wrong_key(self):
        done = self.command({"do": "ask", "messages": ["hello"]}, key="sk-another-key-0123456789")
        self.assertRegex(done.err, "refused: .*401.*check the secret `key`")
        self.assertNotIn("sk-another-key", done.err)

    def test_no_key(self):
        self.llm.key = None
        self.llm.rule("", "well")
        self.configure(replaced={'key-header = "authorization"\n': "", 'secrets.key = { env': '# secrets.key = { env'})
        self.assertEqual(self.ask("hello")["content"], "well")
        self.assertNotIn("authorization", dict(self.llm.log[0]["headers"]))
        self.llm.key = KEY
        self.assertRegex(self.failure(), "refused: .*no key was sent")

    def test_another_host(self):
        """The key goes nowhere but to its host, whatever the settings say."""
        self.configure(replaced={f'hosts = ["{self.llm.url.split("//")[1]}"]': 'hosts = ["localhost"]',
                                 "egress = [": 'egress = ["POST http://localhost/**", '})
        self.assertRegex(self.failure(), "^refused: .*secret `key`")
        self.assertEqual(self.llm.log, [])

    def test_an_address_that_is_not_granted(self):
        self.configure(replaced={"/v1/**": "/v2/**"})
        self.assertRegex(self.failure(), "^refused: ")
        self.assertEqual(self.llm.log, [])


class Settings(LlmCase):
    def test_wrong_ones_are_named(self):
        for setting in ('retries = 21', 'streaming = "maybe"', 'price-prompt = "2.5"', 'price-prompt = "x"', 'context-tokens = "many"',
                        'max-tokens-field = "tokens"', 'strict-schema = "perhaps"'):
            with self.subTest(setting=setting):
                self.configure(setting)
                said = self.failure()
                self.assertTrue(said.startswith("invalid: "), said)
                self.assertIn(setting.split(" ")[0], said)
        self.assertEqual(self.llm.log, [])

    def test_no_model(self):
        self.configure(replaced={'\nmodel = "scripted-1"\n': "\n"})
        self.assertRegex(self.failure(), "^invalid: no model")

    def test_the_example_of_the_readme(self):
        self.assertIn("api.openai.com", self.check_example("OPENAI_API_KEY"))


if __name__ == "__main__":
    unittest.main()
