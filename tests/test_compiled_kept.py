"""Compiled code is kept where nobody else can put any, is never older than its sources, and is made again if damaged.

Every test looks from outside: processes of their own draw households, and print them and where the code came from.
Those that have the sources as they stand here are forks of one that has imported them and done nothing yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import sousveil
from house import SOURCE, arrows, name_of
from sousveil.comparisons.twins import twins
from sousveil.engine import cohorts, compiled, flows, giving, kernels, march, survival
from sousveil.runs.run import run
from sousveil.studies.study import load
from tiers import in_turn

DRAW = """
import json
import sys
import numpy as np
from sousveil.engine import compiled, kernels
home = np.zeros(60, np.uint8)
adults, children = np.array([1 << 30, 1 << 31, 1 << 32], np.uint64), np.array([1 << 31, 1 << 32], np.uint64)
kernels.households(home, 0, 50, 0, 0, adults, children, np.uint64(7), np.uint64(0))
kept = sum(kernels.households.stats.cache_hits.values())
json.dump({"home": home.tolist(), "place": str(compiled.place()), "kept": kept}, sys.stdout)
"""


class Drawn:
    """What a process drew, where its code is kept, and whether it found the code there."""

    def __init__(self, text: str) -> None:
        told = json.loads(text)
        self.home, self.place, self.kept = told["home"], Path(told["place"]), bool(told["kept"])


FORKS = """
import json, os, sys, tempfile, traceback
import numba
from sousveil.engine import compiled, kernels
numba.njit(lambda x: x + 1)(1)  # now numba is ready
for line in sys.stdin:
    asked = json.loads(line)
    if "wait" in asked:
        print(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]), flush=True)
        continue
    child = os.fork()
    if child:
        print(child, flush=True)
        continue
    try:
        for i in (1, 2):
            os.dup2(os.open(asked["streams"][i - 1], os.O_WRONLY | os.O_CREAT), i)
        os.umask(asked["umask"])
        os.environ |= asked["env"]
        numba.config.reload_config()
        tempfile.tempdir = None
        exec(asked["code"])
        sys.stdout.flush()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
"""


class Begun(NamedTuple):
    """A process, where it prints to, and what it is a child of."""

    pid: int
    streams: tuple[Path, Path]
    process: subprocess.Popen[str]


@cache
def forks() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", FORKS], env=dict(os.environ), stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module", autouse=True)
def _forks_end() -> Iterator[None]:
    yield
    if forks.cache_info().currsize:
        forks().communicate()
        forks.cache_clear()


def answer(process: subprocess.Popen[str], **asked: object) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def begun(cache: Path, **more: str) -> Begun:
    """Another process with these sources, that has compiled or loaded none of them yet, draws."""
    streams = Path(tempfile.mkdtemp())
    out, err = streams / "out", streams / "err"
    umask = os.umask(0)
    os.umask(umask)
    pid = answer(forks(), code=DRAW, streams=[str(out), str(err)], umask=umask,
                 env={"NUMBA_CACHE_DIR": str(cache), **more})
    return Begun(pid, (out, err), forks())


def ended(begun: Begun) -> Drawn:
    code = answer(begun.process, wait=begun.pid)
    out, err = (stream.read_text(encoding="utf-8") for stream in begun.streams)
    shutil.rmtree(begun.streams[0].parent)
    assert (code, err) == (0, "")
    return Drawn(out)


def drawn(cache: Path, **more: str) -> Drawn:
    return ended(begun(cache, **more))


def started(cache: Path, source: Path = SOURCE.parent, **more: str) -> Drawn:
    """A process that is started: other sources, or what numba is told as it starts."""
    env = {**os.environ, "PYTHONPATH": str(source), "NUMBA_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", DRAW], env={**env, **more}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return Drawn(done.stdout)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Drawn]:
    """A cache that one process has filled, and what that process drew."""
    cache = tmp_path_factory.mktemp("cache")
    return cache, drawn(cache)


def test_code_is_compiled_once(made: tuple[Path, Drawn]) -> None:
    cache, first = made
    assert not first.kept
    assert first.place.is_relative_to(cache)
    again = started(cache)
    assert (again.home, again.place, again.kept) == (first.home, first.place, True)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Drawn]:
    """A copy of the source, a cache, and what was drawn with them."""
    folder = tmp_path_factory.mktemp("copied")
    shutil.copytree(SOURCE, folder / "src" / "sousveil", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "src", folder / "cache", started(folder / "cache", folder / "src")


def test_a_change_of_any_source_shows_at_once_and_leaves_no_trace(copied: tuple[Path, Path, Drawn]) -> None:
    source, cache, before = copied
    for file, old, new in (("draws.py", "0x9E3779B9", "0x9E3779BB"), ("draws.py", "HOME = 4", "HOME = 14"),
                           ("engine/arrays.py", "HEAD, CHILDREN = 0x80", "HEAD, CHILDREN = 0x40")):
        path = source / "sousveil" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        changed = started(cache, source)
        path.write_text(text)
        assert changed.home != before.home, (file, new)
    back = started(cache, source)
    assert (back.home, back.kept) == (before.home, True)


def test_every_source_of_a_kernel_is_in_the_name_of_the_folder() -> None:
    """All that the modules of kernels import, and wherever the type of an argument is from."""
    drawn_arrows = arrows()
    waiting, found = [module.__name__ for module in (kernels, march, flows, cohorts, survival, giving)], set[str]()
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += drawn_arrows[module]

    run("seed-article", people=300, steps=2, engine="agents")
    run(load("seed-article").reform("no-kin"), people=300, steps=2, engine="exact")
    kept = [value for module in (kernels, march, flows, cohorts, survival, giving) for value in vars(module).values()
            if type(getattr(value, "_cache", None)).__name__ == "_Kept"]
    assert len(kept) >= 10
    signatures = [signature for kernel in kept for signature in kernel.signatures]
    assert len(signatures) >= 8
    types = {t.instance_class.__module__ for signature in signatures for t in signature if hasattr(t, "instance_class")}
    assert {"sousveil.engine.tables", "sousveil.engine.classes"} <= types
    types |= {module for signature in signatures for module in (type(t).__module__ for t in signature)
              if module.startswith("sousveil")}
    here = {name_of(SOURCE / source) for source in compiled.SOURCES}
    # No part of compiled code:
    outside = {"sousveil.ground.characters", "sousveil.ground.disk", "sousveil.ground.process", "sousveil.progress"}
    assert (found | types) - outside == here


def test_another_compiler_or_processor_has_another_folder(made: tuple[Path, Drawn], tmp_path: Path) -> None:
    cache, first = made
    other = started(cache, NUMBA_CPU_NAME="x86-64" if os.uname().machine == "x86_64" else "generic",
                  NUMBA_CPU_FEATURES="")
    assert other.home == first.home
    assert other.place != first.place
    assert not other.kept


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def a_hole(path: Path) -> None:
    """A page of zeros in the middle, as a power cut leaves it: what stands around it can still be read."""
    content, size = path.read_bytes(), min(4096, path.stat().st_size // 3)
    path.write_bytes(content[:size] + bytes(size) + content[2 * size:])


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "x").mkdir(parents=True)


def text(path: Path) -> None:
    path.write_text("not what you think")


def victim(made: tuple[Path, Drawn], cache: Path, ending: str) -> Path:
    """A copy of the cache, and a file in it."""
    shutil.copytree(made[0], cache)
    (found,) = (cache / made[1].place.relative_to(made[0])).glob(f"kernels.households*.{ending}")
    return found


@in_turn(("ending", "damage"), ["nbi", "nbc"], [half, empty, zeros, a_hole, a_folder, text])
def test_a_damaged_cache_is_thrown_away(made: tuple[Path, Drawn], tmp_path: Path, ending: str,
                                       damage: Callable[[Path], None]) -> None:
    damage(victim(made, tmp_path / "cache", ending))
    found = drawn(tmp_path / "cache")
    assert (found.home, found.kept) == (made[1].home, False)


@pytest.mark.parametrize("ending", ["nbi", pytest.param("nbc", marks=pytest.mark.long)])
def test_two_that_come_upon_a_damaged_cache_at_once_make_it_again(made: tuple[Path, Drawn], tmp_path: Path,
                                                                 ending: str) -> None:
    zeros(victim(made, tmp_path / "cache", ending))
    for process in [begun(tmp_path / "cache"), begun(tmp_path / "cache")]:
        assert ended(process).home == made[1].home
    assert drawn(tmp_path / "cache").kept


@pytest.mark.skipif(os.name == "nt", reason="names of users by number")
def test_where_nothing_can_be_kept_it_compiles_all_the_same(made: tuple[Path, Drawn], tmp_path: Path) -> None:
    """Files are in the way wherever a folder could be, as for somebody who may write nowhere."""
    source, temporary = tmp_path / "src", tmp_path / "tmp"
    shutil.copytree(SOURCE, source / "sousveil", ignore=shutil.ignore_patterns("__pycache__"))
    temporary.mkdir()
    in_the_way = [*(tmp_path / name for name in ("numba", "cache", "home")),
                  source / "sousveil" / "engine" / "__pycache__", temporary / f"sousveil-{os.geteuid()}"]
    for path in in_the_way:
        path.write_text("")
    found = started(tmp_path / "numba", source, XDG_CACHE_HOME=str(tmp_path / "cache"), HOME=str(tmp_path / "home"),
                  TMPDIR=str(temporary))
    assert found.home == made[1].home
    assert found.place.parent == temporary
    assert not found.place.exists(), "a folder for one process goes with it"
    assert all(path.read_text() == "" for path in in_the_way)


def test_nobody_else_can_write_to_the_folder_or_read_it(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    before = os.umask(0)  # whoever has no mask leaves everything open
    try:
        process = begun(cache)
    finally:
        os.umask(before)
    place = ended(process).place
    for folder in (place, place.parent):
        assert stat.S_IMODE(folder.lstat().st_mode) == 0o700


class Hostile:
    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.proof),)


@pytest.fixture
def trap(made: tuple[Path, Drawn], tmp_path: Path) -> tuple[Path, Path]:
    """What another user would put where the cache is expected, and the folder that appears when it is run."""
    proof, content = tmp_path / "proof", tmp_path / "content" / made[1].place.name
    shutil.copytree(made[1].place, content)
    for path in content.iterdir():
        path.write_bytes(pickle.dumps(Hostile(proof)) if path.suffix == ".nbi" else path.read_bytes())
    return content.parent, proof


def planted(cache: Path, content: Path, how: str) -> None:
    cache.mkdir()
    there = cache / "sousveil"
    if how == "a link":
        content.chmod(0o700)
        there.symlink_to(content)
        return
    shutil.copytree(content, there)
    there.chmod(0o700)
    if how == "a folder of another user":
        os.chown(there, 12345, 12345)
    elif how == "a folder of another user inside":
        os.chown(next(there.iterdir()), 12345, 12345)
    elif how == "a link inside":
        name = next(there.iterdir())
        name.rename(cache / "aside")
        name.symlink_to(cache / "aside")
    elif how == "open to all":
        there.chmod(0o777)
    elif how == "open to a group":
        there.chmod(0o770)
    elif how == "under a folder that is open to all":
        cache.chmod(0o777)


WAYS = ["a link", "a link inside", "open to all", "open to a group", "under a folder that is open to all",
        "a folder of another user", "a folder of another user inside"]


@pytest.mark.skipif(os.name == "nt", reason="owners and modes")
@pytest.mark.parametrize("how", WAYS)
def test_what_another_user_may_have_put_there_is_not_run(made: tuple[Path, Drawn], trap: tuple[Path, Path],
                                                       tmp_path: Path, how: str) -> None:
    if "another user" in how and os.geteuid() != 0:
        pytest.skip("only an administrator can give a folder to another user")
    content, proof = trap
    cache = tmp_path / "cache"
    planted(cache, content, how)
    found = drawn(cache, XDG_CACHE_HOME=str(tmp_path / "own"))
    assert not proof.exists()
    assert found.home == made[1].home
    assert not found.place.is_relative_to(cache)


def test_the_trap_works(made: tuple[Path, Drawn], trap: tuple[Path, Path], tmp_path: Path) -> None:
    """In a folder of our own it would be run, if it had the hash at its end that it needs."""
    content, proof = trap
    planted(tmp_path / "cache", content, "ours")
    index = next((tmp_path / "cache").rglob("kernels.households*.nbi"))
    assert drawn(tmp_path / "cache").home == made[1].home
    assert not proof.exists()
    hostile = pickle.dumps(Hostile(proof))
    index.write_bytes(hostile + hashlib.sha256(hostile).digest())
    assert drawn(tmp_path / "cache").home == made[1].home
    assert proof.exists()


def test_a_shared_temporary_folder_is_used_when_ours_is_ours(made: tuple[Path, Drawn], tmp_path: Path) -> None:
    """It has the sticky bit: nobody can take our folder away and put another there."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    assert drawn(shared).place.is_relative_to(shared)


@pytest.mark.parametrize(("engine", "file"), [("agents", "march.advance-1"), ("exact", "flows.carry-1")])
def test_a_first_use_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str, file: str,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(compiled, "place", lambda: tmp_path)
    compiled.announce(engine)
    said = capsys.readouterr()
    assert "compiling" in said.err
    assert said.out == ""
    (tmp_path / f"{file}.py311.nbi").touch()
    compiled.announce(engine)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("call", [lambda: sousveil.run("seed-article", people=300, steps=2),
                                  lambda: sousveil.compare("seed-article", "no-ceiling", seeds=2, people=300, steps=2),
                                  lambda: sousveil.why("seed-article", seeds=2, people=3_000, steps=12),
                                  lambda: twins("seed-article", seeds=1, people=300, steps=2)])
def test_whatever_runs_first_says_so(call: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                     capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(compiled, "place", lambda: tmp_path)
    call()
    assert "First use: compiling" in capsys.readouterr().err
