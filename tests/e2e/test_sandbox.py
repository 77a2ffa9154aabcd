"""Every way out of a sandbox is tried, and every limit passed: the run gets an error, the attempt is in the record, and
the program goes on."""

import http.server
import json
import threading
import unittest

from support import SLUICE, Case, encodings

COMPONENTS = SLUICE.parent / "components"
HOST_LINKS = "\n".join(f'"{name}" = "{to}"' for name, to in {
    "wasi:logging/logging": "log", "wasi:config/store": "config", "wasi:clocks/wall-clock": "clock",
    "wasi:random/random": "random", "sluice:kv/store": "kv", "sluice:time/timer": "timer"}.items())
MARKER = "marker-SECRET-0a9z/+text"


class Listener:
    """An HTTP server that remembers what came, and answers what it is told to by path."""

    def __init__(self, case):
        self.requests = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("content-length", 0))
                owner.requests.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
                if self.path.startswith("/granted/redirect"):
                    self.send_response(302)
                    self.send_header("location", "http://127.0.0.1:1/private")
                    self.send_header("content-length", "0")
                    self.end_headers()
                    return
                body = json.dumps({"echo": dict(self.headers), "path": self.path}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)


class SandboxCase(Case):
    def app(self, function, manifest=""):
        """An app with one function of this component (and what `manifest` adds)."""
        folder = self.folder / "app"
        folder.mkdir(exist_ok=True)
        text = f'[app]\nname = "sandbox"\n[function.f]\ncomponent = "f.wasm"\n[function.f.links]\n{HOST_LINKS}\n{manifest}'
        (folder / "sluice.toml").write_text(text)
        (folder / "f.wasm").write_bytes((COMPONENTS / f"{function}.wasm").read_bytes())
        return folder

    def invoke(self, folder, command, env=None):
        trace = self.folder / "trace.jsonl"
        trace.unlink(missing_ok=True)
        done = self.sluice("invoke", folder, "--data-file", "-", "--trace", trace, input=json.dumps(command), env=env)
        self.assertIn(done.returncode, (0, 1, 2, 3), (done.returncode, done.err))
        done.trace = trace.read_text() if trace.exists() else ""
        done.records = [json.loads(line) for line in done.trace.splitlines()]
        return done


class Limits(SandboxCase):
    def ends(self, command, limits, *says):
        done = self.invoke(self.app("commandable", f"[function.f.limits]\n{limits}\n"), command)
        self.assertEqual(done.returncode, 3, (done.out[:200], done.err))
        for text in says:
            self.assertIn(text, done.err)

    def test_cpu(self):
        self.ends({"do": "spin"}, "cpu-ms = 200", "cpu-ms")

    def test_memory(self):
        done = self.invoke(self.app("commandable", "[function.f.limits]\nmemory-mib = 8\n"),
                           {"do": "allocate", "bytes": 200 << 20})
        self.assertEqual(done.returncode, 0, done.err)
        self.assertLess(json.loads(done.out)["allocated"], 8 << 20)
        self.assertTrue(json.loads(done.out)["refused"])

    def test_stack(self):
        self.ends({"do": "recurse"}, "", "stack")

    def test_result(self):
        self.ends({"do": "big-result", "bytes": 1 << 20}, "result-bytes = 100000", "result-bytes")

    def test_time(self):
        self.ends({"do": "sleep", "ms": 60_000}, "time-limit-s = 1", "time-limit-s")

    def test_calls(self):
        steps = [{"do": "clock"}] * 50
        self.ends({"do": "sequence", "steps": steps}, "calls = 10", "limit calls")

    def test_argument(self):
        self.ends({"do": "kv", "op": "set", "key": "k", "value": "v" * 200_000}, "call-bytes = 100000", "call-bytes")

    def test_a_key_value_space_is_limited(self):
        done = self.invoke(self.app("commandable", "[function.f.limits]\nkv-value-bytes = 10\n"),
                           {"do": "kv", "op": "set", "key": "k", "value": "v" * 100})
        self.assertEqual(done.returncode, 1, done.err)
        self.assertIn("kv-value-bytes", done.err)

    def test_traps_are_told(self):
        done = self.invoke(self.app("commandable"), {"do": "trap"})
        self.assertEqual(done.returncode, 3)
        self.assertIn("trap", done.err)

    def test_bad_utf8(self):
        done = self.invoke(self.app("commandable"), {"do": "bad-utf8"})
        self.assertEqual(done.returncode, 3, done.err)

    def test_within_the_limits_all_is_well(self):
        done = self.invoke(self.app("commandable"), {"do": "return", "text": "fine"})
        self.assertEqual((done.returncode, done.out.strip()), (0, "fine"))


class Components(SandboxCase):
    def test_hostile_components_end_alone(self):
        files = sorted((COMPONENTS / "hostile").glob("*.wasm"))
        self.assertGreater(len(files), 15)
        for file in files:
            with self.subTest(component=file.stem):
                folder = self.folder / file.stem
                folder.mkdir()
                (folder / "f.wasm").write_bytes(file.read_bytes())
                (folder / "sluice.toml").write_text(
                    '[app]\nname = "sandbox"\n[function.f]\ncomponent = "f.wasm"\n'
                    '[function.f.limits]\ncpu-ms = 300\nresult-bytes = 1000000\n')
                done = self.invoke(folder, {})
                if file.stem == "start-grows":  # it takes the refusal of more memory well
                    self.assertEqual((done.returncode, done.out), (0, "stopped\n"))
                    continue
                self.assertIn(done.returncode, (2, 3), (done.out[:200], done.err))
                self.assertRegex(done.err, "sluice: .{20,}")
                self.assertEqual(done.out, "")

    def test_an_import_that_is_not_granted_is_refused_before_anything_runs(self):
        folder = self.app("commandable")
        manifest = (folder / "sluice.toml").read_text()
        (folder / "sluice.toml").write_text(manifest.replace('"sluice:kv/store" = "kv"\n', ""))
        done = self.invoke(folder, {"do": "return", "text": "ran"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("sluice:kv/store", done.err)
        self.assertEqual(done.records, [])

    def test_a_function_may_not_import_http(self):
        folder = self.app("commandable-http")
        done = self.invoke(folder, {})
        self.assertEqual(done.returncode, 2)
        self.assertIn("sluice:http/client", done.err)

    def test_types_are_compared_and_both_shown(self):
        folder = self.app("probe-caller", '"sluice:test/probe" = "kv"\n')
        done = self.invoke(folder, {})
        self.assertEqual(done.returncode, 2)
        self.assertIn("sluice:test/probe", done.err)


class Ways(SandboxCase):
    """A function asks an integration to send what its egress does not grant."""

    def setUp(self):
        super().setUp()
        self.listener = Listener(self)
        self.base = f"http://127.0.0.1:{self.listener.port}"

    def network(self, bind="{ owner = \"/owner\", repo = \"/repo\", number = \"/number\" }"):
        folder = self.app("probe-caller", f'''"sluice:test/probe" = {{ to = "net", bind = {bind} }}
[integration.net]
component = "net.wasm"
egress = ["GET {self.base}/granted/**", "GET,POST {self.base}/repos/{{owner}}/{{repo}}/pulls/{{number}}"]
secrets.token = {{ env = "SANDBOX_TOKEN", hosts = ["127.0.0.1:{self.listener.port}"] }}
[integration.net.links]
{HOST_LINKS}
''')
        (folder / "net.wasm").write_bytes((COMPONENTS / "commandable-http.wasm").read_bytes())
        return folder

    def send(self, owner="octo", repo="app", number=7, **request):
        command = {"do": "probe", "owner": owner, "repo": repo, "number": number,
                   "command": {"do": "http", "method": "GET", **request}}
        return self.invoke(self.network(), command, env={"SANDBOX_TOKEN": MARKER})

    def refused(self, *, says="refused", **request):
        done = self.send(**request)
        self.assertEqual(done.returncode, 1, (done.out, done.err))
        self.assertIn(says, done.err)
        self.assertEqual(self.listener.requests, [])
        sent = [record for record in done.records if record["interface"].startswith("sluice:http/client")]
        self.assertEqual(len(sent), 1, done.trace)
        self.assertIn(sent[0]["outcome"], ("refused", "failed"))
        self.assertTrue(sent[0]["error"])
        return done

    def test_what_is_granted_works(self):
        done = self.send(url=f"{self.base}/granted/x")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual([request[1] for request in self.listener.requests], ["/granted/x"])

    def test_another_host(self):
        self.refused(url="http://example.org/granted/x")

    def test_another_name_of_the_same_host(self):
        self.refused(url=f"http://localhost:{self.listener.port}/granted/x")

    def test_an_address_in_disguise(self):
        for host in ("2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "127.0.0.1.", "127.0.0.1%00.example.org"):
            with self.subTest(host=host):
                self.listener.requests.clear()
                self.assertNotEqual(self.send(url=f"http://{host}:{self.listener.port}/granted/x").returncode, 0)
                self.assertEqual(self.listener.requests, [])

    def test_another_port(self):
        self.refused(url="http://127.0.0.1:1/granted/x")

    def test_another_scheme(self):
        self.refused(url=f"https://127.0.0.1:{self.listener.port}/granted/x")
        self.refused(says="", url="file:///etc/passwd")
        self.refused(says="", url=f"ftp://127.0.0.1:{self.listener.port}/granted/x")

    def test_another_path(self):
        for path in ("/", "/grantedx", "/secret", "/granted/../secret", "/granted/%2e%2e/secret", "/granted/..%2fsecret",
                     "/repos/octo/app/pulls/8", "/repos/octo/app2/pulls/7", "/repos/octo%2fapp/app/pulls/7",
                     "/repos/octo/app/pulls/7/merge", "//granted/x", "/granted\\..\\secret"):
            with self.subTest(path=path):
                self.refused(says="", url=self.base + path)

    def test_the_bound_path_is_granted(self):
        done = self.send(url=f"{self.base}/repos/octo/app/pulls/7")
        self.assertEqual(done.returncode, 0, done.err)

    def test_another_method(self):
        self.refused(method="DELETE", url=f"{self.base}/granted/x")

    def test_user_info(self):
        self.refused(says="", url=f"http://me:pw@127.0.0.1:{self.listener.port}/granted/x")

    def test_headers_of_the_host(self):
        for name, value in (("Host", "evil.example"), ("host", "evil.example"), ("Content-Length", "5"),
                            ("Transfer-Encoding", "chunked"), ("Connection", "upgrade"), ("Proxy-Authorization", "x"),
                            ("X-A", "1\r\nX-Injected: 1"), ("X\r\nX-Injected", "1"), ("X-B", "a\0b")):
            with self.subTest(header=name):
                self.refused(says="", url=f"{self.base}/granted/x", headers=[{"name": name, "text": value}])

    def test_redirects_are_answers(self):
        done = self.send(url=f"{self.base}/granted/redirect")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual(json.loads(done.out)["status"], 302)
        self.assertEqual(len(self.listener.requests), 1)

    def test_a_secret_that_is_not_there(self):
        self.refused(url=f"{self.base}/granted/x", headers=[{"name": "Authorization", "secret": "other", "prefix": ""}])

    def test_another_value_than_the_bound_one(self):
        command = {"do": "probe", "owner": "octo", "repo": "app", "number": 7,
                   "command": {"do": "return", "text": "reached"}}
        folder = self.network(bind='{ owner = "/owner", repo = "/repo", number = "/command/number" }')
        command["command"]["number"] = 8
        done = self.invoke(folder, command, env={"SANDBOX_TOKEN": MARKER})
        self.assertEqual(done.returncode, 1, done.err)
        self.assertIn("bound", done.err)
        probe = [record for record in done.records if record["interface"].startswith("sluice:test/probe")]
        self.assertEqual([record["outcome"] for record in probe], ["refused"])

    def test_a_secret_is_found_nowhere(self):
        for command in ({"headers": [{"name": "Authorization", "secret": "token", "prefix": "Bearer "}]},
                        {"url_secrets": [{"slot": "{t}", "secret": "token"}], "path": "/granted/x?key={t}"}):
            with self.subTest(command=command):
                self.listener.requests.clear()
                path = command.pop("path", "/granted/x")
                done = self.send(url=self.base + path, **command)
                self.assertEqual(done.returncode, 0, done.err)
                # It did go out, and the server echoed it.
                method, target, headers, _ = self.listener.requests[0]
                self.assertTrue(MARKER in headers.get("Authorization", "") or "marker-SECRET" in target)
                for form, text in encodings(MARKER).items():
                    for where, seen in (("the guest's answer", done.out), ("errors", done.err), ("the trace", done.trace)):
                        self.assertNotIn(text, seen, f"{form} in {where}")


class Recursion(SandboxCase):
    def relays(self, links):
        """Integrations, each linked to another one."""
        parts = [f'''[integration.{name}]
component = "relay.wasm"
[integration.{name}.links]
"sluice:test/probe" = "{to}"
{HOST_LINKS}
''' for name, to in links.items()]
        folder = self.app("probe-caller", '"sluice:test/probe" = "a"\n[function.f.limits]\ncall-depth = 3\n' +
                          "".join(parts) + f'''[integration.last]
component = "last.wasm"
egress = ["http://127.0.0.1:1"]
[integration.last.links]
{HOST_LINKS}
''')
        (folder / "relay.wasm").write_bytes((COMPONENTS / "probe-relay.wasm").read_bytes())
        (folder / "last.wasm").write_bytes((COMPONENTS / "commandable-http.wasm").read_bytes())
        return folder

    def test_an_integration_linked_to_itself(self):
        done = self.invoke(self.relays({"a": "a"}), {})
        self.assertEqual(done.returncode, 2, (done.out, done.err))
        self.assertIn("circle", done.err)

    def test_links_in_a_circle(self):
        done = self.invoke(self.relays({"a": "b", "b": "c", "c": "a"}), {})
        self.assertEqual(done.returncode, 2, (done.out, done.err))
        self.assertIn("circle", done.err)

    def test_the_depth_of_calls_is_limited(self):
        command = {"do": "return", "text": "the bottom"}
        for _ in range(3):
            command = {"do": "probe", "command": command}
        folder = self.relays({"a": "b", "b": "last"})
        done = self.invoke(folder, command)
        self.assertEqual((done.returncode, done.out.strip()), (0, "the bottom"), done.err)
        folder = self.relays({"a": "b", "b": "c", "c": "last"})
        done = self.invoke(folder, {"do": "probe", "command": command})
        self.assertEqual(done.returncode, 1, (done.out, done.err))
        self.assertIn("call-depth", done.err)


if __name__ == "__main__":
    unittest.main()
