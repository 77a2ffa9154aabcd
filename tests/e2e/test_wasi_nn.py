"""WASI-NN in `sluice run`: language models through the programs of examples/nn, many instances at once, and ends of
every kind. Each function, error and trap of the ABI: src/wasi_nn/*_test.cc."""

import json
import os
import shutil
import signal
import subprocess
import time

from model_support import MODELS
from support import ROOT, SLUICE, WAIT_SECONDS
from test_run import PROGRAMS, RunCase

EXAMPLES = SLUICE.parent / "examples" / "nn"
CALLS = PROGRAMS / "nn_calls.wasm"
SMOL = MODELS / "smollm2-135m-instruct-q4_0.gguf"
GREEDY = '{"temp":0,"n-predict":12}'


class NeuralCase(RunCase):
    def chat(self, question, options=GREEDY, preload=f"default:GGML:AUTO:{SMOL}", more=()):
        return self.run_program("--nn-preload", preload, *more, EXAMPLES / "chat.wasm", "default", question, options)

    def calls(self, *steps, preload=f"d:GGML:AUTO:{SMOL}", more=(), **options):
        return self.run_program("--nn-preload", preload, *more, CALLS, *steps, **options)


OPEN = ("=d", "load_by_name=p,n,o", "init_execution_context=O,o", f"={GREEDY}", "set_input=0,1,t")


class LanguageModels(NeuralCase):
    def test_chat_streams_and_counts(self):
        done = self.chat("Name a colour.")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertGreater(len(done.out.strip()), 5)
        numbers = json.loads(done.err)
        self.assertIn(numbers["output_tokens"], range(3, 13))
        self.assertGreater(numbers["input_tokens"], 5)
        self.assertGreater(numbers["llama_build_number"], 0)
        self.assertEqual(self.chat("Name a colour.").out, done.out)

    def test_a_model_of_the_catalogue_by_its_name(self):
        self.assertEqual(self.chat("Hi", preload="default:ggml:cpu:smollm2").out, self.chat("Hi").out)

    def test_compute_gives_what_compute_single_gave(self):
        prompt = "=<|im_start|>user\nName a colour.<|im_end|>\n<|im_start|>assistant\n"
        whole = self.calls(*OPEN, prompt, "set_input=0,0,t", "compute=0", "get_output=0,0,b,0,o", "show")
        self.assertEqual(whole.returncode, 0, whole.err)
        self.assertEqual("\n".join(whole.out.splitlines()[6:]).strip(), self.chat("Name a colour.").out.strip())

    def test_json_by_a_schema(self):
        schema = json.dumps({"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}},
                             "required": ["colour"], "additionalProperties": False})
        done = self.chat("Name a colour.", json.dumps({"temp": 0, "json-schema": schema}))
        self.assertIn(json.loads(done.out)["colour"], ("red", "blue"))

    def test_a_grammar_that_is_none(self):
        done = self.chat("x", json.dumps({"grammar": "root ::= ("}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("compute_single: error 1", done.err)
        self.assertIn("grammar", done.err)

    def test_embeddings(self):
        done = self.run_program("--nn-preload", "default:GGML:AUTO:minilm", EXAMPLES / "embed.wasm", "default", "a cat",
                                "a kitten", "a motorway")
        alike = [float(line.split()[0]) for line in done.out.splitlines()]
        self.assertEqual(alike[0], 1.0)
        self.assertGreater(alike[1], alike[2] + 0.3)

    def test_several_models_at_once(self):
        done = self.calls("=d", "load_by_name=p,n,o", "=e", "load_by_name=p,n,o", "init_execution_context=0,o",
                          "init_execution_context=1,o", f"={GREEDY}", "set_input=0,1,t", "=Hello", "set_input=0,0,t",
                          "set_input=1,0,t", "compute=0", "compute=1", "get_output=1,0,b,0,o", "show", "unload=0",
                          "compute=1", "compute=0", more=("--nn-preload", "e:GGML:CPU:minilm"))
        lines = done.out.splitlines()
        self.assertEqual(lines[:9] + lines[9:10], ["0"] * 10, done.err)
        self.assertIn('"n_embedding":384', done.out)
        self.assertEqual(lines[-3:], ["0", "0", "1"])

    def test_streams_to_standard_output(self):
        done = self.calls(*OPEN, '={"stream-stdout":true}', "set_input=0,1,t", "=One, two, three,", "set_input=0,0,t", "compute=0")
        self.assertIn(" four", done.out)

    def test_what_cannot_be_loaded(self):
        for name, content, number in (("empty.gguf", b"", "1"), ("none.gguf", b"not a model", "1"),
                                      ("short.gguf", SMOL.read_bytes()[:100_000], "1")):
            file = self.write(name, content)
            with self.subTest(name):
                done = self.calls("=d", "load_by_name=p,n,o", preload=f"d:GGML:CPU:{file}")
                self.assertEqual(done.out, number + "\n")
                self.assertIn(name, done.err)
        done = self.calls("=d", '={"ctx-size":100000000}', "load_by_name_with_config=0,0,p,n,o", "=d", "load_by_name=p,n,o")
        self.assertEqual(done.out.splitlines(), ["103", "0"], done.err)

    def test_a_file_that_cannot_be_looked_at(self):
        (self.folder / "loop").symlink_to("loop")
        done = self.run_program("--nn-preload", "d:GGML:AUTO:loop", PROGRAMS / "hello.wasm")
        self.assert_refused(done, "--nn-preload d: loop: Too many levels of symbolic links")

    def test_names_that_are_not_given(self):
        done = self.calls("=other", "load_by_name=p,n,o", "=preload:/etc/passwd", "load_by_name=p,n,o")
        self.assertEqual(done.out, "103\n103\n")
        self.assertIn("no model is called other; there are: d", done.err)
        done = self.run_program(CALLS, "=d", "load_by_name=p,n,o")
        self.assertEqual(done.out, "103\n")
        self.assertIn("--nn-preload", done.err)

    def test_a_model_that_the_program_reads_and_gives(self):
        folder = self.folder / "models"
        folder.mkdir()
        os.link(SMOL, folder / "m.gguf") if os.stat(SMOL).st_dev == os.stat(folder).st_dev else (
            folder / "m.gguf").write_bytes(SMOL.read_bytes())
        done = self.calls("=/models/m.gguf", "load_by_name=p,n,o", "init_execution_context=O,o", f"={GREEDY}",
                          "set_input=0,1,t", "=One, two, three,", "set_input=0,0,t", "compute=0", "get_output=0,0,b,0,o",
                          "show", more=("--dir", f"/models:{folder}:readonly"))
        self.assertEqual(done.out.splitlines()[:6], ["0"] * 6, done.err)
        self.assertIn(" four", done.out)


class Installed(NeuralCase):
    def test_libraries_in_a_folder_of_their_own(self):
        program, libraries = self.folder / "bin" / "sluice", self.folder / "lib" / "sluice"
        program.parent.mkdir()
        libraries.mkdir(parents=True)
        shutil.copy(SLUICE, program)
        for library in (SLUICE.parent / "libsluice.so", ROOT / ".deps" / "wasmtime" / "lib" / "libwasmtime.so",
                        *(SLUICE.parent / "backends").glob("*.so")):
            shutil.copy(library, libraries)
        for arguments, out in (((PROGRAMS / "hello.wasm",), "hello\n"),
                               (("--nn-preload", f"d:GGML:AUTO:{SMOL}", CALLS, "=d", "load_by_name=p,n,o"), "0\n")):
            done = subprocess.run([program, "run", *arguments], capture_output=True, text=True, timeout=WAIT_SECONDS)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, out, ""))


class Instances(NeuralCase):
    def test_each_has_its_number(self):
        done = self.run_program("--instances", "5", "--env", "N={instance}", PROGRAMS / "steps.wasm", "number {instance}")
        self.assert_ok(done)
        self.assertEqual(sorted(done.out.splitlines()), [f"argument number {i}" for i in range(5)])

    def test_one_that_fails_does_not_stop_the_others(self):
        text = '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (func (export "_start") unreachable))'
        done = self.run_program("--instances=3", self.write("trap.wat", text))
        self.assertEqual(done.returncode, 134)
        self.assertEqual(done.err.count("trapped"), 3)
        self.assertIn("instance 2: ", done.err)

    def test_a_thousand(self):
        done = self.run_program("--instances", "1000", PROGRAMS / "hello.wasm")
        self.assert_ok(done, "hello\n" * 1000)

    def test_they_share_one_model_and_answer_as_alone(self):
        alone = {i: self.chat(f"Name the number {i}.").out for i in range(4)}
        done = self.run_program("--nn-preload", f"default:GGML:AUTO:{SMOL}", "--instances", "4", CALLS, "=default",
                                "load_by_name=p,n,o", "init_execution_context=O,o", '={"temp":0,"n-predict":12,"seed":1}',
                                "set_input=0,1,t",
                                "=<|im_start|>user\nName the number {instance}.<|im_end|>\n<|im_start|>assistant\n",
                                "set_input=0,0,t", "compute=0", "get_output=0,0,b,0,o", "show")
        self.assertEqual(done.returncode, 0, done.err)
        for i in range(4):
            self.assertIn(alone[i].strip(), done.out)

    def test_streamed_lines_are_not_mixed(self):
        steps = (*OPEN, '={"stream-stdout":true,"n-predict":24}', "set_input=0,1,t", "=A list:\n1.", "set_input=0,0,t",
                 "compute=0")
        alone = self.calls(*steps)
        self.assertEqual(alone.returncode, 0, alone.err)
        together = self.calls(*steps, more=("--instances", "4"))
        self.assertEqual(together.returncode, 0, together.err)
        self.assertEqual(sorted(together.out.splitlines()), sorted(alone.out.splitlines() * 4))

    def test_one_engine_for_all(self):
        running = subprocess.Popen([SLUICE, "run", "--nn-preload", f"d:GGML:AUTO:{SMOL}", "--instances", "8", CALLS,
                                    "=d", "load_by_name=p,n,o", "spin"], stdout=subprocess.PIPE, env=dict(os.environ))
        try:
            for _ in range(8):
                self.assertEqual(running.stdout.readline(), b"0\n")
            children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(running.pid)], capture_output=True, text=True)
            self.assertEqual(len(children.stdout.split()), 1)
        finally:
            running.kill()
            running.wait()
            running.stdout.close()

    def test_killed_in_the_middle_it_leaves_nothing(self):
        running = subprocess.Popen([SLUICE, "run", "--nn-preload", f"d:GGML:AUTO:{SMOL}", CALLS, *OPEN[:3],
                                    '={"temp":0,"ignore-eos":true}', "set_input=0,1,t", "=Once", "set_input=0,0,t",
                                    "compute_single=0", "compute=0"], stdout=subprocess.PIPE, env=dict(os.environ))
        for _ in range(5):
            running.stdout.readline()
        child = subprocess.run(["ps", "-o", "pid=", "--ppid", str(running.pid)], capture_output=True, text=True).stdout
        self.assertTrue(child.strip())
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        deadline = time.monotonic() + 10
        while os.path.exists(f"/proc/{child.strip()}") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(os.path.exists(f"/proc/{child.strip()}"))

    def test_a_time_limit_holds_in_the_middle_of_an_answer(self):
        started = time.monotonic()
        done = self.calls(*OPEN[:3], '={"ignore-eos":true}', "set_input=0,1,t", "=Once", "set_input=0,0,t", "compute=0",
                          more=("--time-limit", "1500"))
        self.assertEqual(done.returncode, 134)
        self.assertIn("--time-limit", done.err)
        self.assertLess(time.monotonic() - started, 10)
