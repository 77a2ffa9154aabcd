"""A guest that tries what its manifest does not grant: it gets an error, nothing is sent, the record says so."""

import http.server
import json
import shutil
import threading
import unittest

from support import SLUICE, Case, encodings

GUESTS = SLUICE.parent / "components"
SECRET = "gate-marker+SECRET/0123456789=of-the-web"
OTHER_SECRET = "other-marker-SECRET-9876543210"
PATH_SECRET = "path-marker-SECRET 13579"

MANIFEST = """
[app]
name = "gate"

[function.caller]
component = "probe-caller.wasm"
[function.caller.links]
"sluice:test/probe" = { to = "web", bind = { owner = "/event/owner", repo = "/event/repo", number = "/event/number" } }
HOST_LINKS

[integration.web]
component = "commandable-http.wasm"
egress = [
  "GET,POST http://127.0.0.1:PORT/repos/{owner}/{repo}/pulls/{number}/**",
  "GET http://127.0.0.1:PORT/echo",
  "GET http://127.0.0.1:PORT/away",
  "GET http://127.0.0.1:PORT/key/*",
  "GET http://app.localhost:PORT",
  "GET http://localhost:PORT/other",
]
[integration.web.secrets]
token = { env = "GATE_TOKEN", hosts = ["127.0.0.1:PORT"] }
path = { env = "GATE_PATH", hosts = ["127.0.0.1"] }
other = { env = "GATE_OTHER", hosts = ["localhost:PORT"] }
[integration.web.links]
HOST_LINKS
"""

HOST_LINKS = """
"wasi:logging/logging" = "log"
"wasi:config/store" = "config"
"wasi:clocks/wall-clock" = "clock"
"wasi:random/random" = "random"
"sluice:kv/store" = "kv"
"sluice:time/timer" = "timer"
"""


class Site(http.server.BaseHTTPRequestHandler):
    """Answers everything, remembers what was asked, and repeats in every form what it was told."""

    def do_GET(self):
        length = int(self.headers.get("content-length") or 0)
        self.server.asked.append((self.command, self.path, dict(self.headers.items()), self.rfile.read(length)))
        if self.path == "/away":
            self.send_response(302)
            self.send_header("location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
            return
        told = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        body = json.dumps({"you said": list(encodings(told).values()) if told else []}).encode()
        self.send_response(200)
        self.send_header("x-told", told)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_):
        pass


class GateCase(Case):
    def setUp(self):
        super().setUp()
        self.site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        self.site.asked = []
        threading.Thread(target=self.site.serve_forever, daemon=True).start()
        self.addCleanup(self.site.server_close)
        self.addCleanup(self.site.shutdown)
        self.base = f"http://127.0.0.1:{self.site.server_port}"
        self.app = self.folder / "app"
        self.app.mkdir()
        for guest in ("probe-caller", "commandable-http"):
            shutil.copy(GUESTS / f"{guest}.wasm", self.app)
        text = MANIFEST.replace("HOST_LINKS", HOST_LINKS).replace("PORT", str(self.site.server_port))
        self.write("app/sluice.toml", text)

    def run_command(self, command, owner="octo", repo="app", number=7):
        """Has the function call the integration, which runs the command. Gives the finished program and the records."""
        data = {"do": "probe", "owner": owner, "repo": repo, "number": number, "command": command,
                "event": {"owner": "octo", "repo": "app", "number": 7}}
        trace = self.folder / "trace.jsonl"
        trace.unlink(missing_ok=True)
        done = self.sluice("invoke", self.app, "--data-file", "-", "--trace", trace, input=json.dumps(data),
                           env={"GATE_TOKEN": SECRET, "GATE_OTHER": OTHER_SECRET, "GATE_PATH": PATH_SECRET})
        self.trace_text = trace.read_text()
        return done, [json.loads(line) for line in self.trace_text.splitlines()]

    def http(self, url, **more):
        return {"do": "http", "url": url, **more}

    def assert_refused(self, command, why, **call):
        with self.subTest(command=command):
            before = len(self.site.asked)
            done, records = self.run_command(command, **call)
            self.assertEqual(done.returncode, 1, done.err)
            self.assertRegex(done.err, why)
            self.assertEqual(self.site.asked[before:], [])
            refused = [r for r in records if r["outcome"] != "answered"]
            self.assertTrue(refused, records)
            self.assertRegex(refused[0]["error"], why)
            return refused[0]

    def assert_told_nowhere(self, *places):
        for secret in (SECRET, OTHER_SECRET, PATH_SECRET):
            for form, text in encodings(secret).items():
                for place in places:
                    self.assertNotIn(text, place, form)


class Granted(GateCase):
    """What is refused below is refused for its own sake: the same with the right values goes through."""

    def test_the_request_goes_out_with_its_secret(self):
        header = {"name": "authorization", "secret": "token", "prefix": "Bearer "}
        done, records = self.run_command(
            self.http(f"{self.base}/repos/octo/app/pulls/7/files", method="POST", body="x", headers=[header]))
        self.assertEqual(done.returncode, 0, done.err)
        [(method, path, headers, body)] = self.site.asked
        self.assertEqual((method, path, body), ("POST", "/repos/octo/app/pulls/7/files", b"x"))
        self.assertEqual(headers["authorization"], f"Bearer {SECRET}")
        self.assertEqual([(r["caller"], r["interface"].split("@")[0], r["outcome"]) for r in records],
                         [("integration web", "sluice:http/client", "answered"),
                          ("function caller", "sluice:test/probe", "answered")])

    def test_secrets_in_slots_of_path_and_query(self):
        done, _ = self.run_command(self.http(
            f"{self.base}/key/{{a}}?key={{b}}",
            url_secrets=[{"slot": "{a}", "secret": "path"}, {"slot": "{b}", "secret": "token"}]))
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual(self.site.asked[0][1],
                         f"/key/{encodings(PATH_SECRET)['url']}?key={encodings(SECRET)['url']}")
        self.assert_told_nowhere(done.out, done.err, self.trace_text)


class Requests(GateCase):
    def test_another_place(self):
        port = self.site.server_port
        files = "/repos/octo/app/pulls/7/files"
        for url in (f"http://127.0.0.2:{port}{files}", f"http://127.0.0.1:{port + 1}{files}",
                    f"https://127.0.0.1:{port}{files}", f"http://[::1]:{port}{files}", f"http://0x7f.1:{port}{files}",
                    f"http://2130706433:{port}{files}", f"http://user@127.0.0.1:{port}{files}",
                    "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", f"//127.0.0.1:{port}{files}"):
            self.assert_refused(self.http(url), "no egress rule|port falls outside|user-info|only http|parsers differ|not an absolute URL|absolute")

    def test_another_path(self):
        for path in ("/", "/repos/octo/app/pulls/8/files", "/repos/octo/other/pulls/7/files", "/repos/evil/app/pulls/7/x",
                     "/repos/octo/app/pulls/7/../8/files", "/repos/octo/app/pulls/7/%2e%2e/8/files",
                     "/repos/octo/app/pulls/7/..%2f8/files", "/repos/octo%2fapp/pulls/7/files", "/echo/more", "/ECHO",
                     "/repos//octo/app/pulls/7/files", "/repos/octo/app\\..\\evil/pulls/7/files"):
            self.assert_refused(self.http(self.base + path), "path|refused|character|dot segment")

    def test_another_method(self):
        self.assert_refused(self.http(f"{self.base}/repos/octo/app/pulls/7/files", method="DELETE"), "falls outside")
        self.assert_refused(self.http(f"{self.base}/echo", method="POST"), "falls outside")

    def test_a_name_of_a_private_address(self):
        self.assert_refused(self.http(f"http://app.localhost:{self.site.server_port}/echo"), "refused|granted|address")

    def test_a_redirect_is_an_answer(self):
        done, _ = self.run_command(self.http(f"{self.base}/away"))
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual(json.loads(done.out)["status"], 302)
        self.assertEqual(len(self.site.asked), 1)
        self.assert_refused(self.http("http://169.254.169.254/latest/meta-data/"), "no egress rule")

    def test_headers(self):
        for name, text in (("host", "evil.example.org"), ("content-length", "0"), ("transfer-encoding", "chunked"),
                           ("connection", "upgrade"), ("x-a", "b\r\nx-evil: 1"), ("x-a\r\nx-evil", "1"), ("", "x"),
                           ("proxy-authorization", "x")):
            self.assert_refused(self.http(f"{self.base}/echo", headers=[{"name": name, "text": text}]),
                                "header|name|character|refused")


class Bindings(GateCase):
    def test_another_pull_request(self):
        for call in ({"number": 8}, {"owner": "evil"}, {"repo": "other"}, {"owner": "OCTO"}, {"repo": "app/../x"}):
            record = self.assert_refused(self.http(f"{self.base}/echo"), "is bound to /event/", **call)
            self.assertEqual(record["caller"], "function caller")
            self.assertEqual(record["outcome"], "refused")


class Secrets(GateCase):
    def test_for_another_host(self):
        for secret in ("other", "nothing"):
            self.assert_refused(self.http(f"{self.base}/echo", headers=[{"name": "x", "secret": secret, "prefix": ""}]),
                                f"secret `{secret}`")
        self.assert_refused(self.http(f"{self.base}/key/{{k}}", url_secrets=[{"slot": "{k}", "secret": "other"}]),
                            "secret `other`")
        self.assert_refused(self.http(f"http://localhost:{self.site.server_port}/other",
                                      headers=[{"name": "x", "secret": "token", "prefix": ""}]), "secret `token`")

    def test_a_prefix_that_splits_the_header(self):
        header = {"name": "x", "secret": "token", "prefix": "a\r\nx-evil: "}
        self.assert_refused(self.http(f"{self.base}/echo", headers=[header]), "header|character")

    def test_a_secret_in_the_host_or_twice(self):
        slot = [{"slot": "{k}", "secret": "token"}]
        for url in (f"http://{{k}}:{self.site.server_port}/echo", f"{self.base}/key/{{k}}{{k}}", f"{self.base}/echo"):
            self.assert_refused(self.http(url, url_secrets=slot), "slot|host|character|path")

    def test_no_guest_sees_it_even_when_the_server_says_it(self):
        header = {"name": "authorization", "secret": "token", "prefix": "Bearer "}
        ask = self.http(f"{self.base}/echo", headers=[header])
        forms = [text.encode().hex() for text in encodings(SECRET).values()]
        for form in forms:
            search = {"do": "search-memory", "hex": form}
            done, _ = self.run_command({"do": "sequence", "steps": [ask, search]})
            self.assertEqual(done.returncode, 0, done.err)
            answers = json.loads(done.out)
            self.assertIn("[secret:web.token]", answers[0])
            # The command itself holds the searched text in hexadecimal, never as it is.
            self.assertEqual(json.loads(answers[1])["found"], 0, bytes.fromhex(form))
            self.assert_told_nowhere(answers[0], self.trace_text.replace(form, ""))

    def test_what_the_search_finds(self):
        """The search above would find it: text that the guest has is found."""
        found, _ = self.run_command({"do": "sequence", "steps": [
            self.http(f"{self.base}/echo", headers=[{"name": "x-a", "text": "a-plain-text"}]),
            {"do": "search-memory", "hex": b"a-plain-text".hex()}]})
        self.assertGreater(json.loads(json.loads(found.out)[1])["found"], 0)

    def test_a_missing_secret_is_told_before_anything_runs(self):
        done = self.sluice("invoke", self.app, "--data", "{}", env={"GATE_TOKEN": "", "GATE_OTHER": "short", "GATE_PATH": PATH_SECRET})
        self.assertIn(done.returncode, (2, 3))
        self.assertIn("integration.web.secrets.token", done.err)
        self.assertIn("integration.web.secrets.other", done.err)
        self.assertNotIn("secrets.path", done.err)
        self.assertEqual(self.site.asked, [])


if __name__ == "__main__":
    unittest.main()
