"""What the runtime is compared with, prepared once in .deps/runtime: a container's root, WasmEdge's, a bot's packages,
and a `sluice` for aarch64. Each of these is a folder, or NotMeasured says why there is none."""

import contextlib
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from parts.report import ROOT

HOME = ROOT / ".deps" / "runtime"
PINS = ROOT / "script" / "parts" / "runtime"
LOGS = ROOT / "build" / "logs"
PYTHON = "/usr/bin/python3"  # Debian's: the one that the container has too
PIP = [PYTHON, "-m", "pip", "--disable-pip-version-check"]


class NotMeasured(Exception):
    """A comparison that this machine cannot make, and why."""


def tool(name, package):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        raise NotMeasured(f"no {name} (package {package}; script/bootstrap runtime installs it)")
    return found


def need_root():
    if os.geteuid() != 0:
        raise NotMeasured("needs root")


def run(*command, log, **options):
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / f"{log}.log", "ab") as file:
        done = subprocess.run([str(part) for part in command], stdout=file, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, check=False, **options)
    if done.returncode != 0:
        raise NotMeasured(f"{pathlib.Path(str(command[0])).name} failed (build/logs/{log}.log)")


def once(name, pins):
    """Makes the folder `name` by the function below it, unless it is there, made of the same pins."""
    def decorate(make):
        @functools.cache
        def prepared():
            folder, key = HOME / name, hashlib.sha256(pins().encode()).hexdigest()
            stamp = HOME / f"{name}.stamp"
            if folder.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == key:
                return folder
            HOME.mkdir(parents=True, exist_ok=True)
            stamp.unlink(missing_ok=True)
            part = HOME / f"{name}.part"
            for old in (folder, part):
                shutil.rmtree(old, ignore_errors=True)
            print(f"preparing {name}, once …", file=sys.stderr, flush=True)
            make(part)
            part.rename(folder)
            stamp.write_text(key, encoding="utf-8")
            return folder

        return prepared

    return decorate


def mirror():
    """Where this machine takes Debian's packages from."""
    lists = [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*.list")),
             *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*.sources"))]
    for file in lists:
        if file.is_file():
            for line in file.read_text(encoding="utf-8").splitlines():
                found = re.match(r"(?:URIs:|deb(?: \[.*\])?)\s+(\S+/debian)/?(?:\s|$)", line)
                if found:
                    return found[1]
    raise NotMeasured("no mirror of Debian is named in /etc/apt")


def debian(release, folder, packages):
    need_root()
    log = f"runtime-{folder.name}"
    run(tool("debootstrap", "debootstrap"), "--variant=minbase", release, folder, mirror(), log=log)
    for file in pathlib.Path("/etc/apt/apt.conf.d").glob("*"):
        shutil.copy(file, folder / "etc/apt/apt.conf.d")
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("chroot", folder, "apt-get", "-q", "-y", "install", "--no-install-recommends", *packages, log=log, env=environment)
    # An image has no packages' archives.
    run("chroot", folder, "apt-get", "clean", log=log)


def pins_of(*names):
    return lambda: "\n".join((PINS / name).read_text(encoding="utf-8") for name in names)


def install_wheels(requirements, folder, log):
    run(*PIP, "install", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target", folder, "--requirement",
        PINS / requirements, log=log)


@once("bot", pins_of("bot.txt"))
def bot_packages(folder):
    install_wheels("bot.txt", folder, "runtime-bot")
    # Compiled beforehand, as in an image: else the first start would pay for it.
    run(PYTHON, "-m", "compileall", "-q", folder, log="runtime-bot")


@once("container", lambda: "bookworm python3" + pins_of("bot.txt")())
def container(folder):
    """The root of a container, as an image of Debian slim with Python and the bot's packages unpacks to."""
    debian("bookworm", folder, ["python3"])
    target = folder / "usr/lib/python3/dist-packages"
    shutil.copytree(bot_packages(), target, dirs_exist_ok=True)
    run("chroot", folder, "python3", "-m", "compileall", "-q", "/usr/lib/python3", log="runtime-container")
    # What Debian's slim images leave out.
    for name in ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/lib/apt/lists"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True, exist_ok=True)


@once("wasmedge", lambda: "trixie wasmedge")
def wasmedge(folder):
    """Debian 13's WasmEdge in a root of its own."""
    debian("trixie", folder, ["wasmedge"])


@contextlib.contextmanager
def fresh_cache():
    """An environment in which `sluice` has compiled nothing yet."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        yield {**os.environ, "SLUICE_CACHE": folder}
