"""`sluice new`: an app that builds, passes its tests and runs."""

import json
import os
import re
import subprocess
import unittest

from support import Case


class New(Case):
    def run_in(self, folder, *command):
        done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=600,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def test_builds_passes_its_tests_and_runs(self):
        made = self.sluice("new", "hello-there")
        self.assertEqual(made.returncode, 0, made.err)
        app = self.folder / "hello-there"
        self.assertIn("hello-there", made.out)
        self.run_in(app, "cmake", "-B", "build")
        self.run_in(app, "cmake", "--build", "build")
        tests = self.run_in(app, "ctest", "--test-dir", "build", "--output-on-failure")
        self.assertRegex(tests, r"100% tests passed, 0 tests failed out of [1-9]")
        self.assertEqual(self.sluice("check", app).returncode, 0)
        ran = self.sluice("invoke", app, "--data", '{"name": "Ada"}')
        self.assertEqual(ran.returncode, 0, ran.err)
        self.assertIn("Ada", json.dumps(json.loads(ran.out)))

    def test_bad_names(self):
        for name in ("", "Hello", "a b", "../x", "a/b", "-x", "a_b", "9" * 200):
            done = self.sluice("new", "--", name)
            self.assertEqual(done.returncode, 2, (name, done.out))
            self.assertTrue(done.err.strip())
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_is_there_is_left_alone(self):
        self.write("mine/keep.txt", "kept")
        done = self.sluice("new", "mine")
        self.assertEqual(done.returncode, 2)
        self.assertIn("mine", done.err)
        self.assertEqual(os.listdir(self.folder / "mine"), ["keep.txt"])

    def test_a_folder_that_cannot_be_written(self):
        self.write("file", "x")
        done = self.sluice("new", "hello", "--dir", self.folder / "file")
        self.assertIn(done.returncode, (2, 3))
        self.assertTrue(re.search(r"file", done.err))


if __name__ == "__main__":
    unittest.main()
