"""docs/getting-started.md, step by step: what the page tells people to do works, and prints what it says."""

import functools
import http.server
import os
import re
import shutil
import subprocess
import threading
import unittest

from support import ROOT, SLUICE, Case

PAGE = ROOT / "docs" / "getting-started.md"
PORT = "8000"  # as the page has it; the test takes a free one
WORDS = {"de": "Moin\n", "sv": "Hej\n"}


def blocks(page):
    """The fenced blocks: their language, what else stands behind it, and the text."""
    for match in re.finditer(r"^```(\w+)([^\n]*)\n(.*?)^```$", page, re.M | re.S):
        yield match[1], match[2].strip(), match[3]


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class Walk(Case):
    def serve_words(self):
        words = self.folder / "words"
        words.mkdir()
        for name, text in WORDS.items():
            (words / name).write_text(text, encoding="utf-8")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                 functools.partial(QuietFiles, directory=str(words)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def setUp(self):
        super().setUp()
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "sluice").symlink_to(SLUICE)
        self.environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
        self.place = self.folder / "home"
        self.place.mkdir()

    def shell(self, script):
        """Runs it where the last one ended; gives the exit code and all output."""
        where = self.folder / "where"
        done = subprocess.run(["bash", "-e", "-c", f"trap 'pwd > {where}' EXIT\n{script}"], cwd=self.place,
                              env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=600)
        self.place = self.folder / where.read_text(encoding="utf-8").strip()
        return done.returncode, done.stdout

    def without(self, text):
        """What `sluice check` says of a copy of the app whose manifest lacks the lines with `text`."""
        copy = self.folder / "without"
        shutil.copytree(self.place, copy)
        manifest = copy / "sluice.toml"
        lines = manifest.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if text not in line]
        self.assertLess(len(kept), len(lines))
        manifest.write_text("\n".join(kept) + "\n", encoding="utf-8")
        done = self.sluice("check", copy)
        self.assertEqual(done.returncode, 2, done.out + done.err)
        return done.err

    def assert_prints(self, expected, output):
        lines = iter(output.splitlines())
        for line in expected.splitlines():
            self.assertTrue(any(line in printed for printed in lines),
                            f"{line!r} is not there, or not in this order:\n{output}")

    def test_every_step(self):
        port = self.serve_words()
        output = None
        runs = 0
        for language, info, text in blocks(PAGE.read_text(encoding="utf-8")):
            text = text.replace(f"127.0.0.1:{PORT}", f"127.0.0.1:{port}")
            with self.subTest(language=language, info=info, text=text[:60]):
                if language == "sh" and info == "elsewhere":
                    continue
                if language == "sh":
                    code, output = self.shell(text)
                    self.assertEqual(code, 1 if info == "fails" else 0, output)
                    runs += 1
                elif info.startswith("file="):
                    (self.place / info.removeprefix("file=")).write_text(text, encoding="utf-8")
                elif info.startswith("append="):
                    with open(self.place / info.removeprefix("append="), "a", encoding="utf-8") as file:
                        file.write("\n" + text)
                elif info.startswith("without="):
                    self.assert_prints(text, self.without(info.removeprefix("without=")))
                else:
                    self.assertIn(language, ("json", "text"))
                    self.assert_prints(text, output)
        self.assertGreaterEqual(runs, 4)
        # The last of them are the app as the page leaves it.
        code, output = self.shell("sluice check .")
        self.assertEqual(code, 0, output)
        self.assertIn("as in the event: language", output)
        trace = (self.place / "calls.jsonl").read_text(encoding="utf-8")
        self.assertIn("refused", trace)


if __name__ == "__main__":
    unittest.main()
