"""The review bot on a pull request: what it posts, where, and how often."""

import re
import unittest

from support import (HARMLESS, HEAD, HEAD_2, MENDED, REPOSITORY, RISKY, TOKEN, BotCase, StandIn, description, diff,
                     github_manifest)


class Posting(BotCase):
    def setUp(self):
        super().setUp()
        self.up()

    def test_opened_makes_one_summary_and_one_review(self):
        self.deliver_and_wait()
        self.assertEqual(len(self.summaries()), 1)
        self.assertEqual(len(self.pull["reviews"]), 1)
        self.assertGreaterEqual(len(self.inline()), 1)
        files = {f["filename"]: diff.anchors(f["patch"]) for f in self.pull["files"]}
        for comment in self.inline():
            self.assertIn((comment["side"], comment["line"]), files[comment["path"]])
            self.assertEqual(comment["commit_id"], HEAD)
        self.assert_no_batch_refused()
        body = self.summaries()[0]["body"]
        self.assertIn("app/fetch.py", body)
        self.assertIn("docs/fetch.md", body)

    def test_all_requests_are_as_github_wants_them(self):
        self.deliver_and_wait()
        self.assertGreater(len(self.github.log), 3)
        for entry in self.github.log:
            headers = dict(entry["headers"])
            self.assertEqual(headers["authorization"], f"Bearer {TOKEN}")
            self.assertTrue(headers["user-agent"])
            self.assertEqual(headers["x-github-api-version"], "2022-11-28")
            self.assertIn("application/vnd.github+json", headers["accept"])
            self.assertTrue(entry["path"] == "/user" or entry["path"].startswith(f"/repos/{REPOSITORY}/"), entry)

    def test_other_actions_that_ask_for_a_review(self):
        for count, name in enumerate(("pull_request.reopened", "pull_request.ready_for_review"), 1):
            self.github.push(REPOSITORY, 7, f"{count:040x}")
            self.deliver_and_wait(name)
            self.assertEqual(len(self.summaries()), 1, name)
            self.assertEqual(len(self.summaries()[0]["edits"]), count - 1, name)

    def test_a_push_updates_the_summary_and_repeats_no_inline_comment(self):
        self.deliver_and_wait()
        first = self.summaries()[0]
        bodies = [comment["body"] for comment in self.inline()]
        self.github.push(REPOSITORY, 7, HEAD_2, diff=MENDED)
        self.deliver_and_wait("pull_request.synchronize")
        self.assertEqual([c["id"] for c in self.summaries()], [first["id"]])
        self.assertEqual(len(self.summaries()[0]["edits"]), 1)
        self.assertEqual([c["body"] for c in self.inline()], bodies)

    def test_a_push_with_something_new_adds_only_that(self):
        self.github.push(REPOSITORY, 7, HEAD, diff=HARMLESS)
        self.deliver_and_wait()
        self.assertEqual(self.inline(), [])
        self.github.push(REPOSITORY, 7, HEAD_2, diff=RISKY)
        self.deliver_and_wait("pull_request.synchronize")
        self.assertGreaterEqual(len(self.inline()), 1)
        self.assertEqual(len(self.summaries()), 1)

    def test_a_redelivery_does_nothing(self):
        delivery = self.deliver_and_wait()
        posted = len(self.writes())
        self.assertEqual(self.github.redeliver(delivery)["status"], 202)
        self.wait_idle()
        self.assertEqual(self.runs_ended(), 1)
        self.assertEqual(len(self.writes()), posted)

    def test_the_same_commit_is_not_reviewed_twice(self):
        """Two deliveries for one commit, as GitHub sends them when a pull request is opened from a draft."""
        self.deliver_and_wait()
        posted = len(self.writes())
        self.deliver_and_wait("pull_request.ready_for_review")
        self.assertEqual(len(self.writes()), posted)

    def test_many_deliveries_at_once_make_one_summary(self):
        before = self.runs_ended()
        for _ in range(5):
            self.deliver()
        self.wait_for(lambda: self.runs_ended() >= before + 5, "five runs")
        self.assertEqual(len(self.summaries()), 1)
        places = [(c["path"], c["side"], c["line"], c["body"]) for c in self.inline()]
        self.assertEqual(len(places), len(set(places)))

    def test_closed_pull_requests_are_left_alone(self):
        self.deliver_and_wait("pull_request.closed")
        self.assertEqual(self.writes(), [])

    def test_drafts_are_left_alone(self):
        self.pull["draft"] = True
        delivery = self.deliver()
        self.wait_for(lambda: "run ended" in self.server.text(), "the run's end in the log")
        self.assertEqual(self.writes(), [])
        [line] = [line for line in self.server.text().splitlines() if "run ended" in line]
        self.assertIn(delivery, line)
        self.assertIn("draft", line)

    def test_a_pull_request_without_description_and_author(self):
        self.pull.update({"body": None, "user": None})
        self.deliver_and_wait("pull_request.opened.null-body")
        self.assertEqual(len(self.summaries()), 1)

    def test_somebody_elses_comment_is_never_taken_for_ours(self):
        self.deliver_and_wait()
        ours = self.summaries()[0]["body"]
        self.github.push(REPOSITORY, 7, HEAD_2, diff=MENDED)
        self.pull["comments"].clear()
        with self.github.state.lock:
            copied = self.github.state.add_comment(self.pull, "bob", ours)
        self.deliver_and_wait("pull_request.synchronize")
        self.assertEqual((copied["body"], copied["edits"]), (ours, []))
        self.assertEqual(len(self.summaries()), 1)

    def test_what_others_wrote_cannot_speak_through_the_bot(self):
        hostile = RISKY.replace("# The end.", "# @everyone fixes #1 <img src=x onerror=alert(1)>").replace(
            "docs/fetch.md", "docs/@team `x` ![i](http://203.0.113.9/p.png).md")
        self.github.push(REPOSITORY, 7, HEAD_2, diff=hostile)
        self.pull["title"] = "closes #2 @everyone ![i](http://203.0.113.9/t.png) <script>x</script>"
        self.deliver_and_wait()
        for text in [c["body"] for c in self.summaries() + self.inline()] + [r["body"] for r in self.pull["reviews"]]:
            plain = re.sub(r"(`+).*?\1", "", text, flags=re.S)
            self.assertNotRegex(plain, r"(?<![\w`])@(everyone|team)\b")
            self.assertNotRegex(plain, r"(?i)\b(close[sd]?|fix(e[sd])?|resolve[sd]?)\s+#\d")
            self.assertNotIn("](http://203.0.113.9", plain)
            self.assertNotRegex(plain, r"<(img|script)")


class Commands(BotCase):
    def setUp(self):
        super().setUp()
        self.up()

    def comment(self, text, sender, **changes):
        self.deliver_and_wait("issue_comment.created", comment=text, sender=sender, **changes)

    def test_by_somebody_with_write_access(self):
        self.comment("/review", "alice")
        self.assertEqual(len(self.summaries()), 1)

    def test_again_on_the_same_commit(self):
        self.deliver_and_wait()
        before = len(self.inline())
        self.comment("/review please", "alice")
        self.assertEqual((len(self.summaries()), len(self.inline())), (1, before))

    def test_by_a_reader(self):
        self.comment("/review", "bob")
        self.assertEqual(self.writes(), [])
        self.assertTrue(self.github.requests("GET", "/collaborators/bob/permission"))

    def test_by_a_stranger(self):
        self.comment("/review", "mallory")
        self.assertEqual(self.writes(), [])

    def test_by_a_bot_with_every_permission(self):
        self.comment("/review", "helper[bot]")
        self.assertEqual(self.github.log, [])

    def test_other_comments(self):
        for text in ("Looks good", "please do /review", "/reviewer", "> /review"):
            self.comment(text, "alice")
        self.assertEqual(self.writes(), [])

    def test_on_an_issue(self):
        self.comment("/review", "alice", on_issue=True)
        self.assertEqual(self.github.log, [])


class Other(BotCase):
    def test_an_apps_token_with_bot_login(self):
        known = description()
        known["tokens"] = {TOKEN: {"login": "my-app[bot]", "kind": "installation", "repositories": [REPOSITORY],
                                   "permissions": {"pull_requests": "write", "contents": "read", "metadata": "read"}}}
        self.github.stop()
        self.github = StandIn(known).start()
        manifest = github_manifest(self.github.url)
        manifest.setting("integration.github.config", "bot-login", '"my-app[bot]"')
        self.up(manifest)
        self.deliver_and_wait()
        self.github.push(REPOSITORY, 7, HEAD_2, diff=MENDED)
        self.deliver_and_wait("pull_request.synchronize")
        own = [c for c in self.pull["comments"] if c["user"] == "my-app[bot]"]
        self.assertEqual((len(own), len(own[0]["edits"])), (1, 1))

    def test_hundreds_of_files_and_comments_over_many_pages(self):
        with self.github.state.lock:
            for number in range(150):
                self.github.state.add_comment(self.pull, "bob", f"comment {number}")
        many = "".join(HARMLESS.replace("docs/a.md", f"docs/{n}.md") for n in range(230))
        self.github.push(REPOSITORY, 7, HEAD, diff=many)
        self.up()
        self.deliver_and_wait()
        self.assertIn("docs/229.md", self.summaries()[0]["body"] + str([e["query"] for e in self.github.log]))
        self.assertEqual({e["query"].get("page") for e in self.github.requests("GET", "/pulls/7/files")},
                         {"1", "2", "3"})
        self.github.push(REPOSITORY, 7, HEAD_2, diff=many)
        self.deliver_and_wait("pull_request.synchronize")
        self.assertEqual(len(self.summaries()), 1)

    def test_under_the_path_of_github_enterprise(self):
        self.up(github_manifest(self.github.url + "/api/v3"))
        self.deliver_and_wait()
        self.assertEqual(len(self.summaries()), 1)
        self.assertTrue(all(entry["path"].startswith("/api/v3/") for entry in self.github.log))

    def test_unchanged_answers_are_asked_for_on_a_condition(self):
        self.up()
        for name in ("pull_request.opened", "pull_request.ready_for_review", "pull_request.reopened"):
            self.deliver_and_wait(name)
        seen = [(e["path"], e["status"], dict(e["headers"]).get("if-none-match")) for e in self.github.log]
        self.assertIn(304, [status for _, status, _ in seen], seen)


if __name__ == "__main__":
    unittest.main()
