"""`sluice review`: what it reads, what it prints, what it exits with."""

import json
import os
import re
import unittest

from review_case import ReviewCase
from support import HARMLESS, RISKY, CHANGES, diff

FORMATS = ("markdown", "json", "sarif", "html")
SEVERITIES = ("info", "low", "medium", "high", "critical")


class Formats(ReviewCase):
    def test_json_has_what_is_documented(self):
        review = self.review_json(RISKY)
        self.assertLessEqual({"version", "summary", "changes", "risks", "coverage", "effort", "usage"}, set(review))
        self.assertEqual({change["file"] for change in review["changes"]}, {"app/fetch.py", "docs/fetch.md"})
        self.assertTrue(all(change["what"] for change in review["changes"]))
        files = {f["filename"]: f["patch"] for f in diff.files_of(RISKY)}
        self.assertTrue(review["risks"])
        for risk in review["risks"]:
            self.assertIn(risk["severity"], SEVERITIES)
            for key in ("quote", "why", "action", "source"):
                self.assertTrue(risk[key], key)
            self.assertIn((risk["side"], risk["line"]), diff.anchors(files[risk["file"]]))
            self.assertIn(risk["quote"].strip(), files[risk["file"]])
        hunks = {(entry["file"], entry["hunk"]) for entry in review["coverage"]}
        self.assertEqual(len(hunks), 2)

    def test_markdown_is_the_default(self):
        plain = self.review_diff(RISKY)
        named = self.review_diff(RISKY, "--format", "markdown")
        self.assertEqual((plain.returncode, named.returncode), (0, 0), plain.err)
        self.assertIn("app/fetch.py", plain.out)
        self.assertIn("eval(expression)", plain.out)

    def test_sarif(self):
        done = self.review_diff(RISKY, "--format", "sarif")
        self.assertEqual(done.returncode, 0, done.err)
        log = json.loads(done.out)
        self.assertEqual(log["version"], "2.1.0")
        self.assertIn("sarif-schema-2.1.0", log["$schema"])
        results = log["runs"][0]["results"]
        rules = {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}
        self.assertTrue(results)
        for result in results:
            self.assertIn(result["ruleId"], rules)
            self.assertIn(result["level"], ("none", "note", "warning", "error"))
            place = result["locations"][0]["physicalLocation"]
            self.assertEqual(place["artifactLocation"]["uri"], "app/fetch.py")
            self.assertGreaterEqual(place["region"]["startLine"], 1)

    def test_html_is_one_file_that_loads_nothing(self):
        done = self.review_diff(RISKY, "--format", "html")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertTrue(done.out.lower().startswith("<!doctype html>"))
        self.assertTrue(done.out.rstrip().endswith("</html>"))
        self.assertNotRegex(done.out, r"""(?i)<(script|link|iframe|object|embed)\b|\bsrc\s*=|@import|url\(\s*['"]?http""")
        self.assertIn("eval(expression)", done.out)

    def test_hostile_text_stays_text(self):
        hostile = RISKY.replace("app/fetch.py", "app/<img src=x onerror=alert(1)>.py").replace(
            "return eval(expression)", 'return eval("</code><script>alert(1)</script>" + expression)')
        page = self.review_diff(hostile, "--format", "html")
        self.assertEqual(page.returncode, 0, page.err)
        self.assertNotRegex(page.out, r"<(script|img)\b")
        self.assertIn("&lt;script&gt;", page.out)
        for form in ("json", "sarif"):
            json.loads(self.review_diff(hostile, "--format", form).out)

    def test_the_same_change_gives_the_same_review(self):
        first, second = (self.review_json(RISKY) for _ in range(2))
        first.pop("usage"), second.pop("usage")
        self.assertEqual(first, second)


class ExitCodes(ReviewCase):
    def test_fail_on(self):
        worst = max(SEVERITIES.index(risk["severity"]) for risk in self.review_json(RISKY)["risks"])
        for index, severity in enumerate(SEVERITIES):
            done = self.review_diff(RISKY, "--fail-on", severity)
            self.assertEqual(done.returncode, 1 if index <= worst else 0, severity)
            self.assertIn("app/fetch.py", done.out)

    def test_fail_on_with_nothing_to_fail_on(self):
        self.assertEqual(self.review_diff(HARMLESS, "--fail-on", "info").returncode, 0)

    def test_wrong_usage(self):
        for arguments in (["--no-such-option"], ["--format", "pdf"], ["--fail-on", "awful"], ["a", "b"],
                          ["--diff", "x", "--repo", "."], ["--diff"]):
            done = self.review(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.err.strip(), arguments)

    def test_things_that_are_not_there(self):
        for arguments in (["--diff", "missing.diff"], ["--repo", "missing"], ["--repo", "/"], ["--diff", "."]):
            done = self.review(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.err))
            self.assertIn(arguments[1], done.err)
        done = self.review("--diff", self.write("a.diff", HARMLESS), "--app", "missing")
        self.assertEqual(done.returncode, 2)
        self.assertIn("missing", done.err)


class Git(ReviewCase):
    def setUp(self):
        super().setUp()
        self.make_repository()

    def files(self, *arguments, cwd=None):
        done = self.review(*arguments, "--format", "json", cwd=cwd or self.repository)
        self.assertEqual(done.returncode, 0, done.err)
        return {change["file"] for change in json.loads(done.out)["changes"]}

    def test_ranges(self):
        self.assertEqual(self.files(), {"docs/x.md"})
        self.assertEqual(self.files("main...topic"), {"docs/x.md"})
        self.assertEqual(self.files("main~1..topic"), {"a.py", "docs/x.md"})
        self.assertEqual(self.files("main"), {"a.py"})
        self.assertEqual(self.files(self.git("rev-parse", "main").strip()), {"a.py"})

    def test_the_first_commit(self):
        self.assertEqual(self.files("main~1"), {"a.py", "docs/x.md"})

    def test_a_bare_repository(self):
        bare = self.folder / "mirror.git"
        self.git("clone", "-q", "--bare", self.repository, bare)
        self.assertEqual(self.files(cwd=bare), {"docs/x.md"})
        self.assertEqual(self.files("main~1..topic", cwd=bare), {"a.py", "docs/x.md"})
        self.assertEqual(self.files("--repo", bare, "main", cwd=self.folder), {"a.py"})
        self.assertEqual(self.files("main", cwd=self.repository / ".git"), {"a.py"})

    def test_longer_ids(self):
        self.repository = self.folder / "sha256"
        self.repository.mkdir()
        self.git("init", "-q", "--object-format=sha256")
        self.commit("Begin", {"a.py": "a = 1\n"})
        self.assertEqual(self.files(), {"a.py"})
        self.commit("Go on", {"b.py": "b = 1\n"})
        self.assertEqual(self.files("HEAD~1..HEAD"), {"b.py"})

    def test_without_git(self):
        done = self.review(cwd=self.repository, env={"PATH": str(self.folder)})
        self.assertEqual(done.returncode, 2, done.err)
        self.assertIn("git, which reads it, was not found", done.err)

    def test_what_is_not_committed(self):
        (self.repository / "a.py").write_text("def f(x, y):\n    return eval(x)\n")
        self.assertEqual(self.files(), {"a.py"})

    def test_another_folder(self):
        self.assertEqual(self.files("--repo", self.repository, "main", cwd=self.folder), {"a.py"})
        self.assertEqual(self.files("main", cwd=self.repository / "docs"), {"a.py"})
        self.git("config", "diff.relative", "true")
        self.assertEqual(self.files("main~1..topic", cwd=self.repository / "docs"), {"a.py", "docs/x.md"})

    def test_bad_ranges(self):
        for text in ("nowhere", "main..nowhere", "--output=/tmp/x", "main...nowhere", ";id", "a b", ".."):
            done = self.review("--repo", self.repository, "--", text)
            self.assertEqual(done.returncode, 2, (text, done.err))
            self.assertTrue(done.err.strip())

    def test_nothing_of_the_repository_is_run(self):
        """Hooks, external diff programs, text conversion and pagers are the repository's own: not to be trusted."""
        mark = self.folder / "was-run"
        script = self.write("run.sh", f"#!/bin/sh\ntouch {mark}\n")
        script.chmod(0o755)
        for key in ("diff.external", "core.pager", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor"):
            self.git("config", key, str(script))
        (self.repository / ".gitattributes").write_text("*.py diff=evil\n")
        (self.repository / "a.py").write_text("def f(x):\n    return 3\n")
        done = self.review(cwd=self.repository)
        self.assertEqual(done.returncode, 0, done.err)
        self.assertFalse(mark.exists(), "a program of the repository was run")

    def test_a_title_is_taken_from_the_commit(self):
        self.assertIn("Calculate what is asked for", self.review("main", cwd=self.repository).out)

    def test_unusual_names(self):
        name = 'b "q" ü\t$(id).py'
        self.commit("Name", {name: "x = eval(y)\n"})
        self.assertEqual(self.files(), {name})


    def test_names_that_are_not_utf8(self):
        for name in (b"lat\xe9.py", b"lat\xe8.py"):
            with open(os.fsencode(self.repository) + b"/" + name, "w", encoding="utf-8") as file:
                file.write("x = eval(y)\n")
        self.commit("Names", {"b.py": "b = 1\n"})
        done = self.review("--format", "json", cwd=self.repository)
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual({change["file"] for change in json.loads(done.out)["changes"]},
                         {"lat\ufffd.py", "lat\ufffd(2).py", "b.py"})
        self.assertIn("2 places of the diff are not UTF-8", done.err)


class Inputs(ReviewCase):
    def coverage(self, text, code=0):
        return {(entry["file"], entry["status"]) for entry in self.review_json(text, code=code)["coverage"]}

    def test_standard_input(self):
        for source in (RISKY, RISKY.encode()):
            done = self.review("--diff", "-", "--format", "json", input=source)
            self.assertEqual(done.returncode, 0, done.err)
            self.assertEqual(len(json.loads(done.out)["changes"]), 2)

    def test_empty(self):
        for text in ("", "\n", "  \n\n"):
            done = self.review_diff(text)
            self.assertEqual((done.returncode, done.out), (2, ""), done.err)
            self.assertIn("empty", done.err)
        self.assertEqual(self.review("--diff", "-", input="").returncode, 2)

    def test_no_diff(self):
        for text in ("Dear reviewer,\nplease have a look.\n", "<html><body>@@ -1 +1 @@</body></html>\n",
                     '{"files": []}', "--- a\n", b"\x00\x01\x02\xff" * 1000, "+" * 100_000):
            done = self.review_diff(text)
            self.assertEqual((done.returncode, done.out), (2, ""), done.err)
            self.assertIn("change.diff", done.err)

    def test_binary_only(self):
        text = ("diff --git a/logo.png b/logo.png\nindex 1111111..2222222 100644\n"
                "Binary files a/logo.png and b/logo.png differ\n")
        entries = self.coverage(text, code=3)
        self.assertEqual(len(entries), 1)
        self.assertNotIn("reviewed", dict(entries).values())

    def test_renames_and_modes_only(self):
        text = ("diff --git a/old.py b/new.py\nsimilarity index 100%\nrename from old.py\nrename to new.py\n"
                "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n")
        done = self.review_diff(text, "--format", "json")
        self.assertEqual(done.returncode, 3, done.err)
        review = json.loads(done.out)
        self.assertEqual({entry["file"] for entry in review["coverage"]}, {"new.py", "run.sh"})
        self.assertTrue(all(entry["reason"] for entry in review["coverage"]))

    def test_binary_beside_text(self):
        text = RISKY + "diff --git a/l.png b/l.png\nindex 1111111..2222222 100644\nBinary files a/l.png and b/l.png differ\n"
        entries = self.review_json(text)["coverage"]
        reasons = {entry["file"]: entry.get("reason") for entry in entries if entry["status"] != "reviewed"}
        self.assertIn("l.png", reasons)
        self.assertTrue(reasons["l.png"])

    def test_without_newline_at_the_end(self):
        text = ("diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n\\ No newline at end of file\n"
                "+x = eval(y)\n\\ No newline at end of file")
        self.assertEqual(self.coverage(text), {("a.py", "reviewed")})
        self.assertTrue(self.review_json(text)["risks"])

    def test_crlf(self):
        for text in (RISKY.replace("\n", "\r\n"), re.sub(r"(?m)^([ +-](?![-+]{2} ).*)$", "\\1\r", RISKY)):
            review = self.review_json(text)
            self.assertEqual({entry["status"] for entry in review["coverage"]}, {"reviewed"})
            self.assertEqual([r["line"] for r in review["risks"]], [r["line"] for r in self.review_json(RISKY)["risks"]])

    def test_not_utf8(self):
        done = self.review_diff(RISKY.replace("# The end.", "# Das Ende: schön.").encode("latin-1"))
        self.assertEqual(done.returncode, 0, done.err)
        self.assertIn("not UTF-8", done.err)
        self.assertIn("eval(expression)", done.out)

    def test_a_name_that_is_not_utf8(self):
        text = ('diff --git "a/lat\\351.py" "b/lat\\351.py"\n--- "a/lat\\351.py"\n+++ "b/lat\\351.py"\n'
                "@@ -1 +1 @@\n-a\n+b\n")
        for source in (text, b"--- lat\xe9.py\n+++ lat\xe9.py\n@@ -1 +1 @@\n-a\n+b\n"):
            done = self.review_diff(source, "--format", "json")
            self.assertEqual(done.returncode, 0, done.err)
            self.assertEqual([entry["file"] for entry in json.loads(done.out)["coverage"]], ["lat\ufffd.py"])
            self.assertEqual(done.err.count("not UTF-8"), 1, done.err)

    def test_fifty_thousand_lines(self):
        lines = "".join(f"+value_{n} = {n}\n" for n in range(50_000))
        text = f"diff --git a/big.py b/big.py\nnew file mode 100644\n--- /dev/null\n+++ b/big.py\n@@ -0,0 +1,50000 @@\n{lines}"
        review = self.review_json(text + RISKY)
        self.assertIn("big.py", {entry["file"] for entry in review["coverage"]})
        self.assertTrue([risk for risk in review["risks"] if risk["file"] == "app/fetch.py"])

    def test_broken_hunks_are_told(self):
        for text in (RISKY.replace("@@ -1,12 +1,14 @@", "@@ -1,12 +1,99 @@"),
                     RISKY.replace("@@ -1,12 +1,14 @@", "@@ -99999999999,1 +1,14 @@")):
            done = self.review_diff(text, "--format", "json")
            self.assertIn(done.returncode, (0, 2, 3), done.err)
            if done.returncode == 0:
                statuses = [e["status"] for e in json.loads(done.out)["coverage"] if e["file"] == "app/fetch.py"]
                self.assertTrue([status for status in statuses if status != "reviewed"], done.out)
            else:
                self.assertTrue(done.err.strip())

    def test_a_real_patch_with_its_mail_header(self):
        patches = sorted(CHANGES.rglob("*.patch"))
        self.assertTrue(patches)
        for patch in patches[:5]:
            done = self.review("--diff", patch, "--format", "json")
            self.assertIn(done.returncode, (0, 3), done.err)
            json.loads(done.out)


class Trace(ReviewCase):
    def test_each_call_is_a_line(self):
        trace = self.folder / "trace.jsonl"
        done = self.review("--diff", self.write("a.diff", RISKY), "--trace", trace)
        self.assertEqual(done.returncode, 0, done.err)
        records = [json.loads(line) for line in trace.read_text().splitlines()]
        text = json.dumps(records)
        self.assertIn("sluice:github/pulls", text)
        self.assertIn("files", text)

    def test_a_trace_that_cannot_be_written(self):
        done = self.review("--diff", self.write("a.diff", RISKY), "--trace", self.folder / "no" / "folder")
        self.assertIn(done.returncode, (2, 3))
        self.assertIn("folder", done.err)


if __name__ == "__main__":
    unittest.main()
