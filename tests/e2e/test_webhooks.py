"""`sluice up`: what it answers to deliveries, good ones and bad ones, and what it then does."""

import http.client
import json
import socket
import unittest

from support import (HOOK_SECRET, REPOSITORY, TOKEN, WAIT_SECONDS, BotCase, Case, Server, StandIn, github_manifest,
                     webhooks)


class Deliveries(BotCase):
    def setUp(self):
        super().setUp()
        self.up()

    def post(self, body=None, event="pull_request", secret=HOOK_SECRET, url=None, headers=None):
        if body is None:
            body = json.dumps(self.github.payload("pull_request.opened", REPOSITORY, 7)).encode()
        return webhooks.send(url or self.server.hook(), event, body, secret, headers=headers)

    def assert_nothing_done(self):
        self.wait_idle()
        self.assertEqual(self.runs_ended(), 0)
        self.server.stop()
        self.assertEqual(self.github.log, [])
        self.assertFalse(self.trace.exists() and self.trace.read_text().strip(), "a call is in the trace")

    def test_wrong_signatures(self):
        body = json.dumps(self.github.payload("pull_request.opened", REPOSITORY, 7)).encode()
        good = webhooks.signature(HOOK_SECRET, body)
        other = {"X-Hub-Signature-256": webhooks.signature("another secret", body)}
        changed = {"X-Hub-Signature-256": webhooks.signature(HOOK_SECRET, body + b" ")}
        for headers in (other, changed, {"X-Hub-Signature-256": None}, {"X-Hub-Signature-256": ""},
                        {"X-Hub-Signature-256": "sha256="}, {"X-Hub-Signature-256": good[:-1]},
                        {"X-Hub-Signature-256": good + "0"}, {"X-Hub-Signature-256": good.removeprefix("sha256=")},
                        {"X-Hub-Signature-256": good.replace("sha256=", "sha1=")}):
            answer = self.post(body, headers=headers)
            self.assertEqual(answer["status"], 401, headers)
            self.assertNotIn(HOOK_SECRET, answer["body"])
        self.assert_nothing_done()

    def test_a_wrong_signature_is_told_before_the_body_is_looked_at(self):
        self.assertEqual(self.post(b"{ not JSON", secret="another secret")["status"], 401)
        self.assertEqual(self.post(b"\xff\xfe", secret=None)["status"], 401)
        self.assertEqual(self.post(event="no-such-event", secret="another secret")["status"], 401)
        self.assert_nothing_done()

    def test_not_json(self):
        for body in (b"", b"{ not JSON", b"\xff\xfe{}", b'{"a": 1} x', b"[" * 100_000):
            answer = self.post(body)
            self.assertEqual(answer["status"], 400, body[:20])
            self.assertIn("JSON", answer["body"])
        self.assert_nothing_done()

    def test_unknown_event(self):
        answer = self.post(json.dumps({"zen": "x"}).encode(), event="sponsorship")
        self.assertEqual(answer["status"], 202)
        self.assert_nothing_done()
        self.assertIn("sponsorship", self.server.text())

    def test_ping_and_push(self):
        for name in ("ping", "push"):
            payload = self.github.payload(name, REPOSITORY, 7)
            self.assertEqual(self.post(json.dumps(payload).encode(), event=name)["status"], 202, name)
        self.assert_nothing_done()

    def test_unknown_app_or_trigger(self):
        for url in (self.server.hook(app="other"), self.server.hook(trigger="other"),
                    self.server.hook() + "/more", self.server.hook().replace("/hooks/", "/hook/")):
            self.assertEqual(self.post(url=url)["status"], 404, url)
        self.assert_nothing_done()

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE"):
            connection = http.client.HTTPConnection(self.server.address, timeout=WAIT_SECONDS)
            self.addCleanup(connection.close)
            connection.request(method, "/hooks/code-review/pull-requests")
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, 405, method)
        self.assert_nothing_done()

    def test_missing_headers(self):
        for name in ("X-GitHub-Event", "X-GitHub-Delivery"):
            answer = self.post(headers={name: None})
            self.assertEqual(answer["status"], 400, name)
            self.assertIn(name.lower(), answer["body"].lower())
        self.assert_nothing_done()

    def test_answers_at_once(self):
        """202 comes before the run has even read the pull request."""
        self.github.control({"faults": [{"match": {"path": "/pulls/7"}, "do": "slow", "seconds": 2, "times": 1}]})
        self.deliver()
        self.assertEqual(self.summaries(), [])
        self.wait_for(self.summaries, "the summary")


class Limits(BotCase):
    def test_body_too_large(self):
        manifest = github_manifest(self.github.url)
        manifest.setting("trigger.pull-requests", "body-bytes", "100000")
        self.up(manifest)
        body = json.dumps({"x": "y" * 100_000}).encode()
        self.assertEqual(webhooks.send(self.server.hook(), "pull_request", body, HOOK_SECRET)["status"], 413)
        self.assertEqual(webhooks.send(self.server.hook(), "pull_request", body, "wrong")["status"], 413)
        self.deliver_and_wait()  # a body of ordinary size is taken
        self.assertEqual(len(self.summaries()), 1)

    def test_a_length_beyond_all_limits_is_refused_before_the_body_comes(self):
        self.up()
        host, port = self.server.address.split(":")
        with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as connection:
            connection.sendall(b"POST /hooks/code-review/pull-requests HTTP/1.1\r\nHost: x\r\n"
                               b"Content-Length: 99999999999\r\n\r\n")
            self.assertIn(b" 413 ", connection.recv(4096).split(b"\r\n")[0])

    def test_broken_requests_leave_the_server_well(self):
        self.up()
        host, port = self.server.address.split(":")
        for raw in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"POST /hooks/code-review/pull-requests HTTP/1.1\r\n",
                    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"):
            with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as connection:
                connection.sendall(raw)
        self.deliver_and_wait()
        self.assertEqual(len(self.summaries()), 1)


class Serving(BotCase):
    def test_two_apps_side_by_side(self):
        manifest = github_manifest(self.github.url)
        second = github_manifest(self.github.url).setting("app", "name", '"second-reviewer"')
        other = second.install(self.folder / "other")
        self.up(manifest, other)
        answer = self.github.deliver(self.server.hook(app="second-reviewer"), "pull_request.opened", REPOSITORY, 7,
                                     HOOK_SECRET)
        self.assertEqual(answer["status"], 202)
        self.wait_for(self.summaries, "the summary")
        self.wait_idle()
        self.assertEqual(self.metric("sluice_run_seconds_count", 'app="second-reviewer"'), 1)
        self.assertEqual(self.metric("sluice_run_seconds_count", 'app="code-review"'), 0)

    def test_health_metrics_and_the_rest(self):
        self.up()
        self.assertEqual(self.server.get("/healthz")[0], 200)
        self.assertEqual(self.server.get("/nothing")[0], 404)
        self.deliver_and_wait()
        status, text = self.server.get("/metrics")
        self.assertEqual(status, 200)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \w+ .*|[a-z_]+(\{.*\})? [0-9.e+-]+)$")
        self.assertEqual(self.metric("sluice_run_seconds_count", 'app="code-review"'), 1)
        self.assertEqual(self.metric("sluice_deliveries_total", 'status="accepted"'), 1)


class Starting(Case):
    """What must be right before anything is served."""

    def refused(self, manifest, *says, env=None):
        app = manifest.install(self.folder / "app")
        with self.assertRaises(AssertionError) as caught:
            Server(self, app, env=env)
        for text in says:
            self.assertIn(text, str(caught.exception))

    def test_without_the_webhooks_secret(self):
        self.refused(github_manifest("http://127.0.0.1:9"), "GITHUB_WEBHOOK_SECRET", env={"GITHUB_WEBHOOK_SECRET": ""})

    def test_without_the_token(self):
        self.refused(github_manifest("http://127.0.0.1:9"), "GITHUB_TOKEN", env={"GITHUB_TOKEN": ""})

    def test_with_an_unknown_key(self):
        manifest = github_manifest("http://127.0.0.1:9").setting("function.review", "compnent", '"x"')
        self.refused(manifest, "compnent")

    def test_with_a_component_that_is_none(self):
        manifest = github_manifest("http://127.0.0.1:9")
        app = manifest.install(self.folder / "broken")
        (app / "review.wasm").write_bytes(b"\0asm but not really")
        done = self.sluice("up", app, "--listen", "127.0.0.1:0",
                           env={"GITHUB_TOKEN": "x" * 20, "GITHUB_WEBHOOK_SECRET": "y" * 20})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("review.wasm", done.err)

    def test_with_an_address_that_is_none(self):
        app = github_manifest("http://127.0.0.1:9").install(self.folder / "app")
        for address in ("nowhere", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "256.0.0.1:80", ":80"):
            done = self.sluice("up", app, "--listen", address)
            self.assertEqual(done.returncode, 2, address)
            self.assertIn(address, done.err)

    def test_with_an_address_that_is_taken(self):
        with StandIn({}) as other:
            app = github_manifest(other.url).install(self.folder / "app")
            address = other.url.removeprefix("http://")
            done = self.sluice("up", app, "--listen", address,
                               env={"GITHUB_TOKEN": TOKEN, "GITHUB_WEBHOOK_SECRET": HOOK_SECRET})
        self.assertIn(done.returncode, (2, 3))
        self.assertIn(address, done.err)

    def test_with_two_apps_of_one_name(self):
        manifest = github_manifest("http://127.0.0.1:9")
        apps = [manifest.install(self.folder / name) for name in ("one", "two")]
        done = self.sluice("up", *apps, "--listen", "127.0.0.1:0",
                           env={"GITHUB_TOKEN": TOKEN, "GITHUB_WEBHOOK_SECRET": HOOK_SECRET})
        self.assertEqual(done.returncode, 2)
        self.assertIn("code-review", done.err)

    def test_without_an_app(self):
        done = self.sluice("up", self.folder / "nothing", "--listen", "127.0.0.1:0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing", done.err)


if __name__ == "__main__":
    unittest.main()
