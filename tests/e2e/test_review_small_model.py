"""`sluice review` with the packaged model, which cannot judge code: nothing of what it says is shown."""

import json
import unittest

from model_support import ModelCase
from support import RISKY

SWITCH = "sluice review --llm http://127.0.0.1:8080/v1 --llm-model NAME"


class SmallModel(ModelCase):
    def review(self, *arguments):
        done = self.sluice("review", "--diff", self.write("change.diff", RISKY), "--format", "json", *arguments,
                           "--set", "model-max-calls=3", env=self.home)
        self.assertEqual(done.returncode, 0, done.err)
        return json.loads(done.out), done.err

    def test_nothing_that_the_packaged_model_says_is_shown(self):
        review, err = self.review("--model", "smollm2")
        self.assertFalse(review["model"]["trusted"])
        self.assertEqual(review["model"]["summary"], "")
        self.assertEqual([r for r in review["risks"] if r["source"].startswith("model:")], [])
        self.assertIn("smollm2 is too small to review code", err)
        self.assertIn(SWITCH, err)

    def test_a_setting_says_otherwise(self):
        review, err = self.review("--model", "smollm2", "--set", "model-trust=full")
        self.assertTrue(review["model"]["trusted"])
        self.assertNotIn("too small", err)

    def test_a_model_that_nobody_has_is_blamed_on_the_option(self):
        done = self.sluice("review", "--diff", self.write("change.diff", RISKY), "--model", "nope", env=self.home)
        self.assertEqual(done.returncode, 2, done.err)
        self.assertIn("--model nope", done.err)
        self.assertIn("minilm, smollm2", done.err)
        self.assertNotIn("sluice.toml", done.err)


if __name__ == "__main__":
    unittest.main()
