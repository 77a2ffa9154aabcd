"""The SDK for C++ guests, used from outside the tree as a stranger does: what it builds, and what it refuses to build."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WASM_TOOLS = ROOT / ".deps" / "bin" / "wasm-tools"

CMAKE = """cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES NONE)
find_package(SluiceSDK REQUIRED)
sluice_guest(outside SOURCES guest.cc WIT guest.wit WORLD guest)
"""

WIT = """/// What this package is.
package stranger:outside@1.2.3;

/// Greets.
interface greeter {
  /// How to be called.
  record person { /// Given name.
    name: string }
  /// Says hello.
  greet: func(who: person) -> string;
}

/// The world of a stranger.
world guest {
IMPORTS
  export greeter;
}
"""

GUEST = """#include <sluice/text.h>
#include <sluice/world.h>

#include <chrono>
#include <cstdio>
#include <random>

#include "greeting.h"

wit::string exports::stranger::outside::greeter::Greet(Person who) {
  BODY
  return sluice::guest::to_wit(greeting + who.name.to_string());
}
"""


class Outside(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-sdk-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "CMakeLists.txt").write_text(CMAKE)
        (self.folder / "greeting.h").write_text('#include <string>\nstatic const std::string greeting = "Hello, ";\n')
        self.component = self.folder / "build" / "components" / "outside.wasm"

    def write(self, imports: str, body: str) -> None:
        (self.folder / "guest.wit").write_text(WIT.replace("IMPORTS", imports))
        (self.folder / "guest.cc").write_text(GUEST.replace("BODY", body))

    def build(self) -> subprocess.CompletedProcess:
        configured = subprocess.run(
            ["cmake", "-G", "Ninja", "-S", self.folder, "-B", self.folder / "build",
             f"-DSluiceSDK_DIR={ROOT / 'sdk' / 'cpp' / 'cmake'}"], capture_output=True, text=True, check=False)
        self.assertEqual(configured.returncode, 0, configured.stderr)
        return subprocess.run(["ninja", "-C", self.folder / "build"], capture_output=True, text=True, check=False)

    def assert_builds(self) -> None:
        built = self.build()
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)

    def imports(self) -> set[str]:
        wit = json.loads(subprocess.run([WASM_TOOLS, "component", "wit", "--json", self.component],
                                        capture_output=True, text=True, check=True).stdout)
        found = set()
        for item in wit["worlds"][-1]["imports"].values():
            interface = wit["interfaces"][item["interface"]["id"]]
            found.add(wit["packages"][interface["package"]]["name"].split("@")[0] + "/" + interface["name"])
        return found

    def sections(self) -> dict[str, dict]:
        """The custom sections with docs, read as the format says: id 0, size, size of the name, name, content."""
        data, at, found = self.component.read_bytes(), 8, {}

        def number() -> int:
            nonlocal at
            value = shift = 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return value

        while at < len(data):
            kind = data[at]
            at += 1
            size = number()
            end = at + size
            if kind == 0:
                length = number()
                name = data[at:at + length].decode()
                if name.endswith("-docs"):
                    self.assertEqual(data[at + length], 1, "version of the section")
                    found[name] = json.loads(data[at + length + 1:end])
            at = end
        return found

    def test_a_pure_guest_imports_nothing(self) -> None:
        self.write("", 'std::puts("dropped");')
        self.assert_builds()
        self.assertEqual(self.imports(), set())

    def test_a_guest_imports_only_what_it_uses_of_its_world(self) -> None:
        self.write("  import wasi:logging/logging@0.1.0-draft;\n  import sluice:kv/store@0.1.0;\n"
                   "  import wasi:clocks/wall-clock@0.2.0;",
                   'std::puts("to the log"); if (std::chrono::system_clock::now().time_since_epoch().count() == 0) std::abort();')
        self.assert_builds()
        self.assertEqual(self.imports(), {"wasi:logging/logging", "wasi:clocks/wall-clock"})

    def test_docs_come_along(self) -> None:
        self.write("  import sluice:time/timer@0.1.0;", "::sluice::time::timer::Sleep(1);")
        self.assert_builds()
        sections = self.sections()
        self.assertEqual(sections["package-docs"]["docs"], "What this package is.")
        self.assertEqual(sections["package-docs"]["worlds"]["root"]["docs"], "The world of a stranger.")
        greeter = sections["interface-docs"]["stranger:outside/greeter@1.2.3"]
        self.assertEqual(greeter["docs"], "Greets.")
        self.assertEqual(greeter["funcs"]["greet"]["docs"], "Says hello.")
        self.assertEqual(greeter["types"]["person"], {"docs": "How to be called.", "items": {"name": "Given name."}})
        self.assertIn("sleep", sections["interface-docs"]["sluice:time/timer@0.1.0"]["funcs"])
        # wasm-tools reads the section of its own as well.
        shown = subprocess.run([WASM_TOOLS, "component", "wit", self.component], capture_output=True, text=True, check=True)
        self.assertIn("/// The world of a stranger.", shown.stdout)

    def test_the_clock_without_its_import_is_refused(self) -> None:
        self.write("", "if (std::chrono::system_clock::now().time_since_epoch().count() == 0) std::abort();")
        built = self.build()
        self.assertNotEqual(built.returncode, 0)
        self.assertIn("guest outside: the guest uses the clock", built.stdout)
        self.assertIn("import wasi:clocks/wall-clock", built.stdout)
        self.assertFalse(self.component.exists())

    def test_random_bytes_without_their_import_are_refused(self) -> None:
        self.write("", "if (std::random_device()() == 0) std::abort();")
        built = self.build()
        self.assertNotEqual(built.returncode, 0)
        self.assertIn("import wasi:random/random", built.stdout)

    def test_a_package_that_is_not_there_is_named(self) -> None:
        self.write("  import nobody:nothing/here@1.0.0;", "")
        built = self.build()
        self.assertNotEqual(built.returncode, 0)
        self.assertIn("guest outside:", built.stdout)
        self.assertIn("nobody:nothing", built.stdout)

    def test_a_changed_header_is_noticed_and_nothing_else_is_rebuilt(self) -> None:
        self.write("", "")
        self.assert_builds()
        before = self.component.read_bytes()
        self.assertIn("no work to do", self.build().stdout)
        (self.folder / "greeting.h").write_text('#include <string>\nstatic const std::string greeting = "Howdy, ";\n')
        again = self.build()
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assertNotIn("Making bindings", again.stdout)
        self.assertNotEqual(self.component.read_bytes(), before)
        self.assertIn(b"Howdy, ", self.component.read_bytes())


if __name__ == "__main__":
    unittest.main()
