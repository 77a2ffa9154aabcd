"""Checkpoints of llama2.c as models like any other: in `sluice run`, in the catalogue, served. What is computed is
compared with a reference in backends/llama2c/."""

import json
import random
import struct

from model_support import ModelCase
from support import SLUICE

STORY = SLUICE.parent / "examples" / "nn" / "story.wasm"
DIM, HIDDEN, LAYERS, HEADS, VOCABULARY, CONTEXT = 16, 32, 2, 4, 270, 96


def checkpoint(seed=1):
    """A legacy float32 file of random weights: header, embedding, norms and matrices of all layers, frequencies."""
    draw = random.Random(seed)
    matrices = LAYERS * (4 * DIM * DIM + 3 * DIM * HIDDEN)
    norms = 2 * LAYERS * DIM + DIM
    weights = [draw.gauss(0, 0.3) for _ in range(VOCABULARY * DIM + matrices + norms)]
    frequencies = [0.0] * (CONTEXT * (DIM // HEADS))
    head = struct.pack("<7i", DIM, HIDDEN, LAYERS, HEADS, HEADS, VOCABULARY, CONTEXT)
    return head + struct.pack(f"<{len(weights) + len(frequencies)}f", *weights, *frequencies)


def tokenizer():
    """The three special tokens, the bytes, and a few letters."""
    tokens = [b"<unk>", b"\n<s>\n", b"\n</s>\n"] + [b"<0x%02X>" % byte for byte in range(256)]
    tokens += [b" ", b"a", b"b", b"c", b"ab", b" a", b"d", b"e", b"f", b"g", b"h"]
    assert len(tokens) == VOCABULARY
    body = b"".join(struct.pack("<fi", -float(i), len(token)) + token for i, token in enumerate(tokens))
    return struct.pack("<i", max(map(len, tokens))) + body


class Checkpoints(ModelCase):
    def setUp(self):
        super().setUp()
        self.file = self.write("stories/small.bin", checkpoint())
        self.write("stories/tokenizer.bin", tokenizer())

    def story(self, options='{"temp":0,"n-predict":20}', preload=None):
        return self.sluice("run", "--nn-preload", preload or f"default:llama2c:CPU:{self.file}", STORY, "default", "ab a",
                           options)

    def test_a_program_goes_on_with_a_text(self):
        done = self.story()
        self.assertEqual(done.returncode, 0, done.err)
        self.assertTrue(done.out.startswith("ab a"))
        self.assertGreater(len(done.out), 6)
        self.assertEqual(self.story().out, done.out)
        self.assertEqual(self.story(preload=f"default:autodetect:CPU:{self.file}").out, done.out)
        seeded = [self.story('{"temp":1,"seed":7,"n-predict":20}').out for _ in range(2)]
        self.assertEqual(seeded[0], seeded[1])

    def test_the_context_ends(self):
        done = self.story('{"temp":0,"ignore-eos":true}')
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual(self.story('{"ctx-size":4}').returncode, 1)

    def test_in_the_catalogue(self):
        self.model("add", str(self.file), "--name", "small", "--backend", "llama2c")
        about = json.loads(self.model("info", "small", "--json").out)
        self.assertEqual(about["backend"], "llama2c")
        done = self.sluice("run", "--nn-preload", "default:llama2c:CPU:small", STORY, "default", "ab a",
                           '{"temp":0,"n-predict":20}', env=self.home)
        self.assertEqual(done.out, self.story().out, done.err)

    def test_what_is_none(self):
        for name, content, why in (("cut.bin", checkpoint()[:-100], "cut.bin"), ("tiny.bin", b"\0" * 8, "tiny.bin"),
                                   ("noise.bin", bytes(range(256)) * 64, "noise.bin")):
            self.write(f"stories/{name}", content)
            done = self.story(preload=f"default:llama2c:CPU:{self.folder}/stories/{name}")
            with self.subTest(name):
                self.assertEqual(done.returncode, 1)
                self.assertIn(why, done.err)
        self.write("alone/small.bin", checkpoint())
        done = self.story(preload=f"default:llama2c:CPU:{self.folder}/alone/small.bin")
        self.assertEqual(done.returncode, 1)
        self.assertIn("tokenizer.bin", done.err)
