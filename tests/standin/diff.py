"""Unified diffs as GitHub sees them: changed files with their patches, and the lines that a comment may stand on."""

import re

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def anchors(patch):
    """{(side, line): hunk index} of a file's patch: RIGHT for added and context lines, LEFT for deleted ones."""
    found = {}
    hunk = -1
    left = right = left_end = right_end = 0
    for line in patch.split("\n"):
        if left >= left_end and right >= right_end:
            match = HUNK.match(line)
            if match:
                hunk += 1
                left, right = int(match[1]), int(match[3])
                left_end = left + int(match[2] if match[2] is not None else 1)
                right_end = right + int(match[4] if match[4] is not None else 1)
            continue
        if line.startswith("+"):
            found["RIGHT", right] = hunk
            right += 1
        elif line.startswith("-"):
            found["LEFT", left] = hunk
            left += 1
        elif line.startswith("\\"):
            continue
        else:
            found["RIGHT", right] = hunk
            left += 1
            right += 1
    return found


def _unquote(name):
    """A path as git writes it: in C quotes where it holds unusual bytes."""
    if not (name.startswith('"') and name.endswith('"')):
        return name
    octal = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), name[1:-1])
    plain = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), octal)
    return plain.encode("latin-1", "replace").decode("utf-8", "replace")


def _strip(name, prefix):
    name = _unquote(name.split("\t")[0].strip())
    if name == "/dev/null":
        return None
    head, _, rest = name.partition("/")
    return rest if prefix and rest and len(head) <= 60 else name


class _File:
    def __init__(self):
        self.old = self.new = self.status = None
        self.binary = False
        self.lines = []

    def as_github(self):
        path = self.new or self.old
        patch = "\n".join(self.lines)
        added = deleted = 0
        left = right = 0
        for line in self.lines:
            match = HUNK.match(line) if left <= 0 and right <= 0 else None
            if match:
                left, right = int(match[2] or 1), int(match[4] or 1)
            elif line.startswith("+"):
                added, right = added + 1, right - 1
            elif line.startswith("-"):
                deleted, left = deleted + 1, left - 1
            elif not line.startswith("\\"):
                left, right = left - 1, right - 1
        status = self.status
        if status is None:
            status = "added" if self.old is None else "removed" if self.new is None else "modified"
            if status == "modified" and self.old != self.new:
                status = "renamed"
        entry = {"filename": path, "status": status, "additions": added, "deletions": deleted,
                 "changes": added + deleted}
        if status in ("renamed", "copied"):
            entry["previous_filename"] = self.old
        if self.lines and not self.binary:
            entry["patch"] = patch
        return entry


def files_of(text, prefix=True):
    """The changed files of a unified diff (git's or plain), as entries of `GET …/pulls/N/files`.

    `prefix`: whether the paths begin with a part to take away, as git's `a/` and `b/`.
    """
    files, current = [], None
    left = right = 0  # lines that the open hunk still has
    if re.search(r"^\+\+\+ [^\n]*\r$", text, re.M):  # the whole diff was turned into CRLF, not only its content
        text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if left > 0 or right > 0 or (line.startswith("\\") and current and current.lines):
            if line[:1] == "-":
                left -= 1
            elif line[:1] == "+":
                right -= 1
            elif not line.startswith("\\"):
                left, right = left - 1, right - 1
            current.lines.append(line if line else " ")
            continue
        match = HUNK.match(line)
        if match and current is not None:
            left = int(match[2]) if match[2] is not None else 1
            right = int(match[4]) if match[4] is not None else 1
            current.lines.append(line)
        elif line.startswith("diff --git "):
            current = _File()
            files.append(current)
            halves = re.match(r'diff --git ("?[^"]*"?) ("?b/.*)$', line)
            if halves:
                current.old, current.new = _strip(halves[1], prefix), _strip(halves[2], prefix)
        elif line.startswith("--- ") and number + 1 < len(lines) and lines[number + 1].startswith("+++ "):
            if current is None or current.lines:
                current = _File()
                files.append(current)
            current.old = _strip(line[4:], prefix)
        elif line.startswith("+++ ") and current is not None and not current.lines:
            current.new = _strip(line[4:], prefix)
        elif current is not None:
            _extended(current, line)
    return [file.as_github() for file in files if file.old or file.new]


def _extended(file, line):
    """One of git's extended header lines."""
    if line.startswith("new file mode"):
        file.status = "added"
    elif line.startswith("deleted file mode"):
        file.status = "removed"
    elif line.startswith(("rename from ", "copy from ")):
        file.status = "renamed" if line.startswith("rename") else "copied"
        file.old = _unquote(line.split(" from ", 1)[1])
    elif line.startswith(("rename to ", "copy to ")):
        file.new = _unquote(line.split(" to ", 1)[1])
    elif line.startswith(("Binary files ", "GIT binary patch")):
        file.binary = True
