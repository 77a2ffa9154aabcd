"""`sluice check`: what is wrong with an app, and who of it can reach what."""

import json
import shutil
import unittest

from support import APP, Case, Manifest


class Good(Case):
    def test_text(self):
        done = self.sluice("check", APP)
        self.assertEqual(done.returncode, 0, done.err)
        for text in ("code-review", "review", "github", "sluice:github/pulls", "https://api.github.com"):
            self.assertIn(text, done.out)

    def test_json(self):
        done = self.sluice("check", APP, "--format", "json")
        self.assertEqual(done.returncode, 0, done.err)
        text = json.dumps(json.loads(done.out))
        for part in ("sluice:github/pulls", "api.github.com", "GITHUB_TOKEN"):
            self.assertIn(part, text)

    def test_graphviz(self):
        done = self.sluice("check", APP, "--format", "dot")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertRegex(done.out, r"^digraph ")
        self.assertIn("->", done.out)
        self.assertEqual(done.out.count("{"), done.out.count("}"))

    def test_needs_no_secrets(self):
        done = self.sluice("check", APP, env={"GITHUB_TOKEN": "", "GITHUB_WEBHOOK_SECRET": ""})
        self.assertEqual(done.returncode, 0, done.err)


class Bad(Case):
    def refused(self, manifest, *says):
        app = manifest.install(self.folder / "app")
        self.refused_folder(app, *says)
        shutil.rmtree(app)

    def refused_folder(self, app, *says):
        for arguments in ((), ("--format", "json")):
            done = self.sluice("check", app, *arguments)
            self.assertIn(done.returncode, (1, 2), done.out + done.err)
            for text in says:
                self.assertIn(text, done.out + done.err)

    def test_unknown_keys_with_their_place_and_a_suggestion(self):
        self.refused(Manifest().setting("function.review", "componet", '"x.wasm"'), "sluice.toml", "componet",
                     "component")

    def test_missing_files(self):
        self.refused(Manifest().setting("function.review", "component", '"gone.wasm"'), "gone.wasm")

    def test_paths_that_leave_the_app(self):
        for path in ("../review.wasm", "/etc/passwd"):
            self.refused(Manifest().setting("function.review", "component", f'"{path}"'), path)

    def test_wrong_types(self):
        self.refused(Manifest().setting("function.review", "component", "7"), "function.review.component",
                     "expected a text")
        self.refused(Manifest().setting("function.review.limits", "memory-mib", '"much"'), "memory-mib")

    def test_links_to_nothing(self):
        self.refused(Manifest().setting("function.review.links", '"sluice:github/pulls"', '"gitlab"'), "gitlab")

    def test_imports_that_are_not_granted(self):
        manifest = Manifest()
        lines = manifest.text.split("\n")
        kept = [line for line in lines if not line.strip().startswith('"wasi:logging/logging"')]
        self.assertLess(len(kept), len(lines))
        manifest.text = "\n".join(kept)
        self.refused(manifest, "wasi:logging/logging")

    def test_a_binding_of_what_no_function_has(self):
        manifest = Manifest().replace("bind = {", 'bind = { nonsense = "/x",')
        self.refused(manifest, "nonsense")

    def test_no_toml(self):
        for text in ("[app", "\0", "a = 1\na = 2"):
            manifest = Manifest()
            manifest.text = text
            self.refused(manifest, "sluice.toml")

    def test_components_that_are_none(self):
        good = (APP / "review.wasm").read_bytes()
        for content, name in ((b"", "empty"), (b"hello", "text"), (good[:len(good) // 2], "truncated"),
                              (b"\0asm\1\0\0\0", "core")):
            with self.subTest(name):
                app = Manifest().install(self.folder / name)
                (app / "review.wasm").write_bytes(content)
                self.refused_folder(app, "review.wasm")

    def test_a_function_in_place_of_an_integration(self):
        app = Manifest().install(self.folder / "app")
        shutil.copy(app / "review.wasm", app / "github.wasm")
        self.refused_folder(app, "sluice:github/pulls")

    def test_no_app(self):
        done = self.sluice("check", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("sluice.toml", done.err)


if __name__ == "__main__":
    unittest.main()
