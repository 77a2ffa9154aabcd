"""Programs in a container of runc, whose root is prepared once: what Docker starts, without Docker's own time."""

import json
import os
import shutil
import subprocess
import tempfile

from parts.runtime import prepared
from parts.runtime.timing import output


class Container:
    """`with Container(sources, "python3", …) as container`: the program that it starts each time `command()` is run;
    the folder `sources` of this machine is /bench in it."""

    def __init__(self, sources, *arguments):
        prepared.need_root()
        self.runc = prepared.tool("runc", "runc")
        self.root = prepared.container()
        self.sources, self.arguments, self.started = sources, arguments, []

    def __enter__(self):
        self.bundle = tempfile.mkdtemp(prefix="sluice-bench-")
        output(self.runc, "spec", cwd=self.bundle)
        file = os.path.join(self.bundle, "config.json")
        with open(file, encoding="utf-8") as stream:
            settings = json.load(stream)
        settings["root"] = {"path": str(self.root), "readonly": True}
        settings["process"].update({"terminal": False, "args": list(self.arguments)})
        settings["mounts"].append({"destination": "/bench", "type": "bind", "source": str(self.sources),
                                   "options": ["bind", "ro"]})
        with open(file, "w", encoding="utf-8") as stream:
            json.dump(settings, stream)
        return self

    def command(self):
        self.started.append(f"sluice-bench-{os.getpid()}-{id(self)}-{len(self.started)}")
        return [self.runc, "run", "-b", self.bundle, self.started[-1]]

    def end(self):
        # The first program of a container is deaf to the signal that ends others.
        for name in self.started:
            subprocess.run([self.runc, "delete", "--force", name], capture_output=True, check=False)

    def __exit__(self, *why):
        self.end()
        shutil.rmtree(self.bundle, ignore_errors=True)
