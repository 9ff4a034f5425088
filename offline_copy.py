"""`sv copy`: the project and the wheels that running it needs, for a machine that reaches no package index.

sv imports this file when it is asked for a copy, and hands itself over. In the copy, sv finds the folder `wheels`
beside itself and sets itself up from there, with the same hashes from the same requirements.lock.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import NoReturn

PROJECT = (".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md",
           "LICENSE", "PACKAGE.md", "README.md", "SECURITY.md", "bench", "docs", "offline_copy.py", "paper.bib",
           "paper.md", "pyproject.toml", "requirements-dev.lock", "requirements-docs.lock", "requirements.lock", "src",
           "sv", "tests")
"""What a copy holds of the folder of sv: the project, and nothing that somebody made with it."""

TAGS = {
    ("linux", "x86_64"): ("manylinux2014_x86_64", *(f"manylinux_2_{minor}_x86_64" for minor in range(17, 29))),
    ("linux", "arm64"): ("manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in range(17, 29))),
    ("macos", "arm64"): ("macosx_12_0_arm64",),
    ("windows", "x86_64"): ("win_amd64",),
}
"""What wheels may be built for, as pip calls it: glibc 2.28 and macOS 12, which some need, and older systems."""

MARKERS = {
    ("linux", "x86_64"): ("posix", "linux", "Linux", "x86_64"),
    ("linux", "arm64"): ("posix", "linux", "Linux", "aarch64"),
    ("macos", "arm64"): ("posix", "darwin", "Darwin", "arm64"),
    ("windows", "x86_64"): ("nt", "win32", "Windows", "AMD64"),
}
"""What the machine would say of itself: os.name, sys.platform, platform.system(), platform.machine()."""


class Order(argparse.Namespace):
    """What to copy, for which machine."""

    system: str
    machine: str
    pythons: list[str]
    folder: Path


def order(arguments: list[str], sv: ModuleType) -> Order:
    """The command line after `sv copy`, checked."""

    class Words(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise sv.WrongInput(f"copy: {message}")

    words = Words(prog="sv copy", allow_abbrev=False, usage="python3 sv copy --for SYSTEM DIR [--python 3.12] ...",
                  description="Copy the project, with every package that running it needs, for a machine that reaches "
                              "no package index. There, sv sets itself up from what it finds in the copy.")
    words.add_argument("--for", dest="system", metavar="SYSTEM", required=True, help="linux, macos or windows")
    words.add_argument("--python", dest="pythons", metavar="3.12", action="append",
                       help="the Python of that machine; may be given more than once (default: the one that runs this)")
    words.add_argument("--machine", metavar="KIND",
                       help="its processor, x86_64 or arm64 (default: arm64 for macos, otherwise x86_64)")
    words.add_argument("folder", metavar="DIR", type=Path, help="a folder that is new or empty")
    asked = words.parse_args(arguments, Order())
    if asked.system not in sv.MACHINES:
        raise sv.WrongInput(f"copy: --for takes linux, macos or windows, not {asked.system!r}")
    machines = sv.MACHINES[asked.system]
    asked.machine = asked.machine or machines[0]
    if asked.machine not in machines:
        raise sv.WrongInput(f"copy: --machine takes {' or '.join(machines)} for {asked.system}, not {asked.machine!r}; "
                            "the packages that sousveil needs are published for no other")
    asked.pythons = sorted(set(asked.pythons or [f"{sys.version_info[0]}.{sys.version_info[1]}"]))
    for python in asked.pythons:
        if python not in sv.pythons():
            raise sv.WrongInput(f"copy: --python takes {', '.join(sv.pythons())}, not {python!r}")
    asked.folder = asked.folder.absolute()
    if not asked.folder.parent.is_dir():
        raise sv.WrongInput(f"copy: there is no folder {asked.folder.parent}")
    if os.path.lexists(asked.folder) and not (asked.folder.is_dir() and not any(asked.folder.iterdir())):
        raise sv.WrongInput(f"copy: {asked.folder} is there already; name a folder that is new or empty")
    return asked


def make(asked: Order, sv: ModuleType) -> None:
    """Everything goes into a folder beside the wanted one, which gets the wanted name when it is whole."""
    try:
        with tempfile.TemporaryDirectory(prefix=f"{asked.folder.name}.", dir=asked.folder.parent) as place:
            work = Path(place, asked.folder.name)
            wheels = work / Path(sv.WHEELS).name
            wheels.mkdir(parents=True)
            for python in asked.pythons:
                sv.say(f"fetching the wheels for Python {python} on {asked.system} ({asked.machine})")
                fetch_wheels(asked, python, wheels, sv)
            made_for = {"system": asked.system, "machine": asked.machine, "pythons": asked.pythons}
            (wheels / sv.MADE_FOR).write_text(json.dumps(made_for) + "\n", encoding="utf-8")
            copy_project(Path(sv.HERE), work)
            if asked.folder.is_dir():
                asked.folder.rmdir()
            work.rename(asked.folder)
    except OSError as error:
        raise sv.SetupError(f"could not write the copy: {error}") from error
    size = sum(file.stat().st_size for file in asked.folder.rglob("*") if file.is_file())
    start = f"py -{asked.pythons[-1]}" if asked.system == "windows" else f"python{asked.pythons[-1]}"
    sv.say(f"{asked.folder} is ready ({size // 1_000_000} MB). On the other machine: {start} sv demo")


def copy_project(here: Path, there: Path) -> None:
    for name in PROJECT:
        if (here / name).is_dir():
            shutil.copytree(here / name, there / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy2(here / name, there / name)


def fetch_wheels(asked: Order, python: str, folder: Path, sv: ModuleType) -> None:
    """The packages of the lock that this system and Python need, by hash, and as wheels only."""
    platforms = [word for tag in TAGS[asked.system, asked.machine] for word in ("--platform", tag)]
    with tempfile.TemporaryDirectory() as place:
        chosen = Path(place, "chosen.lock")
        chosen.write_text(locked_for(asked, python, sv), encoding="utf-8")
        done = sv.call([sv.PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet",
                        "--no-deps", "--require-hashes", "--only-binary", ":all:", "--implementation", "cp",
                        "--python-version", python, *platforms, "--dest", str(folder), "-r", str(chosen)])
    if done != 0:
        raise sv.SetupError("could not fetch the wheels; the lines above say which one failed")


def locked_for(asked: Order, python: str, sv: ModuleType) -> str:
    """The lock, less what only other systems or Pythons need. Left alone, pip would go by the machine it runs on."""
    says = zip(("os_name", "sys_platform", "platform_system", "platform_machine"), MARKERS[asked.system, asked.machine],
               strict=True)
    target = {**dict(says), "implementation_name": "cpython", "platform_python_implementation": "CPython",
              "python_version": python, "python_full_version": f"{python}.0", "implementation_version": f"{python}.0"}
    ask = ("import json, sys; from packaging.requirements import Requirement; target, lines = json.load(sys.stdin); "
           "json.dump([not (m := Requirement(line).marker) or m.evaluate(target) for line in lines], sys.stdout)")
    blocks = sv.blocks(Path(sv.LOCK).read_text(encoding="utf-8"))
    names = [block.splitlines()[0].rstrip(" \\") for block in blocks]
    needed = subprocess.run([sv.PYTHON, "-c", ask], input=json.dumps([target, names]), check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    # Without its marker, since pip would go by that too.
    return "".join(block.replace(name, name.partition(" ; ")[0], 1)
                   for block, name, wanted in zip(blocks, names, json.loads(needed), strict=True) if wanted)
