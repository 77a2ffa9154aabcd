"""The stand-in for GitHub is itself tested: an end-to-end test is worth only as much as its strictness."""

import http.client
import json
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from standin import diff, webhooks
from standin.github import StandIn

PATCH = """diff --git a/src/a.c b/src/a.c
index 1..2 100644
--- a/src/a.c
+++ b/src/a.c
@@ -1,4 +1,4 @@ int f(void)
 one
-two
+zwei
 three
 four
@@ -20,2 +20,3 @@
 twenty
+new
 last
diff --git a/logo.png b/logo.png
index 1..2 100644
Binary files a/logo.png and b/logo.png differ
diff --git a/old.txt b/new name.txt
similarity index 100%
rename from old.txt
rename to new name.txt
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-- a line that looks like a header
\\ No newline at end of file
"""
DESCRIPTION = {
    "users": {"reader": {}, "helper[bot]": {}},
    "tokens": {"secret-1": {"login": "sluice-bot"}, "weak": {"login": "reader", "scopes": []},
               "app": {"login": "app[bot]", "kind": "installation", "permissions": {"pull_requests": "read"}},
               "other": {"login": "stranger"}},
    "repositories": {
        "octo/app": {"permissions": {"sluice-bot": "maintain", "reader": "triage"},
                     "contents": {"main": {"docs/a b.txt": "Grüße\n"}},
                     "pulls": {"7": {"diff": PATCH}, "8": {"files": [
                         {"filename": f"f{i}", "status": "added", "additions": 0, "deletions": 0, "changes": 0}
                         for i in range(250)]}}},
        "octo/hidden": {"private": True, "permissions": {"sluice-bot": "write"}, "pulls": {"1": {}}},
        "octo/moved": {"moved_to": "octo/app", "pulls": {"1": {}}}}}


class Case(unittest.TestCase):
    def setUp(self):
        self.github = StandIn(DESCRIPTION).start()
        self.addCleanup(self.github.stop)

    def call(self, method, path, body=None, token="secret-1", **headers):
        sent = {"User-Agent": "test", "Accept": "application/vnd.github+json"}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        sent.update({key.replace("_", "-"): value for key, value in headers.items() if value is not None})
        connection = http.client.HTTPConnection(self.github.url.removeprefix("http://"), timeout=10)
        self.addCleanup(connection.close)
        raw = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        if raw is not None:
            connection.putheader("Content-Length", str(len(raw)))
        connection.endheaders(raw)
        answer = connection.getresponse()
        text = answer.read()
        self.headers = {key.lower(): value for key, value in answer.getheaders()}
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text.decode("utf-8", "replace")


class Rules(Case):
    def test_authorization(self):
        self.assertEqual(self.call("GET", "/repos/octo/app/pulls/7", token=None)[0], 401)
        status, body = self.call("GET", "/repos/octo/app/pulls/7", token="wrong")
        self.assertEqual((status, body["message"]), (401, "Bad credentials"))
        self.assertIn("documentation_url", body)
        self.assertEqual(self.call("GET", "/repos/octo/app/pulls/7")[0], 200)

    def test_what_may_not_be_seen_does_not_exist(self):
        self.assertEqual(self.call("GET", "/repos/octo/hidden/pulls/1", token="other")[0], 404)
        self.assertEqual(self.call("GET", "/repos/octo/hidden/pulls/1")[0], 200)
        self.assertEqual(self.call("GET", "/repos/octo/none/pulls/1")[0], 404)
        self.assertEqual(self.call("POST", "/repos/octo/app/issues/7/comments", {"body": "x"}, token="weak")[0], 404)
        status, body = self.call("POST", "/repos/octo/app/issues/7/comments", {"body": "x"}, token="app")
        self.assertEqual((status, body["message"]), (403, "Resource not accessible by integration"))
        self.assertEqual(self.call("GET", "/user", token="app")[0], 403)

    def test_headers(self):
        self.assertEqual(self.call("GET", "/user", User_Agent="")[0], 403)
        self.assertEqual(self.call("GET", "/user", X_GitHub_Api_Version="2001-01-01")[0], 400)
        self.assertEqual(self.call("GET", "/user", X_GitHub_Api_Version="2022-11-28")[0], 200)
        self.assertEqual(self.call("GET", "/user", Accept="text/html")[0], 415)

    def test_pages(self):
        _, first = self.call("GET", "/repos/octo/app/pulls/8/files?per_page=500")
        self.assertEqual(len(first), 100)
        self.assertRegex(self.headers["link"], r'/repositories/\d+/pulls/8/files\?per_page=500&page=2>; rel="next"')
        path = self.headers["link"].split(">")[0].split(self.github.url)[1]
        self.assertEqual([f["filename"] for f in self.call("GET", path)[1]][:2], ["f100", "f101"])
        _, last = self.call("GET", "/repos/octo/app/pulls/8/files?per_page=100&page=3")
        self.assertEqual(len(last), 50)
        self.assertNotIn('rel="next"', self.headers["link"])
        self.assertEqual(len(self.call("GET", "/repos/octo/app/pulls/8/files")[1]), 30)

    def test_conditional_requests(self):
        self.call("GET", "/repos/octo/app/pulls/7")
        etag, used = self.headers["etag"], self.headers["x-ratelimit-used"]
        self.assertEqual(self.call("GET", "/repos/octo/app/pulls/7", If_None_Match=etag), (304, None))
        self.assertEqual(self.headers["x-ratelimit-used"], used)
        self.github.pull("octo/app", 7)["title"] = "Another"
        self.assertEqual(self.call("GET", "/repos/octo/app/pulls/7", If_None_Match=etag)[0], 200)

    def test_rate_limits(self):
        self.github.control({"rate": {"limit": 1}})
        self.assertEqual(self.call("GET", "/user")[0], 200)
        status, body = self.call("GET", "/user")
        self.assertEqual((status, self.headers["x-ratelimit-remaining"]), (403, "0"))
        self.assertIn("API rate limit exceeded", body["message"])

    def test_content_writes_are_counted(self):
        statuses = [self.call("POST", "/repos/octo/app/issues/7/comments", {"body": "x"})[0] for _ in range(81)]
        self.assertEqual((set(statuses[:80]), statuses[80]), ({201}, 403))
        self.assertEqual(self.headers["retry-after"], "60")

    def test_moved_repository(self):
        status, body = self.call("GET", "/repos/octo/moved/pulls/1")
        self.assertEqual((status, body["message"]), (301, "Moved Permanently"))
        self.assertIn("/repositories/", self.headers["location"])

    def test_permission(self):
        self.assertEqual(self.call("GET", "/repos/octo/app/collaborators/reader/permission")[1]["role_name"], "triage")
        self.assertEqual(self.call("GET", "/repos/octo/app/collaborators/reader/permission")[1]["permission"], "read")
        self.assertEqual(self.call("GET", "/repos/octo/app/collaborators/nobody/permission")[0], 404)
        self.assertEqual(self.call("GET", "/repos/octo/app/collaborators/reader/permission", token="weak")[0], 403)

    def test_contents(self):
        _, body = self.call("GET", "/repos/octo/app/contents/docs/a%20b.txt?ref=main")
        self.assertEqual(body["encoding"], "base64")
        self.assertEqual(self.call("GET", "/repos/octo/app/contents/docs/none?ref=main")[0], 404)
        self.assertEqual(self.call("GET", "/repos/octo/app/contents/docs/a%20b.txt?ref=gone")[0], 404)


class Diffs(unittest.TestCase):
    def test_files(self):
        files = {f["filename"]: f for f in diff.files_of(PATCH)}
        self.assertEqual(list(files), ["src/a.c", "logo.png", "new name.txt", "gone.txt"])
        self.assertEqual((files["src/a.c"]["additions"], files["src/a.c"]["deletions"]), (2, 1))
        self.assertTrue(files["src/a.c"]["patch"].startswith("@@ -1,4 +1,4 @@ int f(void)\n"))
        self.assertNotIn("patch", files["logo.png"])
        self.assertEqual((files["new name.txt"]["status"], files["new name.txt"]["previous_filename"]),
                         ("renamed", "old.txt"))
        self.assertEqual((files["gone.txt"]["status"], files["gone.txt"]["deletions"]), ("removed", 1))

    def test_anchors(self):
        lines = diff.anchors(diff.files_of(PATCH)[0]["patch"])
        self.assertEqual(lines, {("RIGHT", 1): 0, ("LEFT", 2): 0, ("RIGHT", 2): 0, ("RIGHT", 3): 0, ("RIGHT", 4): 0,
                                 ("RIGHT", 20): 1, ("RIGHT", 21): 1, ("RIGHT", 22): 1})


class Writes(Case):
    def review(self, *comments, **more):
        given = {"event": "COMMENT", "body": "text", "commit_id": "a" * 40, "comments": list(comments), **more}
        return self.call("POST", "/repos/octo/app/pulls/7/reviews", given)

    def comment(self, line, side="RIGHT", path="src/a.c", **more):
        return {"path": path, "line": line, "side": side, "body": "why", **more}

    def test_one_bad_anchor_refuses_the_batch(self):
        for bad in (self.comment(5), self.comment(1, "LEFT"), self.comment(2, path="other.c"),
                    self.comment(1, path="logo.png"), self.comment(3, start_line=3),
                    self.comment(21, start_line=3)):
            status, body = self.review(self.comment(2), bad)
            self.assertEqual((status, body["message"]), (422, "Unprocessable Entity"), bad)
            self.assertTrue(body["errors"][0].startswith("Pull request review thread"), body)
        self.assertEqual(self.github.pull("octo/app", 7)["review_comments"], [])
        status, _ = self.review(self.comment(2), self.comment(2, "LEFT"), self.comment(4, start_line=1))
        self.assertEqual(status, 200)
        self.assertEqual(len(self.call("GET", "/repos/octo/app/pulls/7/comments")[1]), 3)

    def test_shape_of_a_review(self):
        self.assertEqual(self.review({"path": "src/a.c", "position": 1, "body": "x"})[0], 422)
        self.assertEqual(self.review(self.comment("2"))[0], 422)
        self.assertEqual(self.review(self.comment(2), commit_id="d" * 40)[0], 422)
        self.assertEqual(self.review(body="")[0], 422)
        self.assertEqual(self.review(self.comment(2, body=" "))[0], 422)
        self.assertEqual(self.call("POST", "/repos/octo/app/pulls/7/reviews", b"{")[0], 400)

    def test_comments(self):
        path = "/repos/octo/app/issues/7/comments"
        self.assertEqual(self.call("POST", path, {"body": ""})[0], 422)
        self.assertEqual(self.call("POST", path, {"body": "x" * 65537})[0], 422)
        status, made = self.call("POST", path, {"body": "x" * 65536})
        self.assertEqual(status, 201)
        own = f"/repos/octo/app/issues/comments/{made['id']}"
        self.assertEqual(self.call("PATCH", own, {"body": "new"})[1]["body"], "new")
        self.assertEqual(self.call("PATCH", own, {"body": "new"}, token="other")[0], 403)
        self.assertEqual(self.call("PATCH", "/repos/octo/app/issues/comments/1", {"body": "new"})[0], 404)

    def test_a_push_makes_comments_outdated(self):
        self.review(self.comment(2), self.comment(21))
        self.github.push("octo/app", 7, "e" * 40, diff=PATCH.replace("@@ -20,2 +20,3 @@", "@@ -30,2 +30,3 @@"))
        lines = [c["line"] for c in self.call("GET", "/repos/octo/app/pulls/7/comments")[1]]
        self.assertEqual(lines, [2, None])


class Trouble(Case):
    def fault(self, **fault):
        self.github.control({"faults": [fault]})

    def test_answers(self):
        for fault, status in (({"do": "secondary-limit", "retry_after": 2, "status": 429}, 429),
                              ({"do": "primary-limit"}, 403), ({"do": "status", "status": 502}, 502),
                              ({"do": "html"}, 200), ({"do": "redirect", "location": "http://10.0.0.1/"}, 302)):
            self.fault(**fault)
            self.assertEqual(self.call("GET", "/user")[0], status, fault)
            self.assertEqual(self.call("GET", "/user")[0], 200, fault)
            self.assertEqual(self.github.log[-2]["fault"], fault["do"])

    def test_broken_connections(self):
        for do in ("half", "drop", "garbage"):
            self.fault(do=do)
            with self.assertRaises((http.client.HTTPException, ConnectionError), msg=do):
                self.call("GET", "/user")

    def test_dropped_after_the_deed(self):
        self.fault(do="drop", after=True, match={"method": "POST"})
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.call("POST", "/repos/octo/app/issues/7/comments", {"body": "x"})
        self.assertEqual(len(self.github.pull("octo/app", 7)["comments"]), 1)

    def test_unknown_orders_are_refused(self):
        with self.assertRaises(ValueError):
            self.github.control({"faults": [{"do": "explode"}]})
        self.assertEqual(self.call("POST", "/_control", {"x": 1})[0], 400)


class Webhooks(Case):
    def test_fitted_signed_and_redelivered(self):
        target = StandIn(DESCRIPTION).start()  # takes any request and logs it
        self.addCleanup(target.stop)
        answer = self.github.deliver(target.url + "/hooks/x", "pull_request.opened", "octo/app", 7, "s3cret")
        self.github.redeliver(answer["delivery"])
        one, two = target.log
        headers = dict(one["headers"])
        self.assertEqual(headers["x-github-event"], "pull_request")
        self.assertEqual(headers["x-hub-signature-256"], webhooks.signature("s3cret", one["body"].encode()))
        self.assertEqual((one["body"], headers["x-github-delivery"]),
                         (two["body"], dict(two["headers"])["x-github-delivery"]))
        payload = json.loads(one["body"])
        self.assertEqual((payload["number"], payload["repository"]["full_name"], payload["repository"]["owner"]["login"]),
                         (7, "octo/app", "octo"))
        self.assertNotIn("Codertocat/Hello-World", one["body"])

    def test_every_payload_can_be_fitted(self):
        for file in sorted(webhooks.PAYLOADS.glob("*.json")):
            payload = self.github.payload(file.stem, "octo/app", 7)
            self.assertEqual(payload["repository"]["full_name"], "octo/app", file.name)


class Program(unittest.TestCase):
    def test_runs_by_itself(self):
        program = subprocess.Popen([sys.executable, str(ROOT / "tests/standin/github.py")], stdout=subprocess.PIPE,
                                   text=True)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.terminate)
        address = program.stdout.readline().strip().removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=10)
        self.addCleanup(connection.close)
        connection.request("GET", "/_log")
        self.assertEqual(json.loads(connection.getresponse().read()), [])


if __name__ == "__main__":
    unittest.main()
