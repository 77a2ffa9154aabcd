"""The scripts as people meet them: help, wrong arguments, a step that fails, the sums of tests, a review of any repository."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ("bootstrap", "build", "test", "lint", "bench", "demo")
PROGRAM = ROOT / "build" / "sluice"


def run(*command: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **options)


class Arguments(unittest.TestCase):
    def test_help_says_what_a_script_does_from_any_folder(self) -> None:
        for name in SCRIPTS:
            with self.subTest(name):
                done = run(ROOT / "script" / name, "--help", cwd="/")
                self.assertEqual(done.returncode, 0)
                self.assertIn(f"script/{name}", done.stdout)

    def test_a_wrong_argument_is_refused_before_anything_is_done(self) -> None:
        for name in SCRIPTS:
            with self.subTest(name):
                done = run(ROOT / "script" / name, "--no-such-option")
                self.assertEqual(done.returncode, 1)
                self.assertIn("error: ", done.stderr)
                self.assertIn("What to do: ", done.stderr)

    def test_the_demo_refuses_what_is_no_folder(self) -> None:
        done = run(ROOT / "script" / "demo", "/no/such/folder")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no folder '/no/such/folder'", done.stderr)

    def test_an_unknown_benchmark_is_refused_with_the_known_ones(self) -> None:
        done = run(ROOT / "script" / "bench", "no-such-benchmark")
        self.assertEqual(done.returncode, 1)
        self.assertIn("signals", done.stderr)


class Steps(unittest.TestCase):
    def step(self, command: str) -> subprocess.CompletedProcess:
        # The library works in the tree that it lies in: a copy keeps the logs of the test apart.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        library = pathlib.Path(folder.name) / "script" / "lib" / "steps.sh"
        library.parent.mkdir(parents=True)
        library.write_text((ROOT / "script" / "lib" / "steps.sh").read_text())
        self.logs = pathlib.Path(folder.name) / "build" / "logs"
        return run("bash", "-c", f'set -euo pipefail; source "{library}"; {command}; say went on')

    def test_a_failed_step_says_what_where_and_what_to_do(self) -> None:
        done = self.step("step brewing 'Brewing coffee' 'buy beans' bash -c 'echo no beans in the tin; exit 3'")
        self.assertEqual(done.returncode, 3)
        self.assertIn("Brewing coffee: FAILED", done.stderr)
        self.assertIn("no beans in the tin", done.stderr)
        self.assertIn("What to do: buy beans", done.stderr)
        self.assertIn("build/logs/brewing.log", done.stderr)
        self.assertNotIn("went on", done.stderr)
        self.assertEqual((self.logs / "brewing.log").read_text(), "no beans in the tin\n")

    def test_a_quick_step_is_silent_and_a_long_one_says_how_long(self) -> None:
        self.assertEqual(self.step("step quick 'Doing little' 'nothing' true").stderr, "went on\n")
        self.assertIn("Doing more: done in", self.step("step long 'Doing more' 'nothing' sleep 1.5").stderr)

    def test_a_failure_in_a_function_is_not_passed_over(self) -> None:
        done = self.step("two() { false; echo reached; }; step two 'Doing two things' 'nothing' two")
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("reached", (self.logs / "two.log").read_text())


class Builds(unittest.TestCase):
    def test_what_is_built_by_itself_is_whole(self) -> None:
        done = run("ninja", "-C", ROOT / "build", "-t", "inputs", "sluice", "code-review")
        for part in ("backends/sluice-nn-ggml.so", "components/review.wasm"):
            self.assertIn(part, done.stdout)


class Sums(unittest.TestCase):
    def total(self, *stages: dict) -> subprocess.CompletedProcess:
        with tempfile.TemporaryDirectory() as folder:
            for number, counts in enumerate(stages):
                (pathlib.Path(folder) / f"stage{number}.json").write_text(json.dumps(counts))
            return run("python3", ROOT / "script" / "lib" / "run_tests.py", "--results", folder, "total")

    def test_the_last_line_is_the_sum(self) -> None:
        done = self.total({"passed": 3, "failed": 0, "skipped": 1}, {"passed": 4, "failed": 0, "skipped": 0})
        self.assertEqual(done.stdout.splitlines()[-1], "7 passed, 0 failed, 1 skipped")
        self.assertEqual(done.returncode, 0)

    def test_a_failure_or_no_test_at_all_fails(self) -> None:
        self.assertEqual(self.total({"passed": 3, "failed": 1, "skipped": 0}).returncode, 1)
        self.assertEqual(self.total().returncode, 1)


@unittest.skipUnless(PROGRAM.exists() and "SLUICE" not in os.environ or os.environ.get("SLUICE") == str(PROGRAM),
                     "the demo uses build/sluice, and another program is being tested")
class Demo(unittest.TestCase):
    def test_any_repository_can_be_reviewed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            def git(*arguments: str) -> None:
                done = run("git", "-c", "user.name=Tester", "-c", "user.email=tester@example.org", *arguments, cwd=folder)
                self.assertEqual(done.returncode, 0, done.stderr)

            git("init", "-q")
            source = pathlib.Path(folder) / "fetch.py"
            source.write_text("import requests\n\n\ndef fetch(url):\n    return requests.get(url)\n")
            git("add", ".")
            git("commit", "-qm", "Fetch")
            source.write_text("import requests\n\n\ndef fetch(url):\n    return requests.get(url, verify=False)\n")
            git("commit", "-qam", "Fetch from anywhere")
            done = run(ROOT / "script" / "demo", folder, "HEAD~1..HEAD", cwd="/")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("fetch.py", done.stdout)
            review = (ROOT / "build" / "demo" / "review.md").read_text()
            self.assertTrue(done.stdout.startswith(review), done.stdout)
            # Of what the packaged model says nothing is shown: that it read, and what it took.
            of_model = done.stdout.removeprefix(review).splitlines()
            self.assertEqual(len(of_model), 2, of_model)
            self.assertIn("not trusted to judge code", of_model[0])
            self.assertIn("smollm2", of_model[1])
            self.assertIn("fetch.py", (ROOT / "build" / "demo" / "review.html").read_text())


if __name__ == "__main__":
    unittest.main()
