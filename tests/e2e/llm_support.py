"""What the end-to-end tests of language models share: an app whose function asks what its event says."""

import json
import shutil

from support import ROOT, SLUICE, Case  # finds the folder of stand-ins
from standin.llm import LlmStandIn

KEY = "sk-marker+MODEL/0123456789=key"
COMPONENTS = SLUICE.parent / "components"
KEY_HEADERS = {"openai": "authorization", "anthropic": "x-api-key"}

LINKS = """
"wasi:logging/logging" = "log"
"wasi:config/store" = "config"
"wasi:clocks/wall-clock" = "clock"
"sluice:time/timer" = "timer"
"""
MANIFEST = """
[app]
name = "ask"

[function.ask]
component = "GUEST.wasm"
[function.ask.links]
"wasi:random/random" = "random"
"sluice:kv/store" = "kv"
LLM_LINKS
LINKS

[integration.model]
component = "KIND.wasm"
timeout-s = TIMEOUT
egress = ["POST URL/v1/**"]
secrets.key = { env = "MODEL_KEY", hosts = ["HOST"] }

[integration.model.config]
base-url = "URL/v1"
model = "scripted-1"
key-header = "KEY_HEADER"
retry-base-ms = 10
CONFIG

[integration.model.links]
LINKS
"""
SCHEMA = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"],
          "additionalProperties": False}
TOOL = {"name": "weather", "description": "Says the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}


def manifest(kind, guest, url, config="", timeout=30):
    links = ['"sluice:llm/chat" = "model"']
    if guest == "commandable-llm":
        links.append('"sluice:llm/embeddings" = "model"')
    values = {"GUEST": guest, "LLM_LINKS": "\n".join(links), "LINKS": LINKS, "KIND": kind, "URL": url,
              "HOST": url.split("//")[1], "KEY_HEADER": KEY_HEADERS[kind], "CONFIG": config, "TIMEOUT": str(timeout)}
    text = MANIFEST
    for name in ("KEY_HEADER", "LLM_LINKS", "LINKS", "GUEST", "KIND", "URL", "HOST", "CONFIG", "TIMEOUT"):
        text = text.replace(name, values[name])
    return text


class LlmCase(Case):
    """A test of one integration against the scripted model."""

    KIND = "openai"

    def setUp(self):
        super().setUp()
        self.llm = LlmStandIn(key=KEY).start()
        self.addCleanup(self.llm.stop)
        self.app = self.folder / "app"
        self.app.mkdir()
        self.guest = "commandable-llm" if self.KIND == "openai" else "commandable-chat"
        for component in (self.guest, self.KIND):
            shutil.copy(COMPONENTS / f"{component}.wasm", self.app)
        self.configure()

    def configure(self, config="", url=None, timeout=30, **replaced):
        text = manifest(self.KIND, self.guest, url or self.llm.url, config, timeout)
        for old, new in replaced.get("replaced", {}).items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write("app/sluice.toml", text)

    def command(self, command, key=KEY):
        """Runs the function with this command; gives the finished program, with its records."""
        trace = self.folder / "trace.jsonl"
        trace.unlink(missing_ok=True)
        done = self.sluice("invoke", self.app, "--data-file", "-", "--trace", trace, input=json.dumps(command),
                           env={"MODEL_KEY": key})
        done.trace = trace.read_text() if trace.exists() else ""
        done.records = [json.loads(line) for line in done.trace.splitlines()]
        return done

    def answer(self, command):
        done = self.command(command)
        self.assertEqual(done.returncode, 0, done.err)
        self.done = done
        return json.loads(done.out)

    def ask(self, *messages, **options):
        return self.answer({"do": "ask", "messages": list(messages), "options": options})

    def failure(self, *messages, **options):
        """What the function says of the error."""
        done = self.command({"do": "ask", "messages": list(messages or ["hello"]), "options": options})
        self.assertEqual(done.returncode, 1, (done.out, done.err))
        self.done = done
        return done.err[done.err.rindex("llm: ") + 5:].strip()

    def last_request(self):
        return json.loads(self.llm.requests()[-1]["body"])

    def check_example(self, variable):
        """What `sluice check` says of the manifest in the integration's README, with the test guest in it."""
        text = (ROOT / "integrations" / self.KIND / "README.md").read_text(encoding="utf-8")
        example = text.split("```toml\n", 1)[1].split("```", 1)[0]
        own = '"wasi:random/random" = "random"\n"sluice:kv/store" = "kv"\n' + LINKS.strip()
        table = "[function.ask.links]\n"
        self.assertIn(table, example)
        example = example.replace("ask.wasm", f"{self.guest}.wasm").replace(table, table + own + "\n")
        self.write("app/sluice.toml", example)
        done = self.sluice("check", self.app, env={variable: KEY})
        self.assertEqual(done.returncode, 0, done.out + done.err)
        self.assertRegex(done.out, r"fine, with 1 warning\n.*\[no-trigger\]")
        return done.out
