"""What the documents point at exists: files, tests named in the table of threats, and examples that can be read."""

import re
import shutil
import tomllib
import unittest

from support import ROOT, SLUICE, Case


def documents():
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("integrations/*/*.md"),
                   *ROOT.glob("apps/*/*.md"), *ROOT.glob("sdk/*/*.md")])


class Documents(Case):
    def test_links_lead_to_files(self):
        self.assertTrue(documents())
        for document in documents():
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
                if "://" in target:
                    continue
                with self.subTest(document=document.name, target=target):
                    self.assertTrue((document.parent / target).exists())

    def test_links_lead_to_headings(self):
        def anchors(text):
            headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
            return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}

        for document in documents():
            for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", document.read_text()):
                if "://" in target:
                    continue
                with self.subTest(document=document.name, target=target, anchor=anchor):
                    of = document.parent / target if target else document
                    self.assertIn(anchor, anchors(of.read_text()))

    def test_named_source_files_exist(self):
        for document in documents():
            for name in re.findall(r"`((?:src|tests|fuzz|docs|bench|script)/[\w./-]+\.\w+)", document.read_text()):
                with self.subTest(document=document.name, name=name):
                    self.assertTrue((ROOT / name).exists() or (document.parent / name).exists())

    def test_every_threat_has_its_test(self):
        text = (ROOT / "docs/security.md").read_text()
        rows = [line for line in text[text.index("## Threats"):].splitlines() if line.startswith("| ")][1:]
        self.assertGreater(len(rows), 20)
        for row in rows:
            covers = row.strip("|").split("|")[-1]
            file, seen = None, 0
            for reference in re.findall(r"`([^`]+)`", covers):
                path, colon, name = reference.partition(": ")
                if colon:
                    file = ROOT / path
                else:
                    name = reference
                with self.subTest(row=row, reference=reference):
                    self.assertIsNotNone(file)
                    self.assertIn(name, file.read_text())
                seen += 1
            self.assertGreater(seen, 0, row)

    def test_examples_of_manifests_are_toml(self):
        for document in documents():
            for example in re.findall(r"^```toml\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL):
                with self.subTest(document=document.name, example=example[:60]):
                    tomllib.loads(example)

    def test_the_example_of_the_manifest_is_one(self):
        page = (ROOT / "docs" / "manifest.md").read_text()
        example = re.search(r"^```toml\n(\[app\].*?)^```", page, re.MULTILINE | re.DOTALL)[1]
        for name in ("review.wasm", "github.wasm"):
            shutil.copy(SLUICE.parent / "components" / name, self.folder)
        self.write("sluice.toml", example)
        done = self.sluice("check", "--strict", self.folder)
        self.assertEqual(done.returncode, 0, done.out + done.err)


if __name__ == "__main__":
    unittest.main()
