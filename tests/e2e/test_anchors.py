"""Every real change of tests/data/changes, as it is and reversed, as a pull request: no comment misses the diff."""

import re
import unittest

from support import CHANGES, REPOSITORY, HOOK_SECRET, BotCase, diff

HUNK = re.compile(r"^@@ -(\S+) \+(\S+) @@(.*)$")
OPPOSITE = {"+": "-", "-": "+"}


def reversed_files(files):
    """The change that takes another one back."""
    backwards = []
    for file in files:
        entry = {**file, "additions": file["deletions"], "deletions": file["additions"],
                 "status": {"added": "removed", "removed": "added"}.get(file["status"], file["status"])}
        if "previous_filename" in file:
            entry["filename"], entry["previous_filename"] = file["previous_filename"], file["filename"]
        if "patch" in file:
            lines = []
            for line in file["patch"].split("\n"):
                match = HUNK.match(line)
                lines.append(f"@@ -{match[2]} +{match[1]} @@{match[3]}" if match else
                             OPPOSITE.get(line[:1], line[:1]) + line[1:])
            entry["patch"] = "\n".join(lines)
        backwards.append(entry)
    return backwards


class RealChanges(BotCase):
    def test_no_batch_is_ever_refused(self):
        changes = sorted(CHANGES.rglob("*.patch"))
        self.assertGreaterEqual(len(changes), 100)
        self.github.control({"rate": {"limit": 1_000_000, "writes_a_minute": 1_000_000}})
        names = {}
        series = []
        with self.github.state.lock:
            repository = self.github.state.repository(*REPOSITORY.split("/"))
            for change in changes:
                forwards = diff.files_of(change.read_bytes().decode("utf-8", "replace"))
                paths = [file["filename"] for file in forwards]
                if len(set(paths)) < len(paths):
                    # A series of commits in one file. GitHub lists a path of a pull request once.
                    series.append(change.name)
                    continue
                for direction, files in (("", forwards), (" reversed", reversed_files(forwards))):
                    number = 100 + len(names)
                    names[number] = f"{change.relative_to(CHANGES)}{direction}"
                    self.github.state.add_pull(repository, number, {"title": change.stem, "files": files})
        self.assertLess(len(series), len(changes) / 50)
        self.up()
        for number in names:
            answer = self.github.deliver(self.server.hook(), "pull_request.opened", REPOSITORY, number, HOOK_SECRET)
            self.assertEqual(answer["status"], 202, names[number])
        pulls = repository["pulls"]
        self.wait_for(lambda: all(pulls[number]["comments"] for number in names),
                      "a summary on every pull request")
        self.assert_no_batch_refused()
        placed = 0
        for number, name in names.items():
            lines = {(f["filename"], *where) for f in pulls[number]["files"]
                     for where in diff.anchors(f.get("patch") or "")}
            self.assertEqual(len(pulls[number]["comments"]), 1, name)
            for comment in pulls[number]["review_comments"]:
                self.assertIn((comment["path"], comment["side"], comment["line"]), lines, name)
                placed += 1
        self.assertGreater(placed, 0)


if __name__ == "__main__":
    unittest.main()
