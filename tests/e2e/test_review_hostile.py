"""`sluice review` of repositories that try to have their own programs run: each says so by making a file."""

import json
import unittest

from review_case import ReviewCase


class Hostile(ReviewCase):
    def setUp(self):
        super().setUp()
        self.make_repository()
        self.mark = self.folder / "was-run"
        self.program = self.write("run.sh", f"#!/bin/sh\ntouch {self.mark}\nexec cat\n")
        self.program.chmod(0o755)

    def set(self, key, value, *options, cwd=None):
        self.git("config", *options, key, str(value), cwd=cwd)

    def change_it(self):
        (self.repository / "a.py").write_text("def f(x):\n    return eval(x + x)\n")

    def assert_reviewed(self, *arguments, files):
        done = self.review(*arguments, "--format", "json", cwd=self.repository)
        self.assertFalse(self.mark.exists(), "a program of the repository was run")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual({change["file"] for change in json.loads(done.out)["changes"]}, files)
        return done


class Filters(Hostile):
    def attributes(self):
        (self.repository / ".git" / "info" / "attributes").write_text("*.py filter=evil\n")

    def test_that_each_would_run(self):
        """Or the other tests here would show nothing."""
        self.set("filter.evil.clean", self.program)
        self.attributes()
        self.change_it()
        self.git("diff")
        self.assertTrue(self.mark.exists())

    def test_each_kind(self):
        for kind in ("clean", "smudge", "process"):
            with self.subTest(kind):
                self.set(f"filter.{kind}.{kind}", self.program)
                self.set(f"filter.{kind}.required", "true")
                (self.repository / ".git" / "info" / "attributes").write_text(f"*.py filter={kind}\n")
                self.change_it()
                self.assert_reviewed(files={"a.py"})

    def test_attributes_that_are_tracked(self):
        self.commit("Attributes", {".gitattributes": "*.py filter=evil\n"})
        self.set("filter.evil.clean", self.program)
        self.change_it()
        self.assert_reviewed(files={"a.py"})
        self.assert_reviewed("main", files={"a.py"})

    def test_configuration_in_other_files(self):
        self.attributes()
        self.change_it()
        other = self.write("other", f"[filter \"evil\"]\n\tclean = {self.program}\n")
        self.set("include.path", other)
        self.assert_reviewed(files={"a.py"})
        self.git("config", "--unset", "include.path")
        for condition in (f"gitdir:{self.repository}/", "onbranch:topic", "hasconfig:remote.*.url:https://x/**"):
            with self.subTest(condition):
                self.set("remote.origin.url", "https://x/y")
                self.set(f"includeIf.{condition}.path", other)
                self.assert_reviewed(files={"a.py"})
                self.git("config", "--remove-section", f"includeIf.{condition}")
        self.set("extensions.worktreeConfig", "true")
        self.set("filter.evil.clean", self.program, "--worktree")
        self.assert_reviewed(files={"a.py"})

    def test_odd_names(self):
        for name in ("E.v.i l", 'q"\\', "ü", "clean", "-c"):
            with self.subTest(name):
                self.set(f"filter.{name}.clean", self.program)
                (self.repository / ".git" / "info" / "attributes").write_text(
                    f"*.py filter={name}\n", encoding="utf-8")
                self.change_it()
                self.assert_reviewed(files={"a.py"})

    def test_a_name_that_cannot_be_undone(self):
        self.set("filter.e=x.clean", self.program)
        (self.repository / ".git" / "info" / "attributes").write_text("*.py filter=e=x\n")
        self.change_it()
        done = self.review(cwd=self.repository)
        self.assertFalse(self.mark.exists(), "a program of the repository was run")
        self.assertEqual(done.returncode, 2, done.err)
        self.assertIn("filter.e=x.clean", done.err)


class Fetching(Hostile):
    """A partial clone fetches what it lacks, by a program or from a URL that its configuration names."""

    def lack_a_file(self, remote="origin"):
        blob = self.git("rev-parse", "HEAD:docs/x.md").strip()
        (self.repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        self.set("core.repositoryFormatVersion", "1")
        self.set("extensions.partialClone", remote)
        self.set(f"remote.{remote}.promisor", "true")
        self.set("protocol.allow", "always")
        self.set("protocol.file.allow", "always")

    def assert_told(self):
        for arguments in ((), ("HEAD",), ("main..topic",)):
            done = self.review(*arguments, cwd=self.repository)
            self.assertFalse(self.mark.exists(), "a program of the repository was run")
            self.assertEqual(done.returncode, 2, done.err)
            self.assertIn("partial clone", done.err)

    def test_a_program_at_the_other_end(self):
        self.lack_a_file()
        self.set("remote.origin.url", self.folder)
        self.set("remote.origin.uploadpack", f"{self.program}; git-upload-pack")
        self.assert_told()

    def test_a_program_for_the_way(self):
        self.lack_a_file()
        self.set("remote.origin.url", "ssh://127.0.0.1/x")
        self.set("core.sshCommand", self.program)
        self.assert_told()
        self.set("remote.origin.url", "git://127.0.0.1/x")
        self.set("core.gitProxy", self.program)
        self.assert_told()

    def test_a_program_for_a_url(self):
        self.lack_a_file()
        self.set("protocol.ext.allow", "always")
        self.set("remote.origin.url", f"ext::{self.program}")
        self.assert_told()

    def test_a_remote_that_is_named_like_an_option(self):
        self.lack_a_file(remote=f"--upload-pack={self.program};")
        self.set("remote.origin.url", self.folder)
        self.assert_told()


class Others(Hostile):
    def test_hooks(self):
        hook = self.repository / ".git" / "hooks" / "post-index-change"
        hook.parent.mkdir(exist_ok=True)
        hook.write_bytes(self.program.read_bytes())
        hook.chmod(0o755)
        self.set("hook.evil.command", self.program)
        self.set("hook.evil.event", "post-index-change")
        self.change_it()
        (self.repository / "docs" / "x.md").touch()
        self.assert_reviewed(files={"a.py"})

    def test_a_submodule(self):
        """To see whether a submodule is dirty, git would look into it, with the submodule's configuration."""
        inner = self.repository / "inner"
        inner.mkdir()
        self.git("init", "-q", cwd=inner)
        (inner / "b.py").write_text("b = 1\n")
        self.git("add", "-A", cwd=inner)
        self.git("commit", "-q", "-m", "Inner", cwd=inner)
        (self.repository / ".gitmodules").write_text('[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n')
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "With a submodule")
        self.set("core.fsmonitor", self.program, cwd=inner)
        self.set("filter.evil.clean", self.program, cwd=inner)
        (inner / ".git" / "info" / "attributes").write_text("*.py filter=evil\n")
        (inner / "b.py").write_text("b = 2\n")
        self.set("submodule.inner.ignore", "none")
        self.set("diff.ignoreSubmodules", "none")
        self.change_it()
        self.assert_reviewed(files={"a.py"})

    def test_pagers_aliases_and_signatures(self):
        for key in ("core.pager", "pager.diff", "pager.log", "pager.config", "pager.status", "gpg.program",
                    "core.editor", "core.askPass", "core.alternateRefsCommand", "credential.helper"):
            self.set(key, self.program)
        for verb in ("diff", "log", "status", "config", "rev-parse"):
            self.set(f"alias.{verb}", f"!{self.program}")
        self.set("log.showSignature", "true")
        self.set("status.submoduleSummary", "true")
        self.change_it()
        self.assert_reviewed(files={"a.py"})
        self.assert_reviewed("main", files={"a.py"})


if __name__ == "__main__":
    unittest.main()
