"""What the tests of `sluice review` share: the command, and repositories to review."""

import json
import subprocess

from support import Case


class ReviewCase(Case):
    def review(self, *arguments, **more):
        return self.sluice("review", *arguments, **more)

    def review_diff(self, text, *arguments):
        return self.review("--diff", self.write("change.diff", text), *arguments)

    def review_json(self, text, *arguments, code=0):
        done = self.review_diff(text, "--format", "json", *arguments)
        self.assertEqual(done.returncode, code, done.err)
        return json.loads(done.out)

    def git(self, *arguments, cwd=None):
        done = subprocess.run(
            ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main",
             "-c", "commit.gpgsign=false", *arguments], cwd=cwd or self.repository, capture_output=True, check=True)
        return done.stdout.decode()

    def make_repository(self):
        self.repository = self.folder / "repository"
        self.repository.mkdir()
        self.git("init", "-q")
        self.commit("Begin", {"a.py": "def f():\n    return 1\n", "docs/x.md": "# X\n"})
        self.commit("Calculate what is asked for", {"a.py": "def f(x):\n    return eval(x)\n"})
        self.git("checkout", "-q", "-b", "topic")
        self.commit("Write it down", {"docs/x.md": "# X\n\nMore.\n"})

    def commit(self, message, files):
        for name, content in files.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
