"""Models of apps: found, compared with their hashes before anything runs, and refused where something is wrong."""

import json
import os
import shutil
import unittest

from model_support import CHAT, MODELS, ModelCase, sha256
from support import HARMLESS, RISKY, Manifest

ZERO = "0" * 64


class ModelFiles(ModelCase):
    def setUp(self):
        super().setUp()
        # Compiled components stay in the user's cache; the catalogue is of this test.
        self.home = {"XDG_DATA_HOME": str(self.folder / "data"), "GITHUB_TOKEN": "ghp_0123456789abcdef",
                     "GITHUB_WEBHOOK_SECRET": "hook-0123456789abcdef"}

    LINK = '{ to = "model:local", budget = { tokens = 5000 } }'

    def app(self, path=MODELS / CHAT, hash_=None, name="app", link=LINK):
        """The review app with a model."""
        manifest = Manifest()
        manifest.replace('"sluice:llm/chat" = "none"', f'"sluice:llm/chat" = {link}')
        if path is not None:
            manifest.text += (f'\n[model.local]\nbackend = "ggml"\npath = {json.dumps(str(path))}\n'
                              f'sha256 = "{hash_ or sha256(path)}"\n')
        return manifest.install(self.folder / name)

    def check(self, app, *arguments, code=0):
        done = self.sluice("check", app, *arguments, env=self.home)
        self.assertEqual(done.returncode, code, done.out + done.err)
        return done

    def test_check_shows_models(self):
        app = self.app()
        text = self.check(app).out
        self.assertIn(f"model local ({MODELS / CHAT})", text)
        self.assertIn("backend: ggml", text)
        self.assertIn(f"sha256: {sha256(MODELS / CHAT)}, verified", text)
        self.assertRegex(text, r"used by: review, through sluice:llm/chat@\S+, 5000 tokens for each run")
        self.assertIn("budget of a run: 5000 tokens", text)
        self.assertIn(", 1 model, ", text)
        told = json.loads(self.check(app, "--format", "json").out)
        self.assertEqual(told["version"], 1)
        [model] = told["models"]
        self.assertEqual((model["name"], model["catalogue"], model["backend"]), ("local", None, "ggml"))
        self.assertIs(model["verified"], True)
        self.assertEqual((model["path"], model["sha256"]), (str(MODELS / CHAT), sha256(MODELS / CHAT)))
        [use] = model["used-by"]
        self.assertEqual((use["by"], use["tokens"]), ("review", 5000))
        links = {link["interface"].split("@")[0]: link for link in told["functions"][0]["links"]}
        link = links["sluice:llm/chat"]
        self.assertEqual(link["interface"], use["interface"])
        self.assertEqual((link["to"], link["budget"]), ({"kind": "model", "name": "local"}, {"tokens": 5000}))
        graph = self.check(app, "--format", "dot").out
        self.assertIn(f'"model:local" [label="model\\nlocal\\n{CHAT}\\nverified", shape=cylinder];', graph)
        self.assertRegex(graph, r'"component:review" -> "model:local" \[label="[^"]*5000 tokens"\];')

    def test_check_shows_models_of_the_catalogue(self):
        told = json.loads(self.check(self.app(path=None, link='"model:smollm2"'), "--format", "json").out)
        [model] = told["models"]
        self.assertEqual((model["name"], model["catalogue"], model["verified"]), ("smollm2", "smollm2", True))
        self.assertEqual(model["used-by"][0]["tokens"], None)

    def test_a_model_that_nothing_uses_is_warned_of(self):
        app = self.app(link='"none"')
        self.assertIn("[unused-model]", self.check(app, "--strict", code=1).out)

    def test_another_hash_is_an_error_that_names_both_and_nothing_runs(self):
        app = self.app(hash_=ZERO)
        for arguments in (["check", app], ["up", app, "--listen", "127.0.0.1:0"],
                          ["review", "--app", app, "--diff", "-"]):
            with self.subTest(command=arguments[0]):
                done = self.sluice(*arguments, input=HARMLESS, env=self.home)
                self.assertIn(done.returncode, (2, 3), done.out + done.err)
                self.assertIn(ZERO, done.err)
                self.assertIn(sha256(MODELS / CHAT), done.err)
                self.assertRegex(done.err, r"sluice\.toml:\d+:\d+: model\.local\.sha256")
                self.assertNotIn("serving", done.out)
        [problem] = json.loads(self.check(app, "--format", "json", code=2).out)["problems"]
        self.assertEqual(problem["key"], "model.local.sha256")

    def test_serve_compares_hashes_too(self):
        path = self.copy()
        self.model("add", path, "--name", "mine")
        with open(path, "r+b") as file:
            file.seek(-4, os.SEEK_END)
            file.write(b"edit")
        done = self.sluice("serve", "--model", "mine", "--listen", "127.0.0.1:0", env=self.home)
        self.assertEqual(done.returncode, 3, done.out + done.err)
        self.assertIn(sha256(path), done.err)
        self.assertIn("is expected", done.err)
        self.assertNotIn("serving", done.out)

    def test_missing_and_broken_files_of_an_app_are_told_with_their_place(self):
        for path, why in self.bad_files():
            if not path.is_file() or path.name in ("text.gguf", "version-1.gguf", "architecture.gguf"):
                continue
            with self.subTest(path=path.name):
                app = self.app(path, ZERO, name=path.stem)
                done = self.check(app, code=2)
                self.assertIn(str(path), done.err)
                self.assertRegex(done.err, r"sluice\.toml:\d+:\d+: model\.local\.(path|sha256)")
        done = self.check(self.app(self.folder / "none.gguf", ZERO, name="none"), code=2)
        self.assertIn("there is no file", done.err)

    def test_links_to_models_that_are_not_there_are_told(self):
        done = self.check(self.app(path=None, link='"model:smolm2"'), code=2)
        self.assertIn("no `[model.smolm2]`, and neither has the catalogue", done.err)
        self.assertIn("minilm, smollm2", done.err)
        path = self.copy()
        self.model("add", path, "--name", "mine")
        path.unlink()
        done = self.check(self.app(path=None, link='"model:mine"', name="b"), code=2)
        self.assertIn("has no file any more", done.err)

    def test_what_is_no_model_fails_when_it_is_asked_and_the_program_goes_on(self):
        for path, why in self.bad_files():
            if not path.is_file() or path.stat().st_size == 0:
                continue
            with self.subTest(path=path.name):
                done = self.sluice("model", "bench", path, "--parallel", "1", env=self.home)
                self.assertEqual(done.returncode, 3, done.out + done.err)
                self.assertIn(why, done.err)
                self.assertNotIn("/proc/", done.err)

    def test_a_review_whose_model_is_none_is_that_of_the_signals(self):
        bad = self.write("text.gguf", "this is no model\n" * 100)
        done = self.sluice("review", "--app", self.app(bad), "--diff", "-", input=RISKY, env=self.home)
        self.assertEqual(done.returncode, 0, done.out + done.err)
        self.assertIn("signal:code-evaluated", done.out)
        self.assertIn("By the model 0 of these hunks were read", done.out)
        self.assertIn("it is no GGUF file", done.out)

    def test_a_model_that_needs_more_memory_is_told_with_the_numbers(self):
        self.model("add", self.copy(of=CHAT), "--name", "large")
        text = self.catalogue.read_text()
        self.catalogue.write_text(text + "memory-mib = 50\n")
        done = self.sluice("model", "bench", "large", "--parallel", "1", env=self.home)
        self.assertEqual(done.returncode, 3, done.out + done.err)
        self.assertRegex(done.err, r"needs \d+ MiB of memory, and 50 MiB are allowed \(memory-mib\)")

    def test_more_context_than_a_model_has_is_told_with_the_numbers(self):
        done = self.sluice("model", "bench", "smollm2", "--parallel", "1", "--prompt-tokens", "1000000",
                           "--answer-tokens", "1000000", env=self.home)
        self.assertEqual(done.returncode, 2, done.out + done.err)
        self.assertRegex(done.err, r"the prompt needs \d{6} tokens with one of the answer, and the context has 8192")

    def test_a_verdict_is_kept_safely_and_for_this_file_alone(self):
        path = self.copy()
        cache = self.folder / "hashes"
        self.model("add", path, "--name", "mine")

        def kept():
            self.home["XDG_CACHE_HOME"] = str(cache)
            self.home["SLUICE_CACHE"] = ""
            return self.listed("--verify") and self.listed()["mine"]["file"] == "verified"

        self.wait_for(kept, "the file to be old enough")
        [entry] = [file for file in (cache / "sluice" / "model-hashes").iterdir() if str(path) in file.read_text()]
        self.assertEqual(entry.stat().st_mode & 0o777, 0o600)
        self.assertEqual(entry.parent.stat().st_mode & 0o777, 0o700)
        # A file that was replaced, with the same size and times, does not have the old one's verdict.
        times = path.stat()
        other = shutil.copy(path, self.folder / "other.gguf")
        with open(other, "r+b") as file:
            file.seek(-4, os.SEEK_END)
            file.write(b"edit")
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        os.replace(other, path)
        self.assertEqual(self.listed()["mine"]["file"], "not verified yet")
        self.assertEqual(self.listed("--verify", code=1)["mine"]["file"], "wrong hash")
        # Others could have written it: it does not count.
        for model in self.listed().values():
            self.assertIn(model["file"], ("verified", "not verified yet", "wrong hash"))
        os.chmod(entry.parent, 0o777)
        self.assertEqual({model["file"] for model in self.listed().values()}, {"not verified yet"})


if __name__ == "__main__":
    unittest.main()
