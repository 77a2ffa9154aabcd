"""`sluice check` on apps of the test guests: what it says of links, secrets, warnings and everything that is wrong."""

import json
import re
import shutil
import subprocess
import unittest

from support import SLUICE, Case

COMPONENTS = SLUICE.parent / "components"
HOST_LINKS = """"wasi:logging/logging" = "log"
"wasi:config/store" = "config"
"wasi:clocks/wall-clock" = "clock"
"wasi:random/random" = "random"
"sluice:kv/store" = "kv"
"sluice:time/timer" = "timer"
"""
# Everything narrowed and used: nothing to warn of.
QUIET = f"""[app]
name = "probing"

[function.caller]
component = "probe-caller.wasm"

[function.caller.links]
"sluice:test/probe" = {{ to = "service", bind = {{ owner = "/owner", repo = ["/repo", "/name"] }}, budget = {{ calls = 3, bytes = 4096 }} }}
{HOST_LINKS}
[integration.service]
component = "commandable-http.wasm"
egress = ["GET https://api.example.org/repos/{{owner}}/{{repo}}/**"]
secrets.token = {{ env = "PROBE_TOKEN", hosts = ["api.example.org"] }}

[integration.service.links]
{HOST_LINKS}
[trigger.hook]
kind = "github"
secret = {{ env = "PROBE_HOOK" }}
events = ["pull_request"]
function = "caller"
"""
SECRET = "a-text-that-must-not-be-shown"


class CheckCase(Case):
    def app(self, text=QUIET, name="app", components=("probe-caller", "commandable-http")):
        folder = self.folder / name
        folder.mkdir()
        for component in components:
            shutil.copy(COMPONENTS / f"{component}.wasm", folder)
        (folder / "sluice.toml").write_text(text, encoding="utf-8")
        return folder

    def replaced(self, old, new, text=QUIET):
        self.assertIn(old, text)
        return text.replace(old, new)

    def json_of(self, folder, code=0, *arguments, env=None):
        done = self.sluice("check", folder, "--format", "json", *arguments, env=env)
        self.assertEqual(done.returncode, code, done.out + done.err)
        return json.loads(done.out)

    def kinds(self, text, code=0, *arguments):
        name = f"app-{len(list(self.folder.iterdir()))}"
        return [warning["kind"] for warning in self.json_of(self.app(text, name), code, *arguments)["warnings"]]


class Graph(CheckCase):
    def test_who_can_reach_what(self):
        graph = self.json_of(self.app())
        self.assertEqual((graph["version"], graph["ok"], graph["warnings"], graph["problems"]), (1, True, [], []))
        self.assertEqual(graph["app"]["name"], "probing")
        function, = graph["functions"]
        self.assertEqual(function["triggers"], ["hook"])
        links = {link["interface"].partition("@")[0]: link for link in function["links"]}
        probe = links["sluice:test/probe"]
        self.assertEqual(probe["to"], {"kind": "integration", "name": "service"})
        self.assertEqual(probe["budget"], {"calls": 3, "bytes": 4096})
        self.assertEqual(probe["bind"], [{"parameter": "owner", "pointers": ["/owner"]},
                                         {"parameter": "repo", "pointers": ["/repo", "/name"]}])
        call, = probe["functions"]
        self.assertEqual((call["name"], call["granted"], call["bound"]), ("call", True, ["owner", "repo"]))
        self.assertEqual(call["signature"], "call: func(owner: string, repo: string, number: u32, command: string)"
                                            " -> result<string, string>")
        self.assertEqual(links["wasi:random/random"]["to"], {"kind": "host", "name": "random"})
        self.assertEqual(function["network"], [
            {"egress": "GET https://api.example.org/repos/{owner}/{repo}/**", "interface": probe["interface"],
             "through": ["service"], "narrowed": ["owner", "repo"], "open": False}])
        integration, = graph["integrations"]
        self.assertEqual((integration["used-by"], integration["uses-network"]), (["caller"], True))
        self.assertEqual(integration["secrets"], ["token"])
        self.assertNotIn("sluice:http/client", json.dumps(integration["links"]))

    def test_functions_that_are_not_granted(self):
        text = self.replaced("budget = {", "functions = [], budget = {")
        function, = self.json_of(self.app(text))["functions"]
        probe = next(link for link in function["links"] if link["interface"].startswith("sluice:test/probe"))
        self.assertFalse(probe["functions"][0]["granted"])
        self.assertEqual(function["network"], [])

    def test_secrets_are_named_and_never_shown(self):
        folder = self.app()
        for set_one, usable in (({}, False), ({"PROBE_TOKEN": SECRET}, True), ({"PROBE_TOKEN": "short"}, False)):
            environment = {**{"PROBE_TOKEN": "", "PROBE_HOOK": ""}, **set_one}
            secrets = {one["name"]: one for one in self.json_of(folder, env=environment)["secrets"]}
            token = secrets["integration.service.secrets.token"]
            self.assertEqual(token["from"], {"kind": "env", "name": "PROBE_TOKEN"})
            self.assertEqual(token["hosts"], [{"host": "api.example.org", "port": None}])
            self.assertEqual(token["usable"], usable)
            self.assertEqual(bool(token["why"]), not usable)
            self.assertFalse(secrets["trigger.hook.secret"]["usable"])
            for form in ("text", "json", "dot"):
                done = self.sluice("check", folder, "--format", form, env=environment)
                self.assertEqual(done.returncode, 0, done.err)
                self.assertNotIn(SECRET, done.out + done.err)

    def test_a_secret_from_a_file(self):
        folder = self.app(self.replaced('env = "PROBE_TOKEN"', 'file = "token.txt"'))
        self.assertIn("integration.service.secrets.token: the file token.txt: not there",
                      self.sluice("check", folder).out)
        state = self.json_of(folder)["secrets"][0]
        self.assertEqual((state["from"], state["usable"]), ({"kind": "file", "name": "token.txt"}, False))
        (folder / "token.txt").write_text(SECRET + "\n", encoding="utf-8")
        self.assertTrue(self.json_of(folder)["secrets"][0]["usable"])

    def test_text_says_the_same(self):
        done = self.sluice("check", self.app(), env={"PROBE_TOKEN": SECRET, "PROBE_HOOK": "1"})
        self.assertEqual(done.returncode, 0, done.err)
        for text in ("started by: trigger hook: GitHub's pull_request, at /hooks/probing/hook",
                     "-> integration service", "granted: call(owner, repo)", "bound: repo = /repo or /name of the event",
                     "budget of a run: 3 calls, 4096 bytes", "secret token: for api.example.org alone",
                     "integration.service.secrets.token: the environment variable PROBE_TOKEN: set",
                     "trigger.hook.secret: the environment variable PROBE_HOOK: cannot be used",
                     "through service; as in the event: owner, repo", "fine: no warnings"):
            self.assertIn(text, done.out)

    def test_control_characters_do_not_reach_the_terminal(self):
        text = self.replaced('name = "probing"', 'name = "probing"\ndescription = "\\u009b31mred"')
        done = self.sluice("check", self.app(text))
        self.assertEqual(done.returncode, 0, done.err)
        self.assertNotRegex(done.out, r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
        self.assertIn("\\u009b31mred", done.out)


class Dot(CheckCase):
    STRING = r'"(?:[^"\\]|\\.)*"'
    NODE = re.compile(rf"  ({STRING}) \[label={STRING}(?:, \w+=\w+)+\];")
    EDGE = re.compile(rf"  ({STRING}) -> ({STRING}) \[label={STRING}(?:, \w+=\w+)*\];")

    def read(self, text):
        """Nodes and edges; fails where a line is none of the language that the graph is written in."""
        lines = text.splitlines()
        self.assertRegex(lines[0], rf"^digraph {self.STRING} \{{$")
        self.assertEqual(lines[-1], "}")
        nodes, edges = set(), set()
        for line in lines[1:-1]:
            if re.fullmatch(rf"  (rankdir=LR|(node|edge) \[fontname={self.STRING}(, fontsize=10)?\]);", line):
                continue
            edge, node = self.EDGE.fullmatch(line), self.NODE.fullmatch(line)
            self.assertTrue(edge or node, line)
            if edge:
                edges.add((edge[1], edge[2]))
            else:
                nodes.add(node[1])
        for ends in edges:
            self.assertLessEqual(set(ends), nodes)
        if shutil.which("dot"):
            drawn = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, timeout=60)
            self.assertEqual((drawn.returncode, drawn.stderr), (0, b""))
        return nodes, edges

    def test_every_way_is_an_edge(self):
        done = self.sluice("check", self.app(), "--format", "dot")
        self.assertEqual(done.returncode, 0, done.err)
        _, edges = self.read(done.out)
        for edge in (('"trigger:hook"', '"component:caller"'), ('"component:caller"', '"component:service"'),
                     ('"component:caller"', '"host:log"'),
                     ('"component:service"', '"network:https://api.example.org"')):
            self.assertIn(edge, edges)

    def test_everything_is_escaped(self):
        # Graphviz reads HTML entities in labels.
        plain = self.app(self.replaced("/repos/{owner}/{repo}/**", "/a&lt;b/{owner}/{repo}/**"), "plain")
        done = self.sluice("check", plain, "--format", "dot")
        self.assertEqual(done.returncode, 0, done.err)
        self.read(done.out)
        self.assertIn("/a&amp;lt;b/", done.out)

    def test_warnings_go_beside_the_graph(self):
        done = self.sluice("check", self.app(QUIET.partition("[trigger")[0]), "--format", "dot")
        self.assertEqual(done.returncode, 0)
        self.read(done.out)
        self.assertIn("[no-trigger]", done.err)


class Warnings(CheckCase):
    def test_each_kind(self):
        rule = 'egress = ["GET https://api.example.org/repos/{owner}/{repo}/**"]'
        cases = (
            ("unused-link", '"wasi:random/random" = "random"',
             '"wasi:random/random" = "random"\n"me:other/thing" = "log"'),
            ("binding-without-effect", "/repos/{owner}/{repo}/**", "/repos/{owner}/*/**"),
            ("egress-beyond-secrets", "https://api.example.org/", "https://*.example.org/"),
            ("unencrypted-egress", rule, rule[:-1] + ', "http://192.0.2.1/status"]'),
            ("secret-on-any-port", rule, rule[:-1] + ', "https://api.example.org:8443/status"]'),
            ("open-way-out", 'bind = { owner = "/owner", repo = ["/repo", "/name"] }, ', ""),
        )
        for kind, old, new in cases:
            with self.subTest(kind):
                self.assertIn(kind, self.kinds(self.replaced(old, new)))
        self.assertIn("no-trigger", self.kinds(QUIET.partition("[trigger")[0]))
        unused = QUIET + '[integration.idle]\ncomponent = "probe-relay.wasm"\negress = ["https://example.org/a"]\n' \
            + '[integration.idle.links]\n"sluice:test/probe" = "service"\n' + HOST_LINKS
        folder = self.app(unused, "idle", ("probe-caller", "commandable-http", "probe-relay"))
        kinds = [warning["kind"] for warning in self.json_of(folder)["warnings"]]
        self.assertEqual(sorted(kinds), ["unused-egress", "unused-integration"])

    def test_strict_makes_them_an_exit_code(self):
        quiet, loud = self.app(), self.app(QUIET.partition("[trigger")[0], "loud")
        self.assertEqual(self.sluice("check", "--strict", quiet).returncode, 0)
        done = self.sluice("check", "--strict", loud)
        self.assertEqual(done.returncode, 1)
        self.assertIn("[no-trigger]", done.out)
        self.assertEqual(self.sluice("check", loud).returncode, 0)


class Wrong(CheckCase):
    PLACE = re.compile(r"sluice\.toml:\d+:\d+: \S")

    def problems(self, folder):
        """The problems as JSON; the text form has each of them with its place."""
        graph = self.json_of(folder, 2)
        self.assertFalse(graph["ok"])
        self.assertNotIn("functions", graph)
        done = self.sluice("check", folder)
        self.assertEqual((done.returncode, done.out), (2, ""))
        for problem in graph["problems"]:
            self.assertIn(problem["why"], done.err)
            self.assertIn(f"sluice.toml:{problem['line']}:{problem['column']}: {problem['key']}: ", done.err)
        return graph["problems"]

    def test_a_missing_file_hides_nothing_of_the_others(self):
        text = self.replaced('"wasi:random/random" = "random"\n', "") + \
            '[function.gone]\ncomponent = "gone.wasm"\n[function.none]\ncomponent = "none.wasm"\n'
        folder = self.app(text)
        (folder / "none.wasm").write_bytes(b"no component")
        problems = {problem["key"]: problem for problem in self.problems(folder)}
        self.assertEqual(set(problems), {"function.gone.component", "function.none.component",
                                         "function.caller.component", "integration.service.component"})
        for name in ("function.caller", "integration.service"):
            self.assertIn("wasi:random/random", problems[f"{name}.component"]["why"])
            self.assertIn(f"[{name}.links]", problems[f"{name}.component"]["todo"])

    def test_types_that_differ_show_both(self):
        # The interface is there with the name that is wanted; what answers has other functions.
        problems = self.problems(self.app(self.replaced('"wasi:random/random" = "random"', '"wasi:random/random" = "log"')))
        self.assertEqual(len(problems), 2)
        for problem in problems:
            self.assertIn("wasi:random/random", problem["key"])
            self.assertIn("host log", problem["why"])

    def test_a_function_that_speaks_http(self):
        text = "[app]\nname = \"loose\"\n[function.loose]\ncomponent = \"commandable-http.wasm\"\n[function.loose.links]\n"
        whys = " ".join(problem["why"] for problem in self.problems(self.app(text + HOST_LINKS)))
        self.assertIn("only integrations may use the network", whys)
        self.assertIn("sluice:events/handler", whys)

    def test_an_integration_without_egress(self):
        lines = [line for line in QUIET.split("\n") if not line.startswith(("egress", "secrets."))]
        problem, = self.problems(self.app("\n".join(lines)))
        self.assertIn("egress", problem["why"])

    def test_a_bound_parameter_that_is_not_there(self):
        problem, = self.problems(self.app(self.replaced('owner = "/owner"', 'owner = "/owner", nobody = "/x"')))
        self.assertIn("nobody", problem["why"])
        self.assertEqual(problem["line"], QUIET[:QUIET.index('"sluice:test/probe"')].count("\n") + 1)

    def test_in_the_forms_of_the_graph(self):
        folder = self.app(self.replaced('"log"', '"logg"'))
        done = self.sluice("check", folder, "--format", "dot")
        self.assertEqual((done.returncode, done.out), (2, ""))
        self.assertRegex(done.err, self.PLACE)

    def test_usage(self):
        for arguments in (["--format", "xml"], ["a", "b"], ["--unknown"]):
            done = self.sluice("check", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.err.strip())
        self.assertIn("Example", self.sluice("check", "--help").out)

    def test_what_cannot_be_checked(self):
        folder = self.app()
        with open("/dev/full", "wb") as full:
            code = subprocess.run([SLUICE, "check", folder], stdout=full, stderr=subprocess.PIPE, timeout=120).returncode
        self.assertEqual(code, 3)
        (folder / "sluice.toml").unlink()
        (folder / "sluice.toml").symlink_to("/proc/self/mem")  # is there, and reading it fails, for root too
        done = self.sluice("check", folder)
        self.assertEqual(done.returncode, 3, done.err)
        self.assertIn("sluice.toml", done.err)


if __name__ == "__main__":
    unittest.main()
