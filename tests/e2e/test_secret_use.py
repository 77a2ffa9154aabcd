"""How a guest uses secrets that it never sees, and what it may not do with them."""

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
name = "secret-use"

[function.caller]
component = "probe-caller.wasm"
[function.caller.links]
"sluice:test/probe" = "web"
HOST_LINKS

[integration.web]
component = "commandable-http.wasm"
egress = [
  "GET,POST http://127.0.0.1:PORT/echo",
  "GET http://127.0.0.1:PORT/key/*",
  "GET http://app.localhost:PORT",
  "GET http://localhost:PORT/other",
]
[integration.web.secrets]
token = { env = "USE_TOKEN", hosts = ["127.0.0.1:PORT"] }
path = { env = "USE_PATH", hosts = ["127.0.0.1"] }
other = { env = "USE_OTHER", hosts = ["localhost:PORT"] }
local = { env = "USE_PATH", hosts = ["app.localhost"], allow-unencrypted = true }
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
        told = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        body = json.dumps({"you said": list(encodings(told).values()) if told else []}).encode()
        self.send_response(200)
        self.send_header("x-told", told)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class SecretCase(Case):
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

    def run_command(self, command):
        """Has the function call the integration, which runs the command. Gives the finished program and the records."""
        data = {"do": "probe", "command": command}
        trace = self.folder / "trace.jsonl"
        trace.unlink(missing_ok=True)
        done = self.sluice("invoke", self.app, "--data-file", "-", "--trace", trace, input=json.dumps(data),
                           env={"USE_TOKEN": SECRET, "USE_OTHER": OTHER_SECRET, "USE_PATH": PATH_SECRET})
        self.trace_text = trace.read_text()
        return done, [json.loads(line) for line in self.trace_text.splitlines()]

    def http(self, url, **more):
        return {"do": "http", "url": url, **more}

    def assert_refused(self, command, why):
        with self.subTest(command=command):
            before = len(self.site.asked)
            done, records = self.run_command(command)
            self.assertEqual(done.returncode, 1, done.err)
            self.assertRegex(done.err, why)
            self.assertEqual(self.site.asked[before:], [])
            refused = [r for r in records if r["outcome"] != "answered"]
            self.assertTrue(refused, records)
            self.assertRegex(refused[0]["error"], why)

    def assert_told_nowhere(self, *places):
        for secret in (SECRET, OTHER_SECRET, PATH_SECRET):
            for form, text in encodings(secret).items():
                for place in places:
                    self.assertNotIn(text, place, form)


class Granted(SecretCase):
    def test_the_request_goes_out_with_its_secret(self):
        header = {"name": "authorization", "secret": "token", "prefix": "Bearer "}
        done, records = self.run_command(
            self.http(f"{self.base}/echo", method="POST", body="x", headers=[header]))
        self.assertEqual(done.returncode, 0, done.err)
        [(method, path, headers, body)] = self.site.asked
        self.assertEqual((method, path, body), ("POST", "/echo", b"x"))
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


class Refused(SecretCase):
    def test_a_host_that_resolves_to_this_machine(self):
        header = {"name": "authorization", "secret": "local", "prefix": ""}
        self.assert_refused(self.http(f"http://app.localhost:{self.site.server_port}/", headers=[header]), "address")

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



class Memory(SecretCase):
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



class Start(SecretCase):
    def test_a_missing_secret_is_told_before_anything_runs(self):
        done = self.sluice("invoke", self.app, "--data", "{}", env={"USE_TOKEN": "", "USE_OTHER": "short", "USE_PATH": PATH_SECRET})
        self.assertIn(done.returncode, (2, 3))
        self.assertIn("integration.web.secrets.token", done.err)
        self.assertIn("integration.web.secrets.other", done.err)
        self.assertNotIn("secrets.path", done.err)
        self.assertEqual(self.site.asked, [])


if __name__ == "__main__":
    unittest.main()
