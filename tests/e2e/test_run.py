"""`sluice run`: programs of WASI, what they are given, how they end. Guests: tests/guests/run, tests/data/programs."""

import os
import re
import signal
import subprocess
import time

from support import ROOT, SLUICE, Case

PROGRAMS = SLUICE.parent / "programs"
TEXTS = ROOT / "tests" / "data" / "programs"
STEPS = PROGRAMS / "steps.wasm"


class RunCase(Case):
    """Runs programs, with a cache of code for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not STEPS.exists():
            raise AssertionError(f"{STEPS} is not there: run script/build")

    def run_program(self, *arguments, **more):
        return self.sluice("run", *arguments, **more)

    def steps(self, *steps, options=(), **more):
        return self.run_program(*options, STEPS, *steps, **more)

    def assert_ok(self, done, out=None):
        self.assertEqual((done.returncode, done.err), (0, ""))
        if out is not None:
            self.assertEqual(done.out, out)

    def assert_refused(self, done, *parts):
        self.assertEqual((done.returncode, done.out), (2, ""), done.err)
        self.assertTrue(done.err.startswith("sluice: ") and done.err.count("\n") == 1, done.err)
        for part in parts:
            self.assertIn(part, done.err)

    def assert_trapped(self, done, *parts):
        self.assertEqual(done.returncode, 134, done.err)
        for part in parts:
            self.assertIn(part, done.err)


class Programs(RunCase):
    def test_hello(self):
        self.assert_ok(self.run_program(PROGRAMS / "hello.wasm"), "hello\n")

    def test_cpp(self):
        self.assert_ok(self.run_program(PROGRAMS / "shapes.wasm"), "9 12 \n")

    def test_features_of_webassembly(self):
        self.assert_ok(self.run_program(TEXTS / "features.wat"), "")

    def test_arguments_are_the_programs(self):
        done = self.steps("a", "--dir", "-x", "--", "", "é", "--help")
        self.assert_ok(done, "".join(f"argument {a}\n" for a in ("a", "--dir", "-x", "--", "", "é", "--help")))

    def test_separator(self):
        self.assert_ok(self.run_program("--env", "A=1", "--", STEPS, "--", "x"), "argument --\nargument x\n")

    def test_argument_that_is_not_utf8(self):
        done = subprocess.run([SLUICE, "run", STEPS, b"\xff"], capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertIn(b"UTF-8", done.stderr)

    def test_detected_by_content(self):
        program = self.write("picture.png", (PROGRAMS / "hello.wasm").read_bytes())
        self.assert_ok(self.run_program(program), "hello\n")

    def test_from_a_pipe(self):
        with open(PROGRAMS / "hello.wasm", "rb") as file:
            done = subprocess.run([SLUICE, "run", "/dev/stdin"], stdin=file, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b"hello\n"))

    def test_command_component(self):
        self.assert_ok(self.run_program(TEXTS / "command.wat", "first", "last"), "last")

    def test_command_component_that_fails(self):
        done = self.run_program(TEXTS / "command.wat", "fail")
        self.assertEqual((done.returncode, done.out, done.err), (1, "fail", ""))

    def test_command_component_that_traps(self):
        done = self.run_program(TEXTS / "command.wat", "trap")
        self.assert_trapped(done, "unreachable", "at function")
        self.assertEqual(done.out, "trap")

    def test_logging(self):
        done = self.run_program(TEXTS / "logging.wat")
        self.assertEqual((done.returncode, done.out), (0, "[info] first line\n"))
        self.assertEqual(done.err, "[error] store: second\n[trace] second\n")

    def test_logging_of_what_is_not_there(self):
        for function in ("outside", "far"):
            self.assert_trapped(self.run_program("--reactor", function, TEXTS / "logging.wat"), "outside of the memory")
        self.assert_trapped(self.run_program("--reactor", "level", TEXTS / "logging.wat"), "no such level")


class Reactors(RunCase):
    def call(self, *arguments):
        return self.run_program("--reactor", *arguments)

    def test_both_orders(self):
        reactor = PROGRAMS / "reactor.wasm"
        self.assert_ok(self.call("add", reactor, 1, 2), "1003\n")
        self.assert_ok(self.call(reactor, "add", 1, 2), "1003\n")
        self.assert_ok(self.run_program("--reactor=add", reactor, 1, 2), "1003\n")
        self.assert_ok(self.run_program("--reactor", "--env", "A=B", reactor, "add", 1, 2), "1003\n")

    def test_without_a_beginning_the_first_argument_is_the_function(self):
        self.assert_ok(self.run_program(TEXTS / "functions.wat", "add", 40, 2), "42\n")

    def test_numbers(self):
        functions = TEXTS / "functions.wat"
        for call, result in ((("add", "-3", "0x"), None), (("add", "4294967295", "2"), "1\n"),
                             (("root", "2"), "1.4142135623730951\n"), (("small", "0.1"), "0.1\n"),
                             (("same64", "-9223372036854775808"), "-9223372036854775808\n"),
                             (("same64", "18446744073709551615"), "-1\n"), (("root", "inf"), "inf\n"),
                             (("two",), "-1\n9223372036854775807\n"), (("add", "4294967296", "0"), None),
                             (("add", "1.5", "0"), None), (("root", ""), None), (("vector", "1"), None)):
            with self.subTest(call=call):
                done = self.call(functions, *call)
                if result is None:
                    self.assert_refused(done, f"call {call[0]}")
                else:
                    self.assert_ok(done, result)

    def test_wrong_calls(self):
        functions = TEXTS / "functions.wat"
        self.assert_refused(self.call(functions, "add", 1), "takes 2 arguments, and 1 were given")
        self.assert_refused(self.call(functions, "nothing"), "no function `nothing`", "add")
        self.assert_refused(self.call(functions, "memory"), "no function `memory`")
        self.assert_refused(self.call(functions), "needs a function")
        self.assert_refused(self.call("add", TEXTS / "command.wat"), "component", "core modules")

    def test_text_output_and_exit_codes(self):
        reactor = PROGRAMS / "reactor.wasm"
        self.assert_ok(self.call("say", reactor), "said\n")
        self.assert_ok(self.call("half", reactor, "5"), "2.5\n")
        self.assert_ok(self.call("wide", reactor, "5000000000", "2.5"), "5000000002\n")
        self.assertEqual(self.call("leave", reactor, 77).returncode, 77)


class Endings(RunCase):
    def test_exit_codes(self):
        for code in (0, 1, 2, 77, 125, 126, 127, 134, 200, 255):
            done = self.steps("print=x", f"exit={code}", "print=y")
            self.assertEqual((done.returncode, done.out, done.err), (code, "x\n", ""))

    def test_traps(self):
        for how, what in (("unreachable", "unreachable"), ("division", "divide by zero"),
                          ("bounds", "out of bounds memory access"), ("abort", "unreachable")):
            done = self.steps("print=before", f"trap={how}")
            self.assert_trapped(done, "steps.wasm trapped: ", what, "at main (steps.wasm 0x", "at _start")
            self.assertEqual(done.out, "before\n")

    def test_stack_overflow(self):
        # The C stack lies first in memory: below it is nothing.
        self.assert_trapped(self.steps("trap=stack"), "at recurse")
        endless = self.write("endless.wat", '(module (func $down (export "_start") (call $down)))')
        self.assert_trapped(self.run_program(endless), "call stack exhausted", "at down", "times", "endless recursion")

    def test_names_of_cpp_are_readable(self):
        done = self.run_program(PROGRAMS / "shapes.wasm", "trap")
        self.assert_trapped(done, "at shapes::break_down(std::")
        self.assertIn("3 numbers", done.out)

    def test_names_cannot_write_on_the_terminal(self):
        name = r"a\1b[31mred\0abell\07\c2\9b"
        program = self.write("names.wat", f'(module (func ${"x"} (@name "{name}") unreachable) '
                                          f'(func (export "_start") (call $x)))')
        done = self.run_program(program)
        self.assert_trapped(done, "at a?[31mred?bell??")
        self.assertNotIn("\x1b", done.err)

    def test_trap_in_the_start_function(self):
        program = self.write("start.wat", '(module (func $begin unreachable) (start $begin) (func (export "_start")))')
        self.assert_trapped(self.run_program(program), "unreachable", "at begin")

    def test_time_limit(self):
        for step in ("spin=", "sleep=100"):
            start = time.monotonic()
            done = self.steps("print=x", step, options=("--time-limit", "200"))
            self.assert_trapped(done, "ran 200 ms", "--time-limit")
            self.assertGreaterEqual(time.monotonic() - start, 0.2)
            self.assertLess(time.monotonic() - start, 60)
        self.assert_ok(self.steps("print=x", options=("--time-limit=60000",)), "x\n")
        self.assert_ok(self.steps("print=x", options=("--time-limit=0",)), "x\n")

    def test_time_limit_while_it_waits_for_input(self):
        process = subprocess.Popen([SLUICE, "run", "--time-limit", "200", STEPS, "input="], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.assertEqual(process.wait(60), 134)

    def test_gas_limit(self):
        for program in (STEPS, TEXTS / "functions.wat"):
            done = self.run_program("--gas-limit", "1000000", program, "spin=" if program == STEPS else "spin")
            self.assert_trapped(done, "1000000 instructions", "--gas-limit", "at ")
        self.assert_ok(self.steps("print=x", options=("--gas-limit=10000000",)), "x\n")
        self.assert_trapped(self.steps("print=x", options=("--gas-limit=0",)), "--gas-limit")
        self.assert_trapped(self.run_program("--gas-limit=10", TEXTS / "command.wat", "x"), "--gas-limit")

    def test_memory_limit(self):
        functions = TEXTS / "functions.wat"
        self.assert_ok(self.run_program("--memory-page-limit", "3", functions, "grow", "2"), "1\n")
        self.assert_ok(self.run_program("--memory-page-limit", "3", functions, "grow", "3"), "-1\n")
        self.assert_trapped(self.run_program("--memory-page-limit", "0", functions, "grow", "3"), "--memory-page-limit")
        self.assert_ok(self.steps("allocate=50"), "allocated\n")
        done = self.steps("allocate=50", options=("--memory-page-limit=100",))
        self.assert_ok(done, "allocate: Out of memory\n")
        self.assert_trapped(self.steps("trap=abort", options=("--memory-page-limit=100",)), "may have 100")

    def test_signals_end_it_at_once(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([SLUICE, "run", STEPS, "spin="], stdout=subprocess.PIPE, start_new_session=True)
            self.addCleanup(process.stdout.close)
            self.assertEqual(process.stdout.readline(), b"spinning\n")
            process.send_signal(number)
            self.assertEqual(process.wait(30), -number)

    def test_closed_output(self):
        process = subprocess.Popen([SLUICE, "run", STEPS, "output=1000000"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.read(10), b"x" * 10)
        process.stdout.close()
        self.assertEqual(process.wait(60), -signal.SIGPIPE)
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()

    def test_large_output_and_input(self):
        done = self.steps("output=100")
        self.assertEqual((done.returncode, len(done.stdout)), (0, 100 << 20))
        self.assert_ok(self.steps("input=", input=b"y" * 10_000_000), "10000000 bytes of input\n")
        self.assert_ok(self.steps("input="), "0 bytes of input\n")

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SLUICE, "run", STEPS, "output=1"], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertNotIn(b"panicked", done.stderr)


class Grants(RunCase):
    def setUp(self):
        super().setUp()
        self.inside = self.folder / "inside"
        self.inside.mkdir()
        (self.inside / "file").write_text("content\n")
        (self.folder / "outside").write_text("SECRET\n")

    def with_folder(self, *steps, more=""):
        return self.steps(*steps, options=("--dir", f"/data:{self.inside}{more}"))

    def test_nothing_is_inherited(self):
        done = self.steps("env=", f"read={self.folder}/outside", "read=outside", "list=.", "list=/",
                          env={"SECRET": "x"}, cwd=self.folder)
        self.assertEqual(done.returncode, 0)
        self.assertIn("end of environment\nread: ", done.out)
        self.assertEqual(len(re.findall("^(?:read|list): ", done.out, re.M)), 4)
        self.assertNotIn("SECRET", done.out)

    def test_environment(self):
        done = self.steps("env=", options=("--env", "A=1", "--env=B=x=y", "--env", "E=", "--env", "A=2"))
        self.assertEqual(sorted(done.out.split("\n")), ["", "A=2", "B=x=y", "E=", "end of environment"])

    def test_clock_and_random(self):
        before = int(time.time())
        done = self.steps("clocks=", "random=", "random=")
        seconds, first, second = re.fullmatch(r"(\d+) slept\n([0-9a-f]{32})\n([0-9a-f]{32})\n", done.out).groups()
        self.assertTrue(before <= int(seconds) <= time.time())
        self.assertNotEqual(first, second)

    def test_folder(self):
        done = self.with_folder("read=/data/file", "write=/data/new", "append=/data/new", "list=/data", "size=/data/new",
                                "make-folder=/data/sub", "rename=/data/new,/data/sub/moved", "size=/data/sub",
                                "remove=/data/file", "list=/data/sub", "read=/data/file")
        self.assertEqual(re.sub(r"\n\d+ folder", "\nN folder", done.out),
                         "content\nfile new (2)\n16 file\nN folder\nmoved (1)\nread: No such file or directory\n")
        self.assertEqual((self.inside / "sub" / "moved").read_text(), "written\nwritten\n")

    def test_forms(self):
        self.assert_ok(self.steps("read=inside/file", options=("--dir", "inside"), cwd=self.folder), "content\n")
        self.assert_ok(self.steps("read=inside/file", options=("--dir=.:.",), cwd=self.folder), "content\n")
        self.assert_ok(self.steps("read=file", options=("--dir", f".:{self.inside}")), "content\n")
        self.assert_ok(self.steps("read=/a/file", "read=/b/file", options=(
            "--dir", f"/a:{self.inside}", "--dir", f"/b:{self.inside}:readonly")), "content\ncontent\n")

    def test_read_only(self):
        done = self.with_folder("read=/data/file", "write=/data/file", "append=/data/file", "write=/data/new",
                                "remove=/data/file", "make-folder=/data/sub", "link=file,/data/link",
                                "rename=/data/file,/data/other", "list=/data", more=":readonly")
        lines = done.out.splitlines()
        self.assertEqual((lines[0], lines[-1]), ("content", "file (1)"))
        self.assertEqual([line.split(":")[0] for line in lines[1:-1]],
                         ["write", "write", "write", "remove", "make-folder", "link", "rename"])
        self.assertEqual((self.inside / "file").read_text(), "content\n")
        self.assertEqual([file.name for file in self.inside.iterdir()], ["file"])

    def test_no_way_out(self):
        (self.inside / "relative").symlink_to("../outside")
        (self.inside / "absolute").symlink_to(self.folder / "outside")
        (self.inside / "up").symlink_to("..")
        (self.inside / "twice").symlink_to("up/outside")
        (self.inside / "sub").mkdir()
        (self.inside / "sub" / "fine").symlink_to("../file")
        paths = ("/data/../outside", "/data/relative", "/data/absolute", "/data/up/outside", "/data/twice",
                 "/data/sub/../../outside", f"{self.folder}/outside", "/data//../outside", "/data/./../outside",
                 "../outside", "/proc/self/root/etc/passwd")
        done = self.with_folder(*(f"read={path}" for path in paths), *(f"write={path}" for path in paths),
                                "link=../outside,/data/new", "read=/data/new", "link=/etc/passwd,/data/new2",
                                "read=/data/new2", "rename=/data/file,/data/../stolen", "list=/data/up",
                                "remove=/data/up/outside", "make-folder=/data/../made", "read=/data/sub/fine")
        self.assertNotIn("SECRET", done.out)
        self.assertNotIn("root:", done.out)
        self.assertTrue(done.out.endswith("content\n"), done.out)
        self.assertEqual((self.folder / "outside").read_text(), "SECRET\n")
        self.assertEqual(sorted(file.name for file in self.folder.iterdir()), ["inside", "outside"])

    def test_folder_that_is_none(self):
        self.assert_refused(self.steps(options=("--dir", "/data:missing")), "missing (--dir)", "No such file")
        self.assert_refused(self.steps(options=("--dir", f"/data:{self.folder}/outside")), "not a folder")
        self.assert_refused(self.steps(options=("--dir", f"{self.inside}:readonly")), "GUEST:HOST:readonly")

    def test_folder_whose_name_is_not_utf8(self):
        for folder in (b"/data:\xff", b"\xff:.", b"\xff"):
            done = subprocess.run([SLUICE, "run", "--dir", folder, STEPS], capture_output=True, cwd=self.folder, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"the name of a folder (--dir) is not UTF-8", done.stderr)

    def test_folder_with_many_files(self):
        for number in range(3000):
            (self.inside / f"{number:04}").touch()
        self.assertTrue(self.with_folder("list=/data").out.endswith("2999 file (3001)\n"))


if __name__ == "__main__":
    import unittest

    unittest.main()
