"""`sluice model`: list, add, info, quantize, bench, remove."""

import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import tomllib
import unittest

from model_support import CHAT, EMBEDDING, MODELS, ModelCase, sha256
from support import SLUICE


class Listing(ModelCase):
    def test_the_packaged_models_are_found_without_configuration(self):
        models = self.listed()
        self.assertEqual(set(models), {"smollm2", "minilm"})
        for name, file, kind, weights, context in (("smollm2", CHAT, "chat", "Q4_0", 8192),
                                                   ("minilm", EMBEDDING, "embedding", "Q8_0", 512)):
            model = models[name]
            self.assertEqual(os.path.realpath(model["path"]), os.path.realpath(MODELS / file))
            self.assertEqual(model["bytes"], (MODELS / file).stat().st_size)
            self.assertEqual(model["sha256"], sha256(MODELS / file))
            self.assertEqual((model["kind"], model["quantization"], model["context-tokens"]), (kind, weights, context))
            self.assertEqual((model["file"], model["why"], model["own"]), ("not verified yet", "", False))
        self.assertEqual({model["file"] for model in self.listed("--verify").values()}, {"verified"})
        text = self.model("list").out.splitlines()
        self.assertEqual(text[0].split()[:3], ["NAME", "KIND", "WEIGHTS"])
        self.assertRegex(text[1], r"^minilm +embedding +Q8_0 +24 MiB +512 +verified +/")

    def test_what_became_of_files_is_told(self):
        for name in ("gone", "changed", "cut"):
            self.model("add", self.copy(f"{name}.gguf"), "--name", name)
        (self.folder / "gone.gguf").unlink()
        with open(self.folder / "changed.gguf", "r+b") as file:
            file.seek(-4, os.SEEK_END)
            file.write(b"edit")
        os.truncate(self.folder / "cut.gguf", 1_000_000)
        models = self.listed()
        self.assertEqual([models[name]["file"] for name in ("gone", "changed", "cut")],
                         ["missing", "not verified yet", "unreadable"])
        models = self.listed("--verify", code=1)
        self.assertEqual(models["changed"]["file"], "wrong hash")
        self.assertIn(models["changed"]["sha256"], models["changed"]["why"])
        self.assertIn(sha256(self.folder / "changed.gguf"), models["changed"]["why"])
        self.assertEqual(models["minilm"]["file"], "verified")
        text = self.model("list", "--verify", code=1).out
        self.assertIn("missing", text)
        self.assertIn("\nchanged: ", text)


class Adding(ModelCase):
    def test_a_file_is_added_looked_at_and_removed(self):
        path = self.copy("Mini LM.Q8_0.gguf")
        done = self.model("add", path)
        self.assertIn("Added mini-lm-q8-0: embedding, 23M parameters, Q8_0, 24 MiB", done.out)
        self.assertIn(sha256(path), done.out)
        entry = tomllib.loads(self.catalogue.read_text())["model"]["mini-lm-q8-0"]
        self.assertEqual(entry, {"backend": "ggml", "path": str(path), "sha256": sha256(path),
                                 "bytes": path.stat().st_size, "description": "bert 22M Q8_0", "license": "apache-2.0"})
        self.assertTrue(self.listed()["mini-lm-q8-0"]["own"])
        done = self.model("remove", "mini-lm-q8-0")
        self.assertIn("Its file stays", done.out)
        self.assertTrue(path.exists())
        self.assertNotIn("mini-lm-q8-0", self.listed())

    def test_removing_deletes_the_file_only_when_told(self):
        path = self.copy()
        self.model("add", path, "--name", "one")
        self.assertIn("deleted its file", self.model("remove", "one", "--delete-file").out)
        self.assertFalse(path.exists())
        self.assertIn("you have added none", self.model("remove", "one", code=2).err)
        self.assertIn("it came with the program", self.model("remove", "minilm", "--delete-file", code=2).err)
        self.assertTrue((MODELS / EMBEDDING).exists())
        # A file that another model has too stays, and so do both models.
        path = self.copy()
        self.model("add", path, "--name", "one")
        self.model("add", path, "--name", "two")
        self.assertIn("is the file of two too", self.model("remove", "one", "--delete-file", code=2).err)
        self.assertTrue(path.exists())
        self.assertLessEqual({"one", "two"}, set(self.listed()))
        self.model("remove", "two")
        self.model("remove", "one", "--delete-file")
        self.assertFalse(path.exists())

    def test_names_that_are_taken_or_none_are_refused(self):
        path = self.copy("!!.gguf")
        self.assertIn("is not a name; give one with --name", self.model("add", path, code=2).err)
        self.assertIn("is not a name", self.model("add", path, "--name", "Big One", code=2).err)
        self.assertIn("one of this name", self.model("add", path, "--name", "smollm2", code=2).err)
        self.assertFalse(self.catalogue.exists())
        self.model("add", path, "--name", "one")
        before = self.catalogue.read_bytes()
        self.assertIn("sluice model remove one", self.model("add", path, "--name", "one", code=2).err)
        self.assertEqual(self.catalogue.read_bytes(), before)

    def test_what_is_no_model_is_not_added(self):
        for path, why in self.bad_files():
            with self.subTest(path=path.name):
                done = self.model("add", path, "--name", "bad", code=2 if why in (
                    "there is no such file", "folder", "not a plain file") else 3)
                self.assertIn(str(path), done.err)
                self.assertIn(why, done.err)
                self.assertNotIn("/proc/", done.err)
                self.assertFalse(self.catalogue.exists())

    def test_another_hash_than_the_publishers_is_refused(self):
        path = self.copy()
        done = self.model("add", path, "--sha256", "0" * 64, code=3)
        self.assertIn("0" * 64, done.err)
        self.assertIn(sha256(path), done.err)
        self.assertFalse(self.catalogue.exists())
        self.assertIn("64 hexadecimal digits", self.model("add", path, "--sha256", "12", code=2).err)
        self.model("add", path, "--sha256", sha256(path))

    def test_a_part_of_a_model_is_refused(self):
        path = self.copy("big-00001-of-00002.gguf")
        self.assertIn("part of a model", self.model("add", path, code=2).err)

    def test_a_path_that_is_no_text_is_refused(self):
        path = os.fsencode(self.folder) + b"/\xff.gguf"
        shutil.copy(MODELS / EMBEDDING, path)
        done = subprocess.run([SLUICE, "model", "add", path, "--name", "x"], capture_output=True,
                              env={**os.environ, **self.home})
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"UTF-8", done.stderr)

    def test_what_the_catalogue_cannot_hold_is_told(self):
        path = self.copy()
        self.assertIn("--description says is not UTF-8",
                      self.model("add", path, "--name", "x", "--description", "\udcff", code=2).err)
        done = self.model("add", shutil.copy(path, self.folder / "new\nline.gguf"), code=2)
        self.assertIn("its path has a control character", done.err)
        self.assertNotIn("models.toml", done.err)
        done = self.model("add", path, "--backend", "bogus", code=2)
        self.assertIn("`bogus` is not a backend", done.err)
        self.assertFalse(self.catalogue.exists())

    def test_removing_tells_whether_the_file_is_there(self):
        path = self.copy()
        self.model("add", path, "--name", "one")
        self.assertIn("Its file stays", self.model("remove", "one").out)
        self.model("add", path, "--name", "one")
        os.unlink(path)
        self.assertIn("Its file was gone already", self.model("remove", "one").out)

    def test_words_of_a_file_cannot_play_with_the_terminal(self):
        good = (MODELS / EMBEDDING).read_bytes()
        path = self.write("m.gguf", good.replace(b"apache-2.0", b"apac\x1b[2Jhe"))
        self.assertNotIn("\x1b", self.model("info", path).out)
        self.assertNotIn("\x1b", self.model("add", path).out)
        self.assertNotIn("\x1b", self.model("list").out)

    def test_a_broken_catalogue_is_an_error_with_its_place_and_stays(self):
        good = f'[model.a]\nbackend = "ggml"\npath = "a.gguf"\nsha256 = "{"0" * 64}"\n'
        path = self.copy()
        for text, why in ((good + "[model.b\n", "models.toml:5"),
                          (good + "size = 3\n", "models.toml:5:1: model.a.size"), (good + good, "models.toml:5"), (good.replace("ggml", "gml"), "did you mean `ggml`?"),
                          (b"\xff\xfe", "UTF-8")):
            self.write("data/sluice/models.toml", text)
            before = self.catalogue.read_bytes()
            for arguments in (["list"], ["add", path, "--name", "new"], ["remove", "a"], ["info", "smollm2"]):
                with self.subTest(text=text, arguments=arguments):
                    done = self.model(*arguments, code=2)
                    self.assertIn(why, done.err)
                    self.assertIn(str(self.catalogue), done.err)
            self.assertEqual(self.catalogue.read_bytes(), before)

    def test_a_catalogue_that_cannot_be_written_is_an_error(self):
        path = self.copy()
        self.write("data/sluice", "in the way")
        done = self.model("add", path, code=3)
        self.assertIn("write the catalogue", done.err)
        self.assertIn("XDG_DATA_HOME", done.err)
        done = self.model("add", path, env={"XDG_DATA_HOME": "", "HOME": ""}, code=3)
        self.assertIn("neither HOME nor XDG_DATA_HOME is set", done.err)

    def test_a_full_disk_leaves_the_catalogue_as_it_was(self):
        self.model("add", self.copy(), "--name", "one")
        before = self.catalogue.read_bytes()

        def full():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        done = subprocess.run([SLUICE, "model", "add", self.copy("n.gguf"), "--name", "two"], capture_output=True,
                              text=True, env={**os.environ, **self.home}, preexec_fn=full)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertEqual(self.catalogue.read_bytes(), before)
        self.assertEqual([path.name for path in self.catalogue.parent.iterdir() if path.name.endswith(".new")], [])


class Info(ModelCase):
    def test_a_model_and_a_file_are_told(self):
        told = json.loads(self.model("info", "smollm2", "--json").out)
        self.assertEqual(told["sha256"], sha256(MODELS / CHAT))
        self.assertEqual((told["kind"], told["chat-template"], told["parameters"]), ("chat", True, 134515008))
        self.assertEqual((told["context-tokens"], told["layers"], told["vocabulary"]), (8192, 30, 49152))
        self.assertEqual(told["words"]["license"], "apache-2.0")
        path = self.copy()
        told = json.loads(self.model("info", path, "--json").out)
        self.assertEqual((told["name"], told["kind"], told["embedding"]), ("", "embedding", 384))
        self.assertEqual(told["sha256"], sha256(path))
        text = self.model("info", "smollm2").out
        for line in ("architecture      llama", "context           8192 tokens", "chat template     yes", "apache-2.0",
                     "as in the catalogue"):
            self.assertIn(line, text)
        self.assertNotIn("library", text)
        self.assertNotIn("256M", text)  # what llama.cpp calls its architecture
        for line in text.splitlines():
            self.assertRegex(line, r"^\S.{0,16} \s*\S")

    def test_bad_files_and_names_are_told(self):
        for path, why in self.bad_files():
            with self.subTest(path=path.name):
                done = self.model("info", path, code=2 if why in (
                    "there is no such file", "folder", "not a plain file") else 3)
                self.assertIn(why, done.err)
        done = self.model("info", "smolm2", code=2)
        self.assertIn("the catalogue has: minilm, smollm2", done.err)


class Quantizing(ModelCase):
    def test_a_smaller_file_is_a_model(self):
        out = self.folder / "small.gguf"
        done = self.model("quantize", "minilm", "q4_0", out)
        self.assertIn(f"Wrote {out}", done.out)
        self.assertLess(out.stat().st_size, (MODELS / EMBEDDING).stat().st_size)
        told = json.loads(self.model("info", out, "--json").out)
        self.assertEqual(told["words"]["quantization"], "Q4_0")
        before = out.read_bytes()
        self.assertIn("already", self.model("quantize", "minilm", "Q8_0", out, code=2).err)
        self.assertEqual(out.read_bytes(), before)

    def test_what_cannot_be_done_leaves_nothing(self):
        out = self.folder / "out"
        out.mkdir()
        target = out / "m.gguf"
        self.assertIn("Q4_K_M", self.model("quantize", "minilm", "Q99", target, code=2).err)
        self.assertIn("No such file", self.model("quantize", "minilm", "Q4_0", out / "none" / "m.gguf", code=2).err)
        for path, why in self.bad_files():
            with self.subTest(path=path.name):
                done = self.sluice("model", "quantize", path, "Q4_0", target, env=self.home)
                self.assertIn(done.returncode, (2, 3))
                self.assertIn(why, done.err)
        self.assertEqual(list(out.iterdir()), [])

    def test_a_full_disk_is_told_and_leaves_nothing(self):
        out = self.folder / "out"
        out.mkdir()
        done = subprocess.run(
            [SLUICE, "model", "quantize", MODELS / EMBEDDING, "Q4_0", out / "m.gguf"], capture_output=True, text=True,
            env={**os.environ, **self.home},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000)))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertIn(str(out / "m.gguf"), done.stderr)
        self.assertEqual(list(out.iterdir()), [])

    def test_killed_in_the_middle_it_leaves_nothing(self):
        out = self.folder / "out"
        out.mkdir()
        process = subprocess.Popen(
            [SLUICE, "model", "quantize", MODELS / CHAT, "Q4_K_M", out / "m.gguf", "--threads", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **self.home})

        def worker():
            children = subprocess.run(["ps", "--ppid", str(process.pid), "-o", "pid="], capture_output=True, text=True)
            for pid in children.stdout.split():
                fds = f"/proc/{pid}/fd"
                try:
                    links = [os.readlink(f"{fds}/{fd}") for fd in os.listdir(fds)]
                except OSError:
                    continue
                if any(link.startswith(str(out)) for link in links):
                    return int(pid)
            return None

        pid = self.wait_for(lambda: worker() or process.poll() is not None, "the worker to write")
        self.assertIsNone(process.poll())
        process.kill()
        process.wait()
        self.wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the worker to end")
        self.assertEqual(list(out.iterdir()), [])

    @staticmethod
    def all_of(terminal):
        """What was written to the other end of a terminal, which is closed."""
        shown = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                part = b""
            if not part:
                return shown.decode()
            shown += part

    def test_a_terminal_shows_how_far_it_is(self):
        # Some seconds of work: a line is shown after three tenths of one.
        for terminal in (True, False):
            ours, theirs = pty.openpty()
            plain = open(self.folder / "errors", "wb")
            done = subprocess.run(
                [SLUICE, "model", "quantize", MODELS / CHAT, "Q4_K_M", self.folder / f"{terminal}.gguf",
                 "--threads", "1"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs if terminal else plain,
                env={**os.environ, **self.home})
            plain.close()
            os.close(theirs)
            self.assertEqual(done.returncode, 0)
            if terminal:
                shown = self.all_of(ours)
                self.assertIn(f"quantizing {CHAT}: ", shown)
                self.assertTrue(shown.endswith("\r\x1b[K"), shown)
            else:
                self.assertEqual((self.folder / "errors").read_bytes(), b"")
            os.close(ours)


class Benching(ModelCase):
    def test_figures_stand_side_by_side(self):
        out = self.folder / "b.json"
        done = self.model("bench", "smollm2", "--parallel", "1,3", "--prompt-tokens", "40", "--answer-tokens", "8",
                          "--json", out)
        self.assertRegex(done.out, r"at once +prompt tokens/s +answer tokens/s")
        self.assertRegex(done.out, r"\n +1 .*\n +3 ")
        told = json.loads(out.read_text())
        self.assertEqual([one["parallel"] for one in told["measured"]], [1, 3])
        for one in told["measured"]:
            self.assertGreater(one["prompt-tokens"], 20 * one["parallel"])
            self.assertLessEqual(one["answer-tokens"], 8 * one["parallel"])
            self.assertGreater(one["prompt-tokens-per-s"], 0)
            self.assertGreater(one["first-token-ms"], 0)

    def test_an_embedding_model_has_prompts_alone(self):
        out = self.folder / "b.json"
        done = self.model("bench", self.copy(), "--parallel", "1,2", "--prompt-tokens", "40", "--json", out)
        self.assertNotIn("answer", done.out)
        told = json.loads(out.read_text())
        self.assertTrue(told["embedding"])
        self.assertGreater(told["measured"][1]["prompt-tokens-per-s"], 0)

    def test_what_cannot_be_measured_is_told(self):
        self.assertIn("no GGUF", self.model("bench", self.write("x.gguf", b"x" * 99), code=3).err)
        self.assertIn("--parallel", self.model("bench", "minilm", "--parallel", "0", code=2).err)
        done = self.model("bench", "minilm", "--prompt-tokens", "5000", "--parallel", "1", code=2)
        self.assertIn("512", done.err)
        done = self.model("bench", "minilm", "--parallel", "1", "--prompt-tokens", "20", "--json", "/none/b", code=2)
        self.assertIn("/none/b", done.err)
        self.assertEqual(done.out, "")  # before it measures
        self.assertIn("it is a folder", self.model("bench", "minilm", "--json", self.folder, code=2).err)
        for option, value in (("--gpu-layers", "-5"), ("--threads", "2000")):
            self.assertIn(option, self.model("bench", "minilm", option, value, code=2).err)


class Help(ModelCase):
    def test_each_command_has_examples_and_exit_codes(self):
        for command in ("list", "add", "info", "bench", "quantize", "remove"):
            out = self.model(command, "--help").out
            self.assertIn("Examples:", out)
            self.assertIn("Exit codes:", out)
        self.assertIn("quantize", self.model("--help").out)
        self.model(code=2)


if __name__ == "__main__":
    unittest.main()
