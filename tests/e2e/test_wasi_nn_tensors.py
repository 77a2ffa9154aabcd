"""Networks of tensors in `sluice run`: every backend through examples/nn/tensors.cc, named and as bytes of the
program's own; and through `sluice:nn` in an app. What the libraries compute is compared natively in backends/*/."""

import json
import math
import shutil

from support import ROOT, SLUICE, Case
from test_run import RunCase

TENSORS = SLUICE.parent / "examples" / "nn" / "tensors.wasm"
DATA = ROOT / "tests" / "data" / "nn"
COMPONENTS = SLUICE.parent / "components"

SUM = {"openvino": (DATA / "sum.xml",), "onnx": (DATA / "sum.onnx",), "tensorflow": (DATA / "sum.pb",),
       "tensorflowlite": (DATA / "sum.tflite",), "pytorch": (DATA / "sum.pt",)}
MLP = {"openvino": (DATA / "mlp.xml", DATA / "mlp.bin"), "onnx": (DATA / "mlp.onnx",), "tensorflow": (DATA / "mlp.pb",),
       "tensorflowlite": (DATA / "mlp.tflite",)}
A, B, C = "f32:2x3:1,2,3,4,5,6", "f32:2x3:10,20,30,40,50,60.5", [11, 22, 33, 44, 55, 66.5]


class TensorCase(RunCase):
    def tensors(self, encoding, paths, *arguments, more=()):
        preload = ":".join(["net", encoding, "CPU", *map(str, paths)])
        return self.run_program("--nn-preload", preload, *more, TENSORS, "net", *arguments)

    def numbers(self, done):
        self.assertEqual((done.returncode, done.err), (0, ""), done.out)
        return [float(line) for line in done.out.splitlines()]


class Backends(TensorCase):
    def test_sums(self):
        for encoding, paths in SUM.items():
            with self.subTest(encoding):
                self.assertEqual(self.numbers(self.tensors(encoding, paths, A, B)), C)

    def test_several_layers_agree(self):
        answers = {}
        for encoding, paths in MLP.items():
            with self.subTest(encoding):
                answers[encoding] = self.numbers(self.tensors(encoding, paths, "f32:1x4:0.1,-0.2,0.3,0.05"))
                self.assertEqual(len(answers[encoding]), 3)
                self.assertAlmostEqual(sum(answers[encoding]), 1, 5)
                for mine, other in zip(answers[encoding], answers["openvino"]):
                    self.assertTrue(math.isclose(mine, other, rel_tol=1e-4), answers)

    def test_a_saved_model(self):
        # Its inputs are `add` and `x`, its outputs `best` and `y`: in the order of their names.
        inputs = ("f32:2x3:0,0,0,0,0,0", "f32:2x4:1,2,3,4,-1,0.5,2,1")
        likely = self.numbers(self.tensors("tensorflow", (DATA / "mlp_saved",), "--output", "1:f32", *inputs))
        best = self.numbers(self.tensors("tensorflow", (DATA / "mlp_saved",), "--output", "0:i64", *inputs))
        self.assertEqual(best, [likely[:3].index(max(likely[:3])), likely[3:].index(max(likely[3:]))])

    def test_openvino_reads_others_formats(self):
        for name in ("sum.onnx", "sum.tflite"):
            self.assertEqual(self.numbers(self.tensors("openvino", (DATA / name,), A, B)), C)

    def test_autodetect(self):
        for paths in SUM.values():
            self.assertEqual(self.numbers(self.tensors("autodetect", paths, A, B)), C)

    def test_bytes_of_the_program(self):
        for encoding, paths in SUM.items():
            with self.subTest(encoding):
                guest = f"{encoding}@" + ",".join(f"/nn/{path.name}" for path in paths)
                done = self.run_program("--dir", f"/nn:{DATA}:readonly", TENSORS, guest, A, B)
                self.assertEqual(self.numbers(done), C)

    def test_bytes_that_are_none(self):
        for encoding, paths in SUM.items():
            whole = paths[0].read_bytes()
            for name, content in (("cut", whole[: len(whole) // 2]), ("noise", bytes(range(256)) * 8), ("empty", b"")):
                with self.subTest(f"{encoding} {name}"):
                    self.write(f"nn/{name}", content)
                    done = self.run_program("--dir", f"/nn:{self.folder}/nn:readonly", TENSORS, f"{encoding}@/nn/{name}", A, B)
                    self.assertNotEqual(done.returncode, 134, done.err)
                    self.assertEqual(done.out, "")
                    self.assertIn(done.returncode, (1, 2))

    def test_where_the_program_can_write(self):
        folder = self.folder / "theirs"
        folder.mkdir()
        for encoding, paths in SUM.items():
            with self.subTest(encoding):
                copies = [shutil.copy(path, folder) for path in paths]
                self.assertEqual(self.numbers(self.tensors(encoding, copies, A, B, more=("--dir", f"/nn:{folder}"))), C)
        done = self.tensors("tensorflow", (shutil.copytree(DATA / "mlp_saved", folder / "saved"),), A, more=("--dir", folder))
        self.assertEqual(done.returncode, 1)
        self.assertIn("is no plain file", done.err)

    def test_nothing_is_written_into_the_home_folder(self):
        home = self.folder / "home"
        home.mkdir()
        for encoding, paths in SUM.items():
            done = self.run_program("--nn-preload", f"net:{encoding}:CPU:{paths[0]}", TENSORS, "net", A, B,
                                    env={"HOME": str(home), "SLUICE_CACHE": str(self.folder / "cache")})
            self.assertEqual(self.numbers(done), C)
            self.assertEqual(list(home.rglob("*")), [], encoding)

    def test_wrong_tensors_are_refused_with_the_shapes(self):
        for encoding in ("openvino", "onnx", "tensorflowlite"):
            done = self.tensors(encoding, SUM[encoding], "f32:3x2:1,2,3,4,5,6", B)
            self.assertEqual(done.returncode, 1)
            self.assertIn("f32 [3, 2], and the network takes f32 [2, 3]", done.err)
            self.assertIn("i32", self.tensors(encoding, SUM[encoding], "i32:2x3:1,2,3,4,5,6", B).err)

    def test_many_instances_share_one_network(self):
        done = self.tensors("openvino", MLP["openvino"], "f32:1x4:{instance},2,3,4", more=("--instances", "60"))
        self.assertEqual(len(self.numbers(done)), 180)

    def test_files_that_are_missing(self):
        done = self.tensors("onnx", ("nowhere.onnx",), A, B)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no file and no model `nowhere.onnx`", done.err)


MANIFEST = """
[app]
name = "net"

[function.net]
component = "commandable-nn.wasm"
[function.net.links]
"sluice:nn/inference" = "model:net"
"wasi:random/random" = "random"
"sluice:kv/store" = "kv"
"wasi:logging/logging" = "log"
"wasi:config/store" = "config"
"wasi:clocks/wall-clock" = "clock"
"sluice:time/timer" = "timer"

[model.net]
backend = "BACKEND"
path = "NAME"
sha256 = "SHA"
"""


class Components(Case):
    def configure(self, backend, path):
        import hashlib

        app = self.folder / "app"
        app.mkdir(exist_ok=True)
        shutil.copy(COMPONENTS / "commandable-nn.wasm", app)
        shutil.copy(path, app)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        self.write("app/sluice.toml",
                   MANIFEST.replace("BACKEND", backend).replace("NAME", path.name).replace("SHA", sha))
        return app

    def command(self, command):
        return self.sluice("invoke", self.folder / "app", "--data-file", "-", input=json.dumps(command))

    def answer(self, command):
        done = self.command(command)
        self.assertEqual(done.returncode, 0, done.err)
        return json.loads(done.out)

    def test_computes_and_describes(self):
        for backend, name in (("onnx", "sum.onnx"), ("openvino", "sum.onnx"), ("tflite", "sum.tflite"),
                              ("tensorflow", "sum.pb"), ("pytorch", "sum.pt")):
            with self.subTest(f"{backend} {name}"):
                self.configure(backend, DATA / name)
                a = {"dims": [2, 3], "f32": [1, 2, 3, 4, 5, 6]}
                b = {"dims": [2, 3], "f32": [10, 20, 30, 40, 50, 60.5]}
                (out,) = self.answer({"do": "compute", "inputs": [a, b]})
                self.assertEqual((out["dims"], out["f32"]), ([2, 3], C))
                ports = self.answer({"do": "ports"})
                self.assertEqual(len(ports["inputs"]), 2)
                if backend != "pytorch":
                    self.assertEqual(ports["inputs"][0]["dims"], [2, 3])

    def test_wrong_inputs_are_told(self):
        self.configure("onnx", DATA / "sum.onnx")
        one = {"dims": [2, 3], "f32": [1, 2, 3, 4, 5, 6]}
        for inputs, why in (([one], "1 inputs were given, and it has 2"), ([one, {"dims": [6], "f32": [0] * 6}], "f32 [6]"),
                            ([one, {"dims": [2, 3], "i32": [0] * 6}], "i32 [2, 3]"),
                            ([one, {"dims": [2, 3], "f32": [0] * 5}], "5 numbers")):
            done = self.command({"do": "compute", "inputs": inputs})
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("nn: invalid", done.err + done.out)
            self.assertIn(why, done.err + done.out)

    def test_large_tensors(self):
        app = self.configure("onnx", DATA / "any_rank.onnx")
        done = self.command({"do": "compute", "inputs": [{"ones": 700_000}], "sum": True})
        self.assertIn("limit call-bytes", done.err)
        with open(app / "sluice.toml", "a") as manifest:
            manifest.write("\n[function.net.limits]\ncall-bytes = 134217728\nresult-bytes = 134217728\nmemory-mib = 256\n")
        self.assertEqual(self.answer({"do": "compute", "inputs": [{"ones": 700_000}], "sum": True}), [700_000])

    def test_a_file_that_changed_is_refused(self):
        app = self.configure("onnx", DATA / "sum.onnx")
        shutil.copy(DATA / "mlp.onnx", app / "sum.onnx")
        done = self.command({"do": "ports"})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("sha256", done.err.lower() + done.out.lower())

    def test_a_network_is_no_language_model(self):
        self.configure("onnx", DATA / "sum.onnx")
        text = (self.folder / "app" / "sluice.toml").read_text()
        self.write("app/sluice.toml", text.replace('"sluice:nn/inference" = "model:net"',
                                                   '"sluice:nn/inference" = "model:smollm2"'))
        done = self.sluice("check", self.folder / "app")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("a language model answers", done.err + done.out)
