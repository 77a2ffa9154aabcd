"""`sluice run` and `sluice compile`: files that are none, compiled code, the cache, the command line."""

import os
import random
import shutil
import subprocess

from support import SLUICE
from test_run import PROGRAMS, STEPS, TEXTS, RunCase

HELLO = PROGRAMS / "hello.wasm"


class Files(RunCase):
    def test_files_that_are_no_programs(self):
        random.seed(5)
        cases = {"empty": (b"", "it is empty"), "short": (b"\0asm", "cut off"), "text.wasm": (b"Hello\n", "not WebAssembly"),
                 "random": (b"\x91" + random.randbytes(5000), "not WebAssembly"),
                 "image.wasm": (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"), "model": (b"GGUF" + bytes(50), "--nn-preload"),
                 "program": (SLUICE.read_bytes()[:5000], "ELF"), "archive": (b"PK\x03\x04" + bytes(50), "ZIP"),
                 "version": (b"\0asm\x07\0\0\0", "version"), "packed": (b"\x1f\x8b\x08" + bytes(20), "gzip")}
        for name, (content, what) in cases.items():
            with self.subTest(name):
                self.assert_refused(self.run_program(self.write(name, content)), what, name)

    def test_no_files(self):
        self.assert_refused(self.run_program("missing.wasm"), "missing.wasm", "No such file")
        self.assert_refused(self.run_program(self.folder), "Is a directory")

    def test_cut_and_changed_programs(self):
        content = HELLO.read_bytes()
        for size in (8, 9, 100, 1000, len(content) // 2, len(content) - 200):
            done = self.run_program(self.write("cut.wasm", content[:size]))
            self.assertEqual((done.returncode, done.out), (2, ""), (size, done.err))
        random.seed(7)
        for attempt in range(40):
            changed = bytearray(content)
            for _ in range(3):
                changed[random.randrange(8, len(content))] = random.randrange(256)
            done = subprocess.run([SLUICE, "run", "--time-limit", "20000", self.write("changed.wasm", bytes(changed))],
                                  capture_output=True, timeout=120)
            # It is refused, or it is another program, which may do anything that a program may.
            self.assertGreaterEqual(done.returncode, 0, f"attempt {attempt}: {done.stderr}")

    def test_text_with_an_error(self):
        self.assert_refused(self.run_program(self.write("x.wat", "(module (func (i32.nonsense)))")), "WebAssembly text")

    def test_invalid_code(self):
        self.assert_refused(self.run_program(self.write("x.wat", "(module (func (result i32)))")), "type mismatch")

    def test_other_worlds(self):
        self.assert_refused(self.run_program(TEXTS / "other_world.wat"), "exports answer", "wasi:cli/run", "sluice invoke")
        function = SLUICE.parent / "components" / "commandable.wasm"
        self.assert_refused(self.run_program(function), "sluice:events/handler", "sluice invoke")

    def test_imports_that_nothing_answers(self):
        neural = self.write("nn.wat", '(module (import "wasi_ephemeral_nn" "load" (func)) (func (export "_start")))')
        self.assert_refused(self.run_program(neural), "wasi_ephemeral_nn::load", "incompatible import type")
        other = self.write("nn.wat", '(module (import "wasi_ephemeral_nn" "dream" (func)) (func (export "_start")))')
        self.assert_refused(self.run_program(other), "wasi_ephemeral_nn.dream", "WASI-NN (wasi_ephemeral_nn)")
        several = self.write("x.wat", '(module (import "env" "a" (func)) (import "env\\1b" "b" (memory 1)) '
                                      '(import "wasi_snapshot_preview1" "none" (func)) (func (export "_start")))')
        done = self.run_program(several)
        self.assert_refused(done, "env.a", "env?.b", "wasi_snapshot_preview1.none")
        old = self.write("old.wat", '(module (import "wasi_unstable" "proc_exit" (func (param i32))) (func (export "_start")))')
        self.assert_refused(self.run_program(old), "snapshot 0")
        wrong = self.write("wrong.wat", '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) '
                                        '(func (export "_start")))')
        done = self.run_program(wrong)
        self.assert_refused(done, "proc_exit", "(func (param i64))", "wasm32-wasip1")
        self.assertNotIn("Caused by", done.err)

    def test_import_of_a_component_that_is_of_another_type(self):
        done = self.run_program(self.write("sockets.wat", """(component
            (import "wasi:sockets/instance-network@0.2.0" (instance (export "network" (type (sub resource)))))
            (core module $m (func (export "run") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $r (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $r)))"""))
        self.assert_refused(done, "nothing here answers its import of wasi:sockets/instance-network@0.2.0: instance")
        self.assertNotIn("Caused by", done.err)

    def test_no_beginning(self):
        self.assert_refused(self.run_program(TEXTS / "functions.wat"), "_start", "--reactor", "add, divide")
        self.assert_refused(self.run_program(self.write("e.wat", "(module)")), "exports no functions")
        for type_ in ("(param i32)", "(param v128)", "(result externref) (ref.null extern)"):
            odd = self.write("odd.wat", f'(module (func (export "_start") {type_}))')
            self.assert_refused(self.run_program(odd), "takes or gives values")
        odd = self.write("odd.wat", '(module (func (export "_initialize") (param i32)) (func (export "f")))')
        self.assert_refused(self.run_program("--reactor", "f", odd), "takes or gives values")

    def test_types_that_are_no_numbers(self):
        text = self.write("types.wat", """(module
            (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
            (type $pair (struct (field i32)))
            (func (export "vector") (result v128) (v128.const i64x2 0 0))
            (func (export "any") (param anyref)) (func (export "struct") (result (ref null $pair)) (ref.null $pair))
            (func (export "plain") (result i32) (i32.const 1)))""")
        for function in ("vector", "any", "struct"):
            self.assert_refused(self.run_program(text, function), "other values than numbers")
        simple = self.write("simple.wat", """(module (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
            (func (export "extern") (param externref)) (func (export "plain") (param i32) (result i32) (local.get 0)))""")
        self.assert_refused(self.run_program(simple, "extern", "1"), "other values than numbers")
        self.assert_ok(self.run_program(simple, "plain", "7"), "7\n")
        self.assert_ok(self.sluice("compile", simple, "simple.cwasm"))
        self.assert_refused(self.run_program("simple.cwasm", "plain", "7"), "give the .wasm file itself")
        self.assert_ok(self.sluice("compile", PROGRAMS / "reactor.wasm", "reactor.cwasm"))
        self.assert_ok(self.run_program("--reactor", "add", "reactor.cwasm", "7", "1"), "1008\n")


class CommandLine(RunCase):
    def test_help(self):
        for arguments in (("run", "--help"), ("run", "-h"), ("compile", "--help")):
            done = self.sluice(*arguments)
            self.assertEqual((done.returncode, done.err), (0, ""))
            self.assertIn("Usage: sluice " + arguments[0], done.out)
        self.assertIn("cpu, gpu, tpu, auto", self.run_program("--help").out)
        self.assertIn("compile ", self.sluice("--help").out)

    def test_wrong_options(self):
        for arguments, part in (((), "no program"), (("--dir",), "needs a value"), (("--dirs", "x"), "did you mean --dir?"),
                                (("--bogus",), "no option --bogus"), (("--env", "A"), "NAME=VALUE"),
                                (("--env", "=x"), "NAME=VALUE"), (("--time-limit", "x"), "whole number"),
                                (("--gas-limit", "-1"), "whole number"), (("--memory-page-limit", ""), "whole number"),
                                (("--gas-limit", "99999999999999999999"), "whole number"), (("--dir", ""), "empty"),
                                (("--dir", "a:b:c"), "GUEST:HOST"), (("--dir", ":"), "empty"), (("--",), "no program")):
            with self.subTest(arguments):
                self.assert_refused(self.run_program(*arguments), part)

    def test_models(self):
        model = self.write("model.gguf", b"GGUF")
        self.assert_ok(self.run_program("--nn-preload", f"default:ggml:Auto:{model}", HELLO), "hello\n")
        for value, part in (("x", "NAME:ENCODING:TARGET:PATH"), (f"a:b:CPU:{model}", "no encoding"),
                            (f"a:GGML:moon:{model}", "no target"), ("a:GGML:CPU:missing", "no model `missing`"),
                            (f":GGML:CPU:{model}", "name is empty")):
            self.assert_refused(self.run_program("--nn-preload", value, HELLO), part)

    def test_behind_global_options(self):
        self.assert_ok(self.sluice("--log-level", "error", "run", STEPS, "a", "--dir"), "argument a\nargument --dir\n")


class Compiled(RunCase):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"
        self.env = {"SLUICE_CACHE": str(self.cache)}

    def compile(self, *arguments):
        return self.sluice("compile", *arguments, env=self.env)

    def run_compiled(self, *arguments, **more):
        return self.run_program(*arguments, env={**self.env, **more})

    def test_compiled(self):
        self.assert_ok(self.compile(HELLO, "-o", "a.cwasm"), "")
        self.assert_ok(self.run_compiled("a.cwasm"), "hello\n")
        shutil.copy(HELLO, self.folder / "b.wasm")
        self.assert_ok(self.compile("b.wasm"), "")
        self.assert_ok(self.run_compiled("b.cwasm"), "hello\n")
        self.assert_ok(self.compile(TEXTS / "command.wat", "c.cwasm"), "")
        self.assert_ok(self.run_compiled("c.cwasm", "x"), "x")

    def test_changed_anywhere(self):
        self.assert_ok(self.compile(HELLO, "-o", "a.cwasm"))
        content = (self.folder / "a.cwasm").read_bytes()
        random.seed(3)
        places = list(range(0, 60)) + [random.randrange(len(content)) for _ in range(60)] + [len(content) - 1]
        for place in places:
            changed = bytearray(content)
            changed[place] ^= 1 << random.randrange(8)
            done = self.run_compiled(self.write("b.cwasm", bytes(changed)))
            self.assertEqual((done.returncode, done.out), (2, ""), f"byte {place}: {done.err}")
        self.assert_refused(self.run_compiled(self.write("b.cwasm", content + b"x")), "signature", "sluice compile")

    def test_cut(self):
        self.assert_ok(self.compile(HELLO, "-o", "a.cwasm"))
        content = (self.folder / "a.cwasm").read_bytes()
        for size in (8, 20, 43, 44, 60, 300, len(content) // 2, len(content) - 1):
            self.assert_refused(self.run_compiled(self.write("b.cwasm", content[:size])), "cut off", "sluice compile")

    def test_foreign(self):
        self.assert_ok(self.compile(HELLO, "-o", "a.cwasm"))
        other = {"SLUICE_CACHE": str(self.folder / "other")}
        self.assert_refused(self.run_compiled("a.cwasm", **other), "another machine", "sluice compile")
        content = (self.folder / "a.cwasm").read_bytes()
        self.assert_refused(self.run_compiled(self.write("b.cwasm", content.replace(b"wasmtime-", b"wasmtime+"))), "engine")
        at = content.index(b"cpu ") + 4
        digit = b"0" if content[at:at + 1] != b"0" else b"1"
        self.assert_refused(self.run_compiled(self.write("b.cwasm", content[:at] + digit + content[at + 1:])), "processor")
        self.assert_refused(self.run_compiled(self.write("b.cwasm", content.replace(b"settings run", b"settings ruN"))),
                            "settings")
        self.assert_refused(self.run_compiled(self.write("b.cwasm", b"SLUICEX9" + content[8:])), "another version")

    def test_no_other_native_code(self):
        self.assert_ok(self.run_compiled(HELLO), "hello\n")
        entry = next(self.cache.glob("*.cwasm"))
        self.assert_refused(self.run_compiled(entry), "cache")
        self.assert_refused(self.run_compiled(self.write("raw.cwasm", entry.read_bytes()[40:])), "native code")

    def test_gas(self):
        self.assert_ok(self.compile(STEPS, "-o", "plain.cwasm"))
        self.assert_ok(self.compile("--gas", STEPS, "-o", "gas.cwasm"))
        self.assert_refused(self.run_compiled("--gas-limit", "9", "plain.cwasm"), "compile it with --gas")
        self.assert_trapped(self.run_compiled("--gas-limit", "100", "gas.cwasm"), "--gas-limit")
        self.assert_ok(self.run_compiled("gas.cwasm", "print=x"), "x\n")

    def test_wrong_arguments(self):
        self.assert_refused(self.compile(), "no program")
        self.assert_refused(self.compile("missing.wasm"), "No such file")
        self.assert_refused(self.compile("--fast", HELLO), "no option --fast")
        self.assert_refused(self.compile(HELLO, "a", "b"), "more files")
        self.assert_refused(self.compile(HELLO, "-o"), "needs a value")
        own = shutil.copy(HELLO, self.folder / "own.wasm")
        self.assert_refused(self.compile(own, "-o", own), "replace")
        self.assertEqual(HELLO.read_bytes(), (self.folder / "own.wasm").read_bytes())
        self.assert_ok(self.compile(HELLO, "-o", "a.cwasm"))
        self.assert_refused(self.compile("a.cwasm", "-o", "b.cwasm"), "compiled code already")
        self.assertEqual(self.compile(HELLO, "-o", "no/such/folder/a.cwasm").returncode, 2)

    def test_kept_code(self):
        self.assert_ok(self.run_compiled(HELLO), "hello\n")
        first = set(self.cache.glob("*.cwasm"))
        self.assertEqual(len(first), 1)
        self.assert_ok(self.run_compiled(HELLO), "hello\n")
        self.assertEqual(set(self.cache.glob("*.cwasm")), first)
        self.assert_ok(self.run_compiled("--gas-limit=9999999", HELLO), "hello\n")
        self.assertEqual(len(set(self.cache.glob("*.cwasm"))), 2)

    def test_damaged_cache_is_made_again(self):
        self.assert_ok(self.run_compiled(HELLO), "hello\n")
        entry = next(self.cache.glob("*.cwasm"))
        good = entry.read_bytes()
        for bad in (b"", good[:100], good[:-1], good[:5000] + b"?" + good[5001:], b"\x7fELF" + good[4:]):
            entry.write_bytes(bad)
            self.assert_ok(self.run_compiled(HELLO), "hello\n")
            self.assertEqual(len(entry.read_bytes()), len(good))

    def test_without_a_cache(self):
        blocked = self.write("blocked", "a file")
        done = self.run_compiled(HELLO, SLUICE_CACHE=str(blocked))
        self.assertEqual((done.returncode, done.out), (0, "hello\n"))
        self.assertIn("warning: compiled code is not kept", done.err)
        self.cache.mkdir(mode=0o777)
        os.chmod(self.cache, 0o777)
        done = self.run_compiled(HELLO)
        self.assertEqual((done.returncode, done.out), (0, "hello\n"))
        self.assertIn("nobody else can write", done.err)
        homeless = {"SLUICE_CACHE": "", "XDG_CACHE_HOME": "", "HOME": ""}
        self.assert_ok(self.run_compiled(HELLO, **homeless), "hello\n")
        done = self.sluice("compile", HELLO, "-o", "a.cwasm", env=homeless)
        self.assertEqual(done.returncode, 3)
        self.assertIn("SLUICE_CACHE", done.err)
