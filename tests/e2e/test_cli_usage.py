"""The command line as a whole: what is wrong is named, and the options of the log stand anywhere."""

import unittest

from support import Case


class Usage(Case):
    def test_an_unknown_command_is_named(self):
        done = self.sluice("frob")
        self.assertEqual(done.returncode, 2)
        self.assertIn("frob", done.err)

    def test_no_command(self):
        done = self.sluice()
        self.assertEqual(done.returncode, 2)
        self.assertIn("command is required", done.err)

    def test_options_of_the_log_before_and_behind_a_command(self):
        for arguments in (("--log-format", "json", "model", "list"), ("model", "list", "--log-format", "json"),
                          ("model", "--log-level", "error", "list")):
            done = self.sluice(*arguments)
            self.assertEqual(done.returncode, 0, (arguments, done.err))
        done = self.sluice("model", "list", "--log-level", "loud")
        self.assertEqual(done.returncode, 2)
        self.assertIn("loud", done.err)

    def test_a_folder_with_the_name_of_a_command(self):
        done = self.sluice("check", "up")
        self.assertEqual(done.returncode, 2)
        self.assertIn("up/sluice.toml", done.err)

    def test_a_setting_that_is_wrong_is_wrong_usage(self):
        self.write("a.diff", "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n")
        for setting in ("frob=1", "max-risks=many"):
            done = self.sluice("review", "--diff", self.folder / "a.diff", "--set", setting)
            self.assertEqual(done.returncode, 2, done.err)
            self.assertIn(setting.split("=")[0], done.err)


if __name__ == "__main__":
    unittest.main()
