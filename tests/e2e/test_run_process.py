"""`sluice run` and `sluice compile`: what the process is started with: its stack, its descriptors, its limits."""

import os
import stat
import subprocess

from support import SLUICE, WAIT_SECONDS
from test_run import PROGRAMS, STEPS, TEXTS, RunCase

HELLO = PROGRAMS / "hello.wasm"
ENDLESS = '(module (func $down (param i64) (result i64) (i64.add (i64.const 1) (call $down (local.get 0)))) ' \
          '(func (export "_start") (drop (call $down (i64.const 0)))))'
ENDLESS_COMPONENT = """(component
  (core module $m (func (export "run") (result i32) call $down) (func $down (result i32) (i32.add (i32.const 1) (call $down))))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $r (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $r)))"""


class ProcessCase(RunCase):
    def shell(self, script, *arguments, **more):
        """Runs the program from a shell: `"$@"` in the script."""
        done = subprocess.run(["bash", "-c", script, "bash", SLUICE, *map(str, arguments)], capture_output=True,
                              cwd=self.folder, timeout=WAIT_SECONDS, **more)
        done.out, done.err = done.stdout.decode(), done.stderr.decode("utf-8", "replace")
        return done


class Stacks(ProcessCase):
    def test_endless_recursion_is_a_trap_whatever_the_shell_allows(self):
        files = [self.write("module.wat", ENDLESS), self.write("component.wat", ENDLESS_COMPONENT)]
        for file in files:
            for stack in ("64", "128", "1024", "8192", "unlimited"):
                for options in ((), ("--instances", "2")):
                    with self.subTest(file=file.name, stack=stack, options=options):
                        done = self.shell(f'ulimit -S -s {stack}; exec "$@"', "run", *options, file)
                        self.assert_trapped(done, "call stack exhausted", "endless recursion")

    def test_a_small_stack_is_enough(self):
        self.assert_ok(self.shell('ulimit -s 128; exec "$@"', "run", HELLO), "hello\n")
        self.assert_ok(self.shell('ulimit -s 128; exec "$@"', "compile", STEPS, "steps.cwasm"), "")
        self.assertEqual(self.shell('ulimit -s 128; exec "$@"', "run", STEPS, "exit=7").returncode, 7)


class Descriptors(ProcessCase):
    def test_closed_input_is_empty(self):
        folder = self.folder / "data"
        folder.mkdir()
        done = self.shell('exec "$@" <&-', "run", "--dir", f"/data:{folder}", STEPS, "input=", "list=/data")
        self.assertEqual((done.returncode, done.out, done.err), (0, "0 bytes of input\n(0)\n", ""))

    def test_nothing_of_the_hosts_takes_the_place_of_closed_ones(self):
        script = ["bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash", SLUICE, "run", "--dir", self.folder, STEPS, "spin="]
        process = subprocess.Popen(script)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def files():
            try:
                return [os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in range(4)]
            except FileNotFoundError:
                return None

        self.assertEqual(self.wait_for(files, "it to open files")[:3], ["/dev/null"] * 3)

    def test_writing_to_a_closed_one_fails(self):
        done = self.shell('exec "$@" >&-', "run", "--help")
        self.assertEqual((done.returncode, done.err), (3, ""))
        self.assertEqual(self.shell('exec "$@" >&-', "check", "missing").returncode, 2)


class LimitsOfTheMachine(ProcessCase):
    def test_too_few_addresses(self):
        for program in (HELLO, self.component_with_a_memory()):
            done = self.shell('ulimit -v 300000; exec "$@"', "run", program)
            self.assertEqual((done.returncode, done.out), (3, ""), done.err)
            self.assertIn("ulimit -v", done.err)
            self.assertNotIn("Caused by", done.err)

    def component_with_a_memory(self):
        return self.write("memory.wat", """(component
          (core module $m (memory 1) (func (export "run") (result i32) (i32.const 0)))
          (core instance $i (instantiate $m))
          (func $run (result (result)) (canon lift (core func $i "run")))
          (instance $r (export "run" (func $run)))
          (export "wasi:cli/run@0.2.0" (instance $r)))""")

    def test_too_few_open_files(self):
        for files in range(4, 10):
            for program in (HELLO, self.component_with_a_memory()):
                with self.subTest(files=files, program=program.name):
                    done = self.shell(f'ulimit -n {files}; exec "$@"', "run", "--dir", self.folder, program)
                    if done.returncode != 0:
                        self.assertEqual((done.returncode, done.out), (3, ""), done.err)
                        self.assertIn("ulimit -n", done.err)
                        self.assertEqual(done.err.count("\n"), 1)


class TimeLimit(ProcessCase):
    def test_it_holds_while_code_is_compiled(self):
        function = "(func (param i64) (result i64) local.get 0 " + "local.get 0 i64.mul local.get 0 i64.xor " * 2000 + ")"
        program = self.write("large.wat", f'(module {function * 200} (func (export "_start")))')
        done = self.run_program("--time-limit", "50", program, env={"SLUICE_CACHE": str(self.folder / "cache")})
        self.assert_trapped(done, "ran 50 ms", "--time-limit")


class CompiledTo(ProcessCase):
    def compile_to(self, *output):
        return self.sluice("compile", HELLO, *output)

    def test_attached_value(self):
        self.assert_ok(self.compile_to("-oattached.cwasm"))
        self.assert_ok(self.run_program("attached.cwasm"), "hello\n")

    def test_links_are_followed(self):
        target = self.folder / "to" / "target.cwasm"
        target.parent.mkdir()
        for content in (None, "old"):
            if content:
                target.write_text(content)
            for name, to in (("absolute", target), ("relative", "to/target.cwasm"), ("second", "relative")):
                link = self.folder / name
                if not link.is_symlink():
                    link.symlink_to(to)
                self.assert_ok(self.compile_to("-o", link))
                self.assertTrue(link.is_symlink())
                self.assert_ok(self.run_program(target), "hello\n")
        loop = self.folder / "loop"
        loop.symlink_to("loop")
        done = self.compile_to("-o", loop)
        self.assertEqual(done.returncode, 3, done.err)
        self.assertTrue(loop.is_symlink())

    def test_a_pipe_is_written_into(self):
        done = self.shell('mkfifo pipe; cat pipe > copy.cwasm & "$@"; code=$?; wait; exit $code',
                          "compile", HELLO, "-o", "pipe")
        self.assert_ok(done)
        self.assertTrue((self.folder / "pipe").is_fifo())
        self.assert_ok(self.run_program("copy.cwasm"), "hello\n")

    def test_a_device_is_written_into(self):
        null, full = self.folder / "null", self.folder / "full"
        try:
            os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
            os.mknod(full, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
            full.open("wb").close()
        except PermissionError as error:
            self.skipTest(f"no devices can be made here: {error}")
        self.assert_ok(self.compile_to("-o", null))
        done = self.compile_to("-o", full)
        self.assertEqual(done.returncode, 3, done.err)
        self.assertIn("No space left on device", done.err)
        self.assertTrue(null.is_char_device() and full.is_char_device())

    def test_a_folder_stays(self):
        self.assert_refused(self.compile_to("-o", self.folder), "Is a directory")
