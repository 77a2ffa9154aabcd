"""Ending `sluice up`."""

import http.client
import signal
import unittest

from support import BotCase, Server


class Stop(BotCase):
    def test_running_work_is_finished(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                self.up() if number == signal.SIGTERM else self.up_again()
                self.github.control({"faults": [{"do": "slow", "match": {"path": "/files"}, "seconds": 2}]})
                self.github.push("octo/app", 7, f"{int(number):040x}")
                before = len(self.github.requests("GET", "/files"))
                self.deliver("pull_request.synchronize")
                self.wait_for(lambda: len(self.github.requests("GET", "/files")) > before, "the run to be under way")
                self.assertEqual(self.server.stop(number), 0)
                self.assertEqual(len(self.summaries()), 1)
                self.assertIn(f"{int(number):040x}", self.summaries()[0]["body"])
                with self.assertRaises(OSError):
                    http.client.HTTPConnection(self.server.address, timeout=5).connect()

    def up_again(self):
        self.server = Server(self, self.app, "--trace", self.trace)

    def test_work_that_does_not_end_is_ended(self):
        self.up(None, "--grace", "1")
        self.github.control({"faults": [{"do": "hang", "match": {"path": "/files"}, "seconds": 600}]})
        self.deliver()
        self.wait_for(lambda: self.github.requests("GET", "/files"), "the run to be under way")
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.writes(), [])
        self.assertIn("work left", self.server.text())

    def test_an_idle_server_ends_at_once(self):
        self.up(None, "--grace", "36000")
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
