"""Unpacks some files of a wheel.

    unpack_wheel.py WHEEL FOLDER PATTERN…

A pattern names files as in a shell, `*` crossing folders; everything up to `//` is left out of their new names. One that
names nothing is an error.
"""

import fnmatch
import pathlib
import shutil
import sys
import zipfile


def main() -> None:
    wheel, folder, patterns = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if not name.endswith("/")]
        for pattern in patterns:
            base, _, rest = pattern.rpartition("//")
            prefix = f"{base}/" if base else ""
            found = fnmatch.filter(files, prefix + rest)
            if not found:
                sys.exit(f"{wheel} has no {prefix}{rest}")
            for name in found:
                target = folder / name.removeprefix(prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, open(target, "wb") as copy:
                    shutil.copyfileobj(source, copy)


if __name__ == "__main__":
    main()
