"""Images shown to language models through WASI-NN, with small models and projectors of the kinds that real ones are.
That the numbers are those of llama.cpp: backends/ggml/images_test.cc."""

import base64
import json
import os
import subprocess
import tempfile
import time

from support import SLUICE
from test_run import RunCase
from test_wasi_nn import CALLS, EXAMPLES, SMOL

GREEDY = '{"temp":0,"n-predict":24}'
KINDS = {"mlp": "llama", "idefics3": "llama", "gemma3": "llama", "qwen2vl_merger": "qwen2vl"}


class Images(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        subprocess.run([SLUICE.parent / "backends" / "ggml" / "write_vision", made.name], check=True)
        cls.vision = made.name

    def look(self, picture="v/picture-1.png", projector="v/mmproj-mlp.gguf", model="llama", options=GREEDY, more=()):
        return self.run_program("--dir", f"v:{self.vision}:readonly", "--nn-preload",
                                f"default:GGML:AUTO:{self.vision}/{model}.gguf", *more, EXAMPLES / "look.wasm", "default",
                                projector, picture, "What is it?", options)

    def test_each_kind_of_projector(self):
        for kind, model in KINDS.items():
            with self.subTest(kind):
                projector = f"v/mmproj-{kind}.gguf"
                done = self.look(projector=projector, model=model)
                self.assertEqual(done.returncode, 0, done.err)
                self.assertGreater(json.loads(done.err.splitlines()[-1])["input_tokens"], 30)
                self.assertEqual(self.look(projector=projector, model=model).out, done.out)
                other = self.look("v/picture-2.png", projector, model)
                self.assertEqual(other.returncode, 0, other.err)
                self.assertNotEqual(other.out, done.out)

    def test_a_projector_that_a_person_named(self):
        named = self.look(projector="eyes", more=("--nn-preload", f"eyes:GGML:AUTO:{self.vision}/mmproj-mlp.gguf"))
        self.assertEqual(named.returncode, 0, named.err)
        self.assertEqual(named.out, self.look().out)

    def test_an_image_in_the_prompt(self):
        with open(f"{self.vision}/picture-1.png", "rb") as file:
            tag = f'<img src="data:image/png;base64,{base64.b64encode(file.read()).decode()}">'
        preload = ("--nn-preload", f"d:GGML:AUTO:{self.vision}/llama.gguf")
        done = self.run_program("--dir", f"v:{self.vision}", *preload, CALLS, "=d", "load_by_name=p,n,o",
                                "init_execution_context=O,o", '={"temp":0,"n-predict":24,"mmproj":"v/mmproj-mlp.gguf"}',
                                "set_input=0,1,t", f"=USER:{tag}\nWhat is it?\nASSISTANT:", "set_input=0,0,t", "compute=0",
                                "get_output=0,0,b,0,o", "show")
        self.assertEqual(done.out.splitlines()[:6], ["0"] * 6, done.err)
        self.assertIn(self.look().out.strip(), done.out)

    def test_a_real_model_answers(self):
        done = self.run_program("--dir", f"v:{self.vision}", "--nn-preload", f"default:GGML:AUTO:{SMOL}",
                                EXAMPLES / "look.wasm", "default", "v/mmproj-smollm.gguf", "v/picture-1.png", "What is it?",
                                GREEDY)
        self.assertEqual(done.returncode, 0, done.err)
        self.assertTrue(done.out.strip())

    def test_several_at_once_answer_as_alone(self):
        alone = [self.look(f"v/picture-{i}.png").out for i in (1, 2, 3)]
        done = self.look("v/picture-{instance}.png", more=("--instances", "4"))
        self.assertEqual(done.returncode, 1, "there is no picture 0")
        self.assertEqual(sorted(done.out.split("\n")), sorted("".join(alone).split("\n")))

    def test_what_is_wrong_is_said(self):
        with open(f"{self.vision}/mmproj-mlp.gguf", "rb") as file:
            whole = file.read()
        self.write("short.gguf", whole[:len(whole) // 2])
        self.write("none.gguf", b"no projector")
        self.write("none.png", b"no image")
        with open(f"{self.vision}/picture-1.png", "rb") as file:
            self.write("short.png", file.read()[:100])
        more = ("--dir", f"w:{self.folder}")
        for options, words in (({"projector": "w/short.gguf"}, "short.gguf"), ({"projector": "w/none.gguf"}, "none.gguf"),
                               ({"projector": "w/nowhere.gguf"}, "nowhere.gguf"),
                               ({"projector": "v/mmproj-smollm.gguf"}, "mismatch between text model"),
                               ({"projector": "v/llama.gguf"}, "llama.gguf"),
                               ({"projector": "/etc/passwd"}, "--dir"),
                               ({"picture": "w/none.png"}, "no PNG, JPEG, GIF or BMP"),
                               ({"picture": "w/short.png"}, "broken or cut off"),
                               ({"picture": "/etc/passwd"}, "no folder that the program may use"),
                               ({"picture": "w/nowhere.png"}, "nowhere.png")):
            with self.subTest(options):
                done = self.look(**options, more=more)
                self.assertEqual(done.returncode, 1, done.err)
                self.assertIn(words, done.err)

    def test_the_worker_is_locked_in(self):
        for projector, more in (("v/mmproj-mlp.gguf", ()),
                                ("eyes", ("--nn-preload", f"eyes:GGML:AUTO:{self.vision}/mmproj-mlp.gguf"))):
            with self.subTest(projector):
                running = subprocess.Popen(
                    [SLUICE, "run", "--dir", f"v:{self.vision}", "--nn-preload", f"d:GGML:AUTO:{self.vision}/llama.gguf",
                     *more, CALLS, "=d", "load_by_name=p,n,o", "init_execution_context=O,o",
                     "=" + json.dumps({"mmproj": projector, "image": "v/picture-1.png"}), "set_input=0,1,t",
                     "=<image>Well?", "set_input=0,0,t", "compute_single=0", "spin"], stdout=subprocess.PIPE,
                    env=dict(os.environ))
                try:
                    for _ in range(5):
                        self.assertEqual(running.stdout.readline(), b"0\n")
                    self.assertEqual(self.seccomp_of_the_last_worker(running.pid), "2")
                finally:
                    running.kill()
                    running.wait()
                    running.stdout.close()

    def seccomp_of_the_last_worker(self, parent):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True)
            found = []
            for pid in children.stdout.split():
                with open(f"/proc/{pid}/status", encoding="ascii") as file:
                    found += [line.split()[1] for line in file if line.startswith("Seccomp:")]
            if "2" in found:
                return "2"
            time.sleep(0.05)
        return "0"
