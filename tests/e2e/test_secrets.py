"""A secret goes to its host in its header, and nowhere else in any form."""

import base64
import json
import unittest
import urllib.parse

from support import HEAD_2, HOOK_SECRET, MENDED, TOKEN, BotCase, encodings


class Markers(BotCase):
    def assert_nowhere(self, places):
        for secret in (TOKEN, HOOK_SECRET):
            for form, text in encodings(secret).items():
                for place, content in places.items():
                    self.assertNotIn(text, content, f"the secret ({form}) is in {place}")

    def everything_that_is_told(self):
        told = {"/metrics": self.server.get("/metrics")[1]}
        self.server.stop()
        told["the log"] = self.server.text()
        told["the trace"] = self.trace.read_text()
        told["GitHub's state"] = json.dumps(self.github.state.repositories)
        told["requests"] = json.dumps([[e["path"], e["query"], e["body"],
                                        [h for h in e["headers"] if h[0] != "authorization"]] for e in self.github.log])
        return told

    def test_after_ordinary_work(self):
        self.up()
        self.deliver_and_wait()
        self.github.push("octo/app", 7, HEAD_2, diff=MENDED)
        self.deliver_and_wait("pull_request.synchronize")
        told = self.everything_that_is_told()
        self.assertTrue(self.github.log)
        for entry in self.github.log:
            self.assertEqual(dict(entry["headers"])["authorization"], f"Bearer {TOKEN}")
        self.assertIn("/pulls/7", told["the trace"])
        self.assert_nowhere(told)

    def test_when_answers_echo_it(self):
        """An error, a title, a file and a comment that repeat the token in every encoding."""
        echo = " ".join([TOKEN, base64.b64encode(TOKEN.encode()).decode(), TOKEN.encode().hex(),
                         base64.b64encode(f"Bearer {TOKEN}".encode()).decode(), urllib.parse.quote(TOKEN, safe="")])
        self.up()
        self.pull["title"] = echo
        self.github.control({"faults": [{"do": "status", "match": {"path": "/files"}, "status": 403,
                                         "body": {"message": echo}, "headers": {"x-echo": echo}}]})
        self.deliver_and_wait()
        with self.github.state.lock:
            self.github.state.add_comment(self.pull, "bob", echo)
            self.pull["files"][0]["patch"] += f"\n+ token = '{TOKEN}'\n+ {echo}"
            self.pull["files"][0]["patch"] = self.pull["files"][0]["patch"].replace("+1,14", "+1,16")
        self.deliver_and_wait("pull_request.reopened")
        posted = {f"comment {c['id']}": c["body"] for c in self.summaries() + self.inline()}
        self.assertTrue(posted)
        told = self.everything_that_is_told()
        told.pop("GitHub's state")  # it holds the echo itself
        self.assertIn("[secret:", told["the trace"], "the echoes did not come by")
        self.assert_nowhere({**told, **posted})

    def test_bad_deliveries_do_not_tell_the_webhooks_secret(self):
        self.up()
        self.assertEqual(self.github.deliver(self.server.hook(), "pull_request.opened", "octo/app", 7, "x")["status"],
                         401)
        self.assert_nowhere({"the log": self.server.text()})
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
