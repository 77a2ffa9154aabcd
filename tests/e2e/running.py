"""A command of the program that serves until it is stopped."""

import os
import queue
import signal
import subprocess
import threading

WAIT_SECONDS = 180  # for what takes well under one, on a machine that is busy with other things


class Running:
    """Started, waited for, stopped. `ADDRESS` finds the address in a line of what it writes."""

    ADDRESS = None

    def __init__(self, program, command, *arguments, env=None, cwd=None):
        self.command = command
        self.address = None
        self._output = []
        self._addresses = queue.Queue()
        # Not a terminal, its own process group: a signal meant for it reaches it alone.
        self.process = subprocess.Popen(
            [str(program), command, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, cwd=cwd, env={**os.environ, **(env or {})})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for_address(self):
        try:
            self.address = self._addresses.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            pass
        if self.address is None:
            self.stop()
            raise AssertionError(f"sluice {self.command} did not start:\n{self.text()}")

    def _read(self):
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace")
            self._output.append(text)
            match = self.ADDRESS.search(text)
            if match:
                self._addresses.put(match[1])
        self._addresses.put(None)

    def text(self):
        """All that it has written so far."""
        return "".join(self._output)

    def stop(self, signal_number=signal.SIGTERM, timeout=WAIT_SECONDS):
        """Ends it, gives its exit code; it finishes the work that it has begun."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"sluice {self.command} did not end within {timeout} s:\n{self.text()}") from None
        finally:
            self._reader.join(WAIT_SECONDS)
            self.process.stdout.close()
        return code
