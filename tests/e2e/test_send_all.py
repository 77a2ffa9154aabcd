"""Several requests of one call, side by side: `send-all` of sluice:http/client."""

import http.server
import json
import threading
import time
import unittest

from support import WAIT_SECONDS
from test_secret_use import SECRET, SecretCase

AT_ONCE = 16


class Site(http.server.BaseHTTPRequestHandler):
    """Answers with its path; holds each request until as many as the test wants are there at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        with server.changed:
            server.asked.append((self.command, self.path, dict(self.headers.items())))
            server.active += 1
            server.active_max = max(server.active_max, server.active)
            server.changed.notify_all()
            server.changed.wait_for(lambda: server.active_max >= server.hold_until, timeout=WAIT_SECONDS)
        if self.path.startswith("/key/slow"):
            server.stopping.wait(WAIT_SECONDS)
        told = self.headers.get("authorization") or ""
        body = (f"{self.path} {told}" + "x" * server.padding).encode()
        with server.changed:
            server.active -= 1
        try:
            self.send_response(302 if self.path == "/key/moved" else 200)
            if self.path == "/key/moved":
                self.send_header("location", "/key/elsewhere")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_):
        pass


class SendAll(SecretCase):
    def setUp(self):
        super().setUp()
        self.site.RequestHandlerClass = Site
        self.site.daemon_threads = True
        self.site.changed = threading.Condition()
        self.site.stopping = threading.Event()
        self.addCleanup(self.site.stopping.set)
        self.site.active = self.site.active_max = self.site.hold_until = self.site.padding = 0

    def all(self, *requests):
        return {"do": "http-all", "requests": list(requests)}

    def answers(self, *requests):
        done, records = self.run_command(self.all(*requests))
        self.assertEqual(done.returncode, 0, done.err)
        return json.loads(done.out), records

    def key(self, name, **more):
        return {"url": f"{self.base}/key/{name}", **more}

    def test_side_by_side_in_order_and_no_more_than_the_limit(self):
        self.site.hold_until = AT_ONCE  # nobody is answered before so many are there
        answers, records = self.answers(*[self.key(i) for i in range(40)])
        self.assertEqual([answer["body"].strip() for answer in answers], [f"/key/{i}" for i in range(40)])
        self.assertEqual(self.site.active_max, AT_ONCE)
        [record] = [r for r in records if r["function"] == "send-all"]
        self.assertEqual(len(record["arguments"]["requests"]), 40)
        self.assertEqual([one["ok"]["status"] for one in record["result"]], [200] * 40)

    def test_none(self):
        self.assertEqual(self.answers()[0], [])
        self.assertEqual(self.site.asked, [])

    def test_each_is_granted_and_fails_alone(self):
        token = {"name": "authorization", "secret": "token", "prefix": "Bearer "}
        answers, records = self.answers(
            self.key("a", headers=[token]), self.key("a", method="POST"), {"url": "http://127.0.0.1:1/key/a"},
            {"url": f"{self.base}/private"}, {"url": "not a url"}, {"url": f"http://localhost:{self.site.server_port}/other", "headers": [token]},
            self.key("b", headers=[{"name": "host", "text": "evil"}]), self.key("moved"), self.key("c"))
        self.assertEqual([a["status"] if isinstance(a, dict) else a.split(":")[1].strip() for a in answers],
                         [200, "refused", "refused", "refused", "invalid", "refused", "refused", 302, 200])
        self.assertEqual(sorted(path for _, path, _ in self.site.asked), ["/key/a", "/key/c", "/key/moved"])
        # The secret went to its host, and what the host said of it was cut out.
        sent = {path: headers.get("authorization") for _, path, headers in self.site.asked}
        self.assertEqual(sent["/key/a"], f"Bearer {SECRET}")
        self.assertIn("[secret:web.token]", answers[0]["body"])
        self.assert_told_nowhere(json.dumps(answers), self.trace_text)
        # Each is in the record: what was asked, and what came of it.
        [record] = [r for r in records if r["function"] == "send-all"]
        self.assertEqual([next(iter(one)) for one in record["result"]],
                         ["ok", "err", "err", "err", "err", "err", "err", "ok", "ok"])
        self.assertIn("refused", record["result"][1]["err"])
        self.assertEqual(record["arguments"]["requests"][3]["url"], f"{self.base}/private")

    def test_refusals_are_logged(self):
        done, _ = self.run_command(self.all({"url": f"{self.base}/private"}))
        self.assertEqual(done.returncode, 0, done.err)
        self.assertIn("request refused", done.err)

    def test_a_slow_one_times_out_alone(self):
        answers, _ = self.answers(self.key("slow", timeout_ms=300), self.key("a"))
        self.assertEqual(answers[0], "http: timeout")
        self.assertEqual(answers[1]["status"], 200)

    def test_too_large_and_all_together_too_large(self):
        text = (self.app / "sluice.toml").read_text()
        self.write("app/sluice.toml", text.replace("egress = [", "response-bytes = 1000\negress = ["))
        self.site.padding = 900
        answers, _ = self.answers(*[self.key(i) for i in range(60)])
        good = [a for a in answers if isinstance(a, dict)]
        self.assertTrue(all(isinstance(a, dict) or a.startswith("http: too-large") for a in answers), answers)
        # Those that were under way at once may pass the sum; none is sent after it.
        self.assertGreaterEqual(len(good), 4)
        self.assertLess(len(self.site.asked), 60)
        self.site.padding = 2000
        self.assertEqual(self.answers(self.key("a"))[0], ["http: too-large: 1000"])

    def test_the_end_of_the_run_ends_them(self):
        """A run that passes its time leaves no request behind."""
        text = (self.app / "sluice.toml").read_text()
        self.write("app/sluice.toml", text.replace("[function.caller.links]", "[function.caller.limits]\ntime-limit-s = 2\n[function.caller.links]"))
        start = time.monotonic()
        done, _ = self.run_command(self.all(*[self.key(f"slow{i}") for i in range(30)]))
        self.assertEqual(done.returncode, 3, done.err)
        self.assertIn("time-limit-s", done.err)
        self.assertLess(time.monotonic() - start, WAIT_SECONDS / 2)
        self.assertLessEqual(len(self.site.asked), AT_ONCE)


if __name__ == "__main__":
    unittest.main()
