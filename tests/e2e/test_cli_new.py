"""`sluice new`: what it leaves behind, whatever happens. Building what it made is tested in test_new.py."""

import os
import re
import shutil
import stat
import threading
import unittest

from support import ROOT, SLUICE, Case

SDK = ROOT / "sdk" / "cpp"


class NewCase(Case):
    def files(self, folder):
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    def refused(self, *arguments, says, code=2, env=None):
        """The command fails with these words, and the folder is as it was."""
        before = sorted(self.folder.rglob("*"))
        done = self.sluice("new", *arguments, env=env)
        self.assertEqual((done.returncode, done.out), (code, ""), done.err)
        self.assertIn(says, done.err)
        self.assertEqual(sorted(self.folder.rglob("*")), before)


class Made(NewCase):
    def test_every_file_of_the_template_filled_in(self):
        done = self.sluice("new", "night-watch")
        self.assertEqual(done.returncode, 0, done.err)
        app = self.folder / "night-watch"
        template = [".gitignore" if name == "gitignore" else name for name in self.files(SDK / "template")]
        self.assertEqual(self.files(app), sorted(template))
        self.assertEqual(os.listdir(self.folder), ["night-watch"])
        for name in self.files(app):
            text = (app / name).read_text(encoding="utf-8")
            self.assertNotRegex(text, r"@[A-Z_]+@", name)
        self.assertIn('name = "night-watch"', (app / "sluice.toml").read_text(encoding="utf-8"))
        cmake = (app / "CMakeLists.txt").read_text(encoding="utf-8")
        self.assertIn(str(SDK.resolve()), cmake)
        self.assertIn(str(SLUICE), cmake)
        for step in ("cd night-watch", "cmake -B build", "ctest", "invoke . --data"):
            self.assertIn(step, done.out)

    def test_in_another_folder_with_a_name_that_shells_split(self):
        parent = self.folder / "my apps"
        parent.mkdir()
        done = self.sluice("new", "hello", "--dir", parent)
        self.assertEqual(done.returncode, 0, done.err)
        self.assertTrue((parent / "hello" / "sluice.toml").is_file())
        self.assertIn(f"cd '{parent}/hello'", done.out)

    def test_the_folder_is_an_ordinary_one(self):
        self.assertEqual(self.sluice("new", "hello").returncode, 0)
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(stat.S_IMODE((self.folder / "hello").stat().st_mode), 0o777 & ~mask)

    def test_the_sdk_may_be_named(self):
        copy = self.folder / "sdk"
        for part in ("cmake", "template"):
            shutil.copytree(SDK / part, copy / part)
        (copy / "template" / "more.txt").write_text("for @APP_NAME@", encoding="utf-8")
        done = self.sluice("new", "hello", env={"SLUICE_SDK": str(copy)})
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual((self.folder / "hello" / "more.txt").read_text(encoding="utf-8"), "for hello")
        self.assertIn(str(copy.resolve()), (self.folder / "hello" / "CMakeLists.txt").read_text(encoding="utf-8"))

    def test_check_names_the_component_that_is_not_built_yet(self):
        self.assertEqual(self.sluice("new", "hello").returncode, 0)
        done = self.sluice("check", "hello")
        self.assertEqual(done.returncode, 2)
        self.assertTrue(re.search(r"sluice\.toml:\d+:\d+: function\.greet\.component: .*greet\.wasm.*build", done.err),
                        done.err)

    def test_of_many_at_once_one_makes_it(self):
        codes = []
        threads = [threading.Thread(target=lambda: codes.append(self.sluice("new", "hello").returncode))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(codes), [0, 2, 2, 2])
        self.assertEqual(os.listdir(self.folder), ["hello"])


class NotMade(NewCase):
    def test_names(self):
        for name in ("Hello", "hello_there", "hello there", "../hello", "a/b", ".", "..", "a--b", "a-", "7up", "é",
                     "a" * 64, "a\nb"):
            with self.subTest(name):
                self.refused(name, says="name")
        self.refused(says="NAME")
        self.refused("a", "b", says="b")

    def test_what_is_there_is_never_touched(self):
        (self.folder / "folder").mkdir()
        self.write("file", "kept")
        (self.folder / "link").symlink_to("nowhere")
        for name in ("folder", "file", "link"):
            self.refused(name, says="exists already")
        self.assertEqual((self.folder / "file").read_text(encoding="utf-8"), "kept")
        self.assertEqual(os.readlink(self.folder / "link"), "nowhere")

    def test_no_folder_to_make_it_in(self):
        self.refused("hello", "--dir", "nowhere", says="no such folder")
        self.write("file", "")
        self.refused("hello", "--dir", "file", says="no such folder")

    def test_a_folder_that_takes_nothing(self):
        self.refused("hello", "--dir", "/proc", says="/proc", code=3)

    def test_no_sdk(self):
        self.refused("hello", says="SLUICE_SDK", env={"SLUICE_SDK": str(self.folder)})

    def test_nothing_half_done_is_left(self):
        # The template has a file that is refused halfway: larger than any file of a template.
        copy = self.folder / "sdk"
        for part in ("cmake", "template"):
            shutil.copytree(SDK / part, copy / part)
        (copy / "template" / "large").write_bytes(b"x" * (2 << 20))
        self.refused("hello", says="large", code=3, env={"SLUICE_SDK": str(copy)})


if __name__ == "__main__":
    unittest.main()
