"""What the tests of models share: the packaged models, and a home of each test's own for catalogue and cache."""

import hashlib
import json
import os
import shutil

from support import ROOT, Case

MODELS = ROOT / ".deps" / "models"
CHAT = "smollm2-135m-instruct-q4_0.gguf"
EMBEDDING = "all-minilm-l6-v2-q8_0.gguf"


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ModelCase(Case):
    """A test with the small packaged model to work on, and a catalogue and a cache of its own."""

    def setUp(self):
        super().setUp()
        if not (MODELS / EMBEDDING).exists():
            self.skipTest("script/bootstrap has not made the packaged models")
        self.home = {"XDG_DATA_HOME": str(self.folder / "data"), "XDG_CACHE_HOME": str(self.folder / "cache"),
                     "SLUICE_CACHE": ""}
        self.catalogue = self.folder / "data" / "sluice" / "models.toml"

    def model(self, *arguments, code=0, env=None, **more):
        """`sluice model …`, which ends with this exit code."""
        done = self.sluice("model", *arguments, env={**self.home, **(env or {})}, **more)
        self.assertEqual(done.returncode, code, done.out + done.err)
        return done

    def copy(self, name="m.gguf", of=EMBEDDING):
        return shutil.copy(MODELS / of, self.folder / name)

    def listed(self, *arguments, code=0):
        """The models of the catalogue by name, as JSON has them."""
        done = json.loads(self.model("list", "--json", *arguments, code=code).out)
        self.assertEqual(done["version"], 1)
        return {model["name"]: model for model in done["models"]}

    def bad_files(self):
        """Files that are no models: what they are, and what is said of each."""
        good = (MODELS / EMBEDDING).read_bytes()
        os.mkfifo(self.folder / "pipe.gguf")
        (self.folder / "folder.gguf").mkdir()
        return [
            (self.folder / "missing.gguf", "there is no such file"),
            (self.folder / "folder.gguf", "folder"),
            (self.folder / "pipe.gguf", "not a plain file"),
            (self.write("empty.gguf", b""), "empty"),
            (self.write("text.gguf", "this is no model\n" * 100), "no GGUF file"),
            (self.write("short.gguf", b"GG"), "no GGUF file"),
            (self.write("header.gguf", good[:1000]), "cut off or damaged"),
            (self.write("weights.gguf", good[:-1000]), "cut off: it has"),
            (self.write("version-1.gguf", good[:4] + b"\1\0\0\0" + good[8:]), "GGUF version 1"),
            (self.write("version-4.gguf", good[:4] + b"\4\0\0\0" + good[8:]), "GGUF version 4"),
            (self.write("big-endian.gguf", good[:4] + b"\0\0\0\3" + good[8:]), "GGUF version 50331648"),
            (self.write("architecture.gguf", good.replace(b"bert", b"tarb")), "tarb"),
        ]
