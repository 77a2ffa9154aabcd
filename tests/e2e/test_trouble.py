"""The review bot when GitHub is in trouble: limits, errors, slow and broken answers, redirects."""

import unittest

from support import HEAD_2, MENDED, BotCase, StandIn, github_manifest

COMMENTS = r"/issues/7/comments$"


class Trouble(BotCase):
    def setUp(self):
        super().setUp()
        manifest = github_manifest(self.github.url)
        manifest.setting("integration.github", "timeout-s", "5")
        manifest.setting("integration.github", "response-bytes", "2000000")
        manifest.setting("integration.github.config", "max-wait-seconds", "5")
        self.up(manifest)

    def fault(self, do, method="GET", path="", **more):
        self.github.control({"faults": [{"do": do, "match": {"method": method, "path": path}, **more}]})

    def hits(self):
        return len([entry for entry in self.github.log if entry["fault"]])

    def assert_reviewed_once(self, hits):
        """One summary, each inline comment once, whatever went wrong meanwhile (which it did `hits` times)."""
        self.wait_for(self.summaries, f"the summary:\n{self.server.text()}")
        self.wait_idle()
        self.assertEqual(self.hits(), hits)
        self.assertEqual(len(self.summaries()), 1)
        bodies = [comment["body"] for comment in self.inline()]
        self.assertGreaterEqual(len(bodies), 1)
        self.assertEqual(len(bodies), len(set(bodies)))

    def test_secondary_limit_of_a_read(self):
        self.fault("secondary-limit", path="/files", retry_after=1)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_secondary_limit_of_writes(self):
        self.fault("secondary-limit", method="POST", retry_after=1, status=429, times=2)
        self.deliver()
        self.assert_reviewed_once(hits=2)

    def test_primary_limit(self):
        self.fault("primary-limit", path="/pulls/7$", reset_in=1)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_a_limit_that_is_far_away_posts_nothing_and_holds_nothing_up(self):
        self.fault("secondary-limit", retry_after=3600, times=None)
        self.deliver()
        self.wait_for(lambda: "rate limit" in self.server.text(), "a word on the rate limit")
        self.assertEqual(self.server.get("/healthz")[0], 200)
        self.server.stop()
        self.assertEqual(self.writes(), [])

    def test_5xx_of_reads(self):
        self.fault("status", status=502, times=3)
        self.deliver()
        self.assert_reviewed_once(hits=3)

    def test_5xx_of_a_write(self):
        self.fault("status", method="POST", path=COMMENTS, status=503)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_a_write_that_happened_but_was_not_answered(self):
        self.fault("drop", method="POST", path=COMMENTS, after=True)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_a_review_that_happened_but_was_not_answered(self):
        self.fault("drop", method="POST", path="/reviews$", after=True)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_slow_answers(self):
        self.fault("slow", seconds=1, times=2)
        self.deliver()
        self.assert_reviewed_once(hits=2)

    def test_no_answer(self):
        self.fault("hang", path="/files", seconds=600)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_broken_answers(self):
        self.github.control({"faults": [{"do": do, "match": {"method": "GET"}} for do in ("half", "drop", "garbage")]})
        self.deliver()
        self.assert_reviewed_once(hits=3)

    def test_half_an_answer_to_a_write(self):
        self.fault("half", method="POST", path=COMMENTS)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_html(self):
        for status in (200, 502):
            self.fault("html", path="/files", status=status)
        self.deliver()
        self.assert_reviewed_once(hits=1)

    def test_answers_of_another_shape(self):
        for path, body in (("/pulls/7$", []), ("/pulls/7$", {"number": "7"}), ("/files", {"message": "hello"}),
                           (COMMENTS, [{"id": -1}]), ("/files", "[" * 100_000)):
            before = len(self.github.log)
            self.fault("status", path=path, status=200, body=body)
            self.github.push("octo/app", 7, f"{before:040x}")
            self.deliver("pull_request.synchronize")
            self.wait_for(lambda: self.hits() and f"{before:040x}" in str([c["body"] for c in self.summaries()]),
                          f"the review after {str(body)[:40]}:\n{self.server.text()}")
        self.assertEqual(len(self.summaries()), 1)

    def test_a_huge_answer(self):
        self.fault("huge", path="/files", bytes=3_000_000, times=None)
        self.deliver()
        self.wait_for(lambda: "larger than" in self.server.text() or "too large" in self.server.text(),
                      "a word on the size")
        self.assertEqual(self.writes(), [])

    def test_redirects_are_not_followed(self):
        with StandIn({}) as elsewhere:
            for status in (301, 302, 307, 308):
                for location in (elsewhere.url + "/user", "http://169.254.169.254/latest/meta-data",
                                 "http://[::1]:1/", "file:///etc/passwd", "//10.0.0.1/"):
                    self.fault("redirect", path="/pulls/7$", status=status, location=location)
                    before = self.hits()
                    self.deliver()
                    self.wait_for(lambda: self.hits() > before, f"the redirect {status} to {location}")
            self.wait_for(lambda: "redirect" in self.server.text(), "a word on the redirect")
            self.server.stop()
            self.assertEqual(elsewhere.log, [])

    def test_refused_by_github(self):
        for status, says in ((401, "Bad credentials"), (403, "Resource not accessible"), (422, "Validation Failed")):
            self.fault("status", path="/pulls/7$", status=status, body={"message": says})
            self.deliver()
            self.wait_for(lambda: says in self.server.text(), says)
        self.wait_idle()
        self.assertEqual(self.writes(), [])

    def test_a_batch_that_is_refused_is_not_lost(self):
        """Should GitHub refuse the anchors all the same, the findings stand in the summary."""
        self.fault("status", method="POST", path="/reviews$", status=422, times=None, body={
            "message": "Unprocessable Entity", "errors": ["Pull request review thread line must be part of the diff"]})
        self.deliver()
        self.wait_for(self.summaries, "the summary")
        self.wait_idle()
        self.assertEqual(self.hits(), 1)
        self.assertIn("eval(expression)", self.summaries()[0]["body"])

    def test_a_summary_that_was_deleted_is_made_again(self):
        self.deliver_and_wait()
        with self.github.state.lock:
            self.pull["comments"].clear()
        self.github.push("octo/app", 7, HEAD_2, diff=MENDED)
        self.deliver_and_wait("pull_request.synchronize")
        self.assertEqual(len(self.summaries()), 1)


class Gone(BotCase):
    def test_nobody_listens(self):
        self.up()
        self.github.stop()
        self.deliver()
        self.wait_for(lambda: "GET /repos/octo/app" in self.server.text(), "a word on the broken connection")
        self.assertEqual(self.server.get("/healthz")[0], 200)

    def test_github_comes_back(self):
        self.up()
        port = int(self.github.url.rsplit(":", 1)[1])
        self.github.stop()
        self.deliver()
        self.wait_for(lambda: "GET /repos/octo/app" in self.server.text(), "a word on the broken connection")
        kept = self.github
        self.github = StandIn({}, port)
        self.github.state = self.github.rest.state = kept.state
        self.github.start()
        self.addCleanup(self.github.stop)
        self.wait_for(self.summaries, f"the summary:\n{self.server.text()}")

    def test_what_is_not_granted_is_refused_and_recorded(self):
        manifest = github_manifest(self.github.url)
        kept = [line for line in manifest.text.split("\n") if "/files" not in line]
        self.assertLess(len(kept), len(manifest.text.split("\n")), "the manifest grants /files on no line of its own")
        manifest.text = "\n".join(kept)
        self.up(manifest)
        self.deliver_and_wait()
        self.wait_idle()
        self.assertEqual(self.github.requests("GET", "/files"), [])
        self.assertEqual(self.writes(), [])
        self.assertRegex(self.trace.read_text(), r"refused[^\n]*/files|/files[^\n]*refused")


if __name__ == "__main__":
    unittest.main()
